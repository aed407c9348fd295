/// Some of the different values that were seen at a path: those with the least hashes, so that every one has the same
/// chance however often it occurs, and samples of parts add up to the sample of the whole.
struct ValueSample: Sendable, Hashable {
  struct Value: Sendable, Hashable {
    let hash: UInt64
    let kind: BSONKind
    let bytes: [UInt8]
  }

  /// Longer values are not kept.
  static let mostBytes = 1_024

  /// By hash.
  private(set) var values: [Value] = []

  mutating func add(_ element: BSONReader.Element, capacity: Int, seed: UInt64) {
    let isScalar = element.kind != .document && element.kind != .array && element.kind != .null
    guard isScalar, element.value.count <= Self.mostBytes else { return }
    let hash = Self.hash(element, seed: seed)
    if values.count >= capacity, let last = values.last, hash >= last.hash { return }
    insert(Value(hash: hash, kind: element.kind, bytes: Array(element.value)), capacity: capacity)
  }

  mutating func merge(_ other: ValueSample, capacity: Int) {
    for value in other.values { insert(value, capacity: capacity) }
  }

  private mutating func insert(_ value: Value, capacity: Int) {
    let position = values.firstIndex { $0.hash >= value.hash } ?? values.count
    if position < values.count, values[position].hash == value.hash { return }
    values.insert(value, at: position)
    if values.count > capacity { values.removeLast() }
  }

  /// FNV-1a with the last step of SplitMix64.
  private static func hash(_ element: BSONReader.Element, seed: UInt64) -> UInt64 {
    var hash = 0xCBF2_9CE4_8422_2325 ^ seed
    hash = (hash ^ UInt64(element.kind.rawValue)) &* 0x100_0000_01B3
    for byte in element.value { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return hash ^ hash >> 31
  }
}
