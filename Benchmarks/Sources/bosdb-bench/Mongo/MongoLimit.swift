internal import CLimits

/// libmongoc driven from C: the limit.
///
/// Sendable: one variant at a time uses it, and variants run one after the other.
final class MongoLimit: @unchecked Sendable {
  private let mongo: OpaquePointer
  private let database: String
  private let collection: String

  init(_ url: String, _ database: String, _ collection: String) throws {
    mongo = limit_mongo_open(url)
    self.database = database
    self.collection = collection
    try check(limit_mongo_error(mongo) == nil ? 0 : -1)
  }

  deinit { limit_mongo_close(mongo) }

  static var libraryVersion: String { String(cString: limit_mongo_library_version()) }

  func fill(_ count: Int) throws { try fill(collection, count) }

  func fill(_ collection: String, _ count: Int) throws {
    try check(Int64(limit_mongo_fill(mongo, database, collection, Int32(count), 10_000)))
  }

  func drop(_ collection: String? = nil) throws {
    try check(Int64(limit_mongo_drop(mongo, database, collection ?? self.collection)))
  }

  /// - Returns: the duration of each in nanoseconds.
  func finds(_ ids: [Int32]) throws -> [Int64] {
    var latencies = [Int64](repeating: 0, count: ids.count)
    try check(limit_mongo_finds(mongo, database, collection, ids, Int32(ids.count), &latencies))
    return latencies
  }

  func finds(_ ids: [Int32], threads: Int) throws {
    try check(
      Int64(limit_mongo_finds_on_threads(mongo, database, collection, Int32(threads), ids, Int32(ids.count))))
  }

  func stream() throws -> (documents: Int, checksum: UInt64) {
    var checksum: UInt64 = 0
    let count = try check(limit_mongo_stream(mongo, database, collection, &checksum))
    return (Int(count), checksum)
  }

  @discardableResult
  private func check(_ status: Int64) throws -> Int64 {
    if status >= 0 { return status }
    throw BenchmarkFailure("libmongoc: " + (limit_mongo_error(mongo).map { String(cString: $0) } ?? "failed"))
  }
}
