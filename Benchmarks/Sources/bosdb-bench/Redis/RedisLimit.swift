internal import CLimits
internal import DBAdapterCore

/// A blocking hiredis connection driven from C: the limit.
///
/// Sendable: one variant at a time uses it, and variants run one after the other.
final class RedisLimit: @unchecked Sendable {
  private let connection: OpaquePointer

  init(_ url: String) throws {
    let string = try ConnectionString(url)
    let endpoint = string.endpoints.first ?? Endpoint(host: "localhost")
    let password = string.password?.withExposed { $0 }
    connection = limit_redis_open(
      endpoint.host, Int32(endpoint.port ?? 6379), string.user, password, string.parameter("sslrootcert"))
    try check(limit_redis_error(connection) == nil ? 0 : -1)
  }

  deinit { limit_redis_close(connection) }

  static var libraryVersion: String { String(cString: limit_redis_library_version()) }

  func fill(_ prefix: String, _ count: Int) throws {
    try check(Int64(limit_redis_fill(connection, prefix, Int32(count))))
  }

  func clear(_ prefix: String, _ count: Int) throws {
    try check(Int64(limit_redis_clear(connection, prefix, Int32(count))))
  }

  /// - Returns: the duration of each GET in nanoseconds.
  func gets(_ prefix: String, _ ids: [Int32]) throws -> [Int64] {
    var latencies = [Int64](repeating: 0, count: ids.count)
    try check(limit_redis_gets(connection, prefix, ids, Int32(ids.count), &latencies))
    return latencies
  }

  func pipeline(_ prefix: String, _ ids: [Int32], depth: Int) throws {
    try check(limit_redis_pipeline(connection, prefix, ids, Int32(ids.count), Int32(depth)))
  }

  func scan(_ pattern: String, page: Int) throws -> Int {
    Int(try check(limit_redis_scan(connection, pattern, Int32(page))))
  }

  static func decode(_ bytes: [UInt8]) -> Int64 {
    bytes.withUnsafeBytes { limit_redis_decode($0.bindMemory(to: CChar.self).baseAddress, $0.count) }
  }

  @discardableResult
  private func check(_ status: Int64) throws -> Int64 {
    if status >= 0 { return status }
    throw BenchmarkFailure("hiredis: " + (limit_redis_error(connection).map { String(cString: $0) } ?? "failed"))
  }
}
