internal import DBAdapterCore

/// What the storage engine knows of a collection (`collStats`).
struct MongoStorage: Sendable {
  static let source = "collStats"

  /// By the engine's own count, which can be wrong after a crash.
  let documents: Int64?
  /// Uncompressed, indexes excluded.
  let bytes: Int64?
  let averageBytes: Int64?
  /// On disk, compressed.
  let storedBytes: Int64?
  /// By the index's name.
  let indexBytes: [String: Int64]
  let isSharded: Bool

  init(_ reply: BSONDocument) {
    func number(_ name: String) -> Int64? { reply[name]?.integer.map(Int64.init) }
    documents = number("count")
    bytes = number("size")
    averageBytes = number("avgObjSize")
    storedBytes = number("storageSize")
    isSharded = reply["sharded"] == .bool(true)
    let sizes = reply["indexSizes"]?.document?.map { ($0.name, Int64($0.value.integer ?? 0)) } ?? []
    indexBytes = Dictionary(sizes, uniquingKeysWith: { first, _ in first })
  }
}
