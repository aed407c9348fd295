internal import CLimits
internal import Glibc

/// A blocking sqlite3 connection driven from C: the limit.
///
/// Sendable: one variant at a time uses it, and variants run one after the other.
final class SQLiteLimit: @unchecked Sendable {
  private let database: OpaquePointer

  init(_ path: String) throws {
    database = limit_sqlite_open(path)
    try check(limit_sqlite_error(database) == nil ? 0 : -1)
  }

  deinit { limit_sqlite_close(database) }

  static var libraryVersion: String { String(cString: limit_sqlite_library_version()) }

  func execute(_ sql: String) throws { try check(Int64(limit_sqlite_execute(database, sql))) }

  func read(_ sql: String) throws -> Checksum {
    var sum: UInt64 = 0
    let rows = try check(limit_sqlite_read(database, sql, &sum))
    return Checksum(rows: Int(rows), sum: sum)
  }

  func insert(_ sql: String, rows: Int, names: [String]) throws {
    let texts = names.map { strdup($0) }
    defer { for text in texts { free(text) } }
    let pointers = texts.map { $0.map { UnsafePointer($0) } }
    try check(limit_sqlite_insert(database, sql, Int64(rows), pointers, Int32(pointers.count)))
  }

  /// - Returns: the duration of each look-up in nanoseconds.
  func lookups(_ sql: String, _ ids: [Int32]) throws -> [Int64] {
    var latencies = [Int64](repeating: 0, count: ids.count)
    try check(limit_sqlite_lookups(database, sql, ids, Int32(ids.count), &latencies))
    return latencies
  }

  @discardableResult
  private func check(_ status: Int64) throws -> Int64 {
    if status >= 0 { return status }
    throw BenchmarkFailure("sqlite3: " + (limit_sqlite_error(database).map { String(cString: $0) } ?? "failed"))
  }
}
