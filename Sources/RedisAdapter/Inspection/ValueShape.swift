internal import DBAdapterCore

/// What the values in one place were seen to be: of a string, of a hash's field, of the elements of a list.
struct ValueShape: PatternFacts, Sendable {
  /// The rows that have any.
  private(set) var rows = RowSet()
  private(set) var kinds: [ValueKind: Int] = [:]
  private(set) var json = JSONShape()

  init() {}

  /// - Parameter isWhole: whether the bytes are all of the value.
  mutating func add(_ bytes: [UInt8], row: Int, isWhole: Bool = true) {
    let kind = ValueKind(bytes, isWhole: isWhole)
    rows.insert(row)
    kinds[kind, default: 0] += 1
    if kind == .json, let value = try? DBJSON(String(decoding: bytes, as: UTF8.self)).parsed() {
      json.add(value, row: row)
    }
  }

  mutating func merge(_ other: ValueShape) {
    rows.formUnion(other.rows)
    kinds.merge(other.kinds) { $0 + $1 }
    json.merge(other.json)
  }

  /// The most frequent first.
  var observedTypes: [ObservedType] {
    kinds.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      .map { ObservedType($0.key.type, count: $0.value) }
  }
}
