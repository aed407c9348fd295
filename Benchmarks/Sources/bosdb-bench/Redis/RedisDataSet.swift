internal import DBAdapterCore
internal import Glibc
internal import RedisAdapter

/// Where the Redis benchmarks run: keys under a name made for this run, removed after it.
struct RedisDataSet: Sendable {
  let url: String
  /// The same data over TLS, on another server; `nil` without one.
  let tlsURL: String?
  let prefix: String
  let keys: Int

  init(url: String, tlsURL: String?, isQuick: Bool) throws {
    self.url = url
    self.tlsURL = tlsURL
    prefix = "bosdb_bench_\(getpid()):"
    keys = isQuick ? 100_000 : 1_000_000
    try RedisLimit(url).fill(prefix, keys)
  }

  func drop() throws { try RedisLimit(url).clear(prefix, keys) }

  /// Keys in an order that jumps about, the same in every run.
  static func ids(_ count: Int) -> [Int32] { PostgresDataSet.keys(count) }

  func withSession<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await withSession(url, body)
  }

  func withSession<R>(_ url: String, _ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await ConnectionManager.withManager(registry: try AdapterRegistry([.redis]), policy: .readWrite) { manager in
      try await manager.withSession(url, body)
    }
  }

  /// One GET as a caller of the library writes it, its value read.
  static func get(_ session: DatabaseSession, _ prefix: String, _ id: Int32) async throws -> Int {
    try await session.execute("GET \("\(prefix)\(id)")").rows[0].decode(String.self, at: 0).utf8.count
  }
}
