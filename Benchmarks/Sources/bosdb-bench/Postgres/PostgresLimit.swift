internal import CLimits

/// A blocking libpq connection driven from C: the limit.
///
/// Sendable: one variant at a time uses it, and variants run one after the other.
final class PostgresLimit: @unchecked Sendable {
  private let connection: OpaquePointer

  init(_ url: String) throws {
    connection = limit_pg_open(url)
    try check(limit_pg_error(connection) == nil ? 0 : -1)
  }

  deinit { limit_pg_close(connection) }

  /// `15.20` from 150020.
  static var libraryVersion: String { version(limit_pg_library_version()) }
  var serverVersion: String { Self.version(limit_pg_server_version(connection)) }
  private static func version(_ number: Int32) -> String { "\(number / 10_000).\(number % 10_000)" }

  func execute(_ sql: String) throws { try check(Int64(limit_pg_execute(connection, sql))) }
  func prepare(_ sql: String) throws { try check(Int64(limit_pg_prepare(connection, sql))) }

  /// - Returns: the duration of each look-up in nanoseconds.
  func lookups(_ ids: [Int32]) throws -> [Int64] {
    var latencies = [Int64](repeating: 0, count: ids.count)
    try check(limit_pg_lookups(connection, ids, Int32(ids.count), &latencies))
    return latencies
  }

  /// Look-ups on a thread a connection, and rows read meanwhile on one more when there is one.
  static func lookups(
    _ ids: [Int32], on limits: [PostgresLimit], bulk: (limit: PostgresLimit, sql: String)? = nil
  ) throws -> (latencies: [Int64], bulkRows: Int64) {
    var latencies = [Int64](repeating: 0, count: ids.count)
    var rows: Int64 = 0
    let connections = limits.map { Optional($0.connection) }
    let status = limit_pg_lookups_on_threads(
      connections, Int32(connections.count), ids, Int32(ids.count), &latencies, bulk?.limit.connection, bulk?.sql, &rows
    )
    if status < 0 { for limit in limits + [bulk?.limit].compactMap(\.self) { try limit.check(-1) } }
    return (latencies, rows)
  }

  func pipeline(_ ids: [Int32]) throws { try check(limit_pg_pipeline(connection, ids, Int32(ids.count))) }

  func stream(_ sql: String) throws -> Checksum {
    var sum: UInt64 = 0
    let rows = try check(limit_pg_stream(connection, sql, &sum))
    return Checksum(rows: Int(rows), sum: sum)
  }

  func copyIn(_ sql: String, _ bytes: [UInt8], chunk: Int) throws -> Int {
    Int(try check(limit_pg_copy_in(connection, sql, bytes, bytes.count, chunk)))
  }

  @discardableResult
  private func check(_ status: Int64) throws -> Int64 {
    if status >= 0 { return status }
    throw BenchmarkFailure("libpq: " + (limit_pg_error(connection).map { String(cString: $0) } ?? "failed"))
  }
}

/// What was read, so that both sides are seen to read the same.
struct Checksum: Equatable, Sendable {
  var rows = 0
  var sum: UInt64 = 0

  @inline(__always) mutating func add(_ number: Int64) { sum &+= UInt64(bitPattern: number) }

  /// - Throws: ``BenchmarkFailure`` when the two are not the same.
  func check(_ other: Checksum, _ what: String) throws {
    guard self == other else { throw BenchmarkFailure("\(what) read \(self) where C read \(other)") }
  }
}
