internal import DBAdapterCore

/// The keys that take most memory.
struct LargestKeys: Sendable {
  struct Key: Sendable {
    var name: [UInt8]
    var bytes: Int64
    var elements: Int64?
  }

  static let maximumCount = 10
  /// Bytes of a name that are kept.
  private static let maximumLength = 256

  /// The largest first; of the same size by name.
  private(set) var keys: [Key] = []

  mutating func add(_ name: [UInt8], bytes: Int64, elements: Int64?) {
    if keys.count == Self.maximumCount, let last = keys.last, bytes < last.bytes { return }
    insert(
      Key(
        name: name.count > Self.maximumLength ? Array(name.prefix(Self.maximumLength)) : name, bytes: bytes,
        elements: elements))
  }

  mutating func merge(_ other: LargestKeys) { for key in other.keys { insert(key) } }

  private mutating func insert(_ key: Key) {
    let position = keys.firstIndex {
      $0.bytes < key.bytes || ($0.bytes == key.bytes && key.name.lexicographicallyPrecedes($0.name))
    }
    keys.insert(key, at: position ?? keys.count)
    if keys.count > Self.maximumCount { keys.removeLast() }
  }

  var rows: [LargeRow] {
    keys.map { LargeRow(name: String(escaping: $0.name), bytes: $0.bytes, elements: $0.elements) }
  }
}
