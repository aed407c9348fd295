import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// A server of a test's own, filled by scripts on the server.
struct RedisKeyspace: Sendable {
  let manager: ConnectionManager
  let url: String

  func session<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await manager.withSession(try ConnectionString(url), body)
  }

  /// Runs Lua with the arguments `n` and `seed`: `for i = 0, n - 1 do … end` around the body, with `call` for `redis.call`.
  func fill(_ count: Int, _ body: String, seed: Int = 0) async throws {
    let script = """
      local call, n, seed = redis.call, tonumber(ARGV[1]), ARGV[2]
      for i = 0, n - 1 do \(body) end
      """
    try await session { session in
      _ = try await session.execute(
        QueryRequest(.command(["EVAL", .text(script), "0", .text("\(count)"), .text("\(seed)")])))
    }
  }

  func command(_ arguments: String...) async throws {
    try await session { session in _ = try await session.execute(QueryRequest(.command(arguments.map { .text($0) }))) }
  }

  /// The reply of `INFO` as the server writes it.
  func info(_ section: String) async throws -> String {
    try await session { session in
      let reply = try await session.execute(
        QueryRequest(.command(["EVAL", "return redis.call('INFO', ARGV[1])", "0", .text(section)])))
      return reply.rows.first?[0].description ?? ""
    }
  }

  /// The same keyspace as another user.
  func user(_ name: String, password: String) -> RedisKeyspace {
    let host = url.split(separator: "@").last.map { $0.replacing("redis://", with: "") } ?? ""
    return RedisKeyspace(manager: manager, url: "redis://\(name):\(password)@\(host)")
  }

  func clear() async throws { try await command("FLUSHDB") }

  func tables(_ options: ListOptions = ListOptions()) async throws -> Listing<TableInfo> {
    try await session { try await $0.tables(options) }
  }

  func describe(_ name: String, _ options: DescribeOptions = DescribeOptions()) async throws -> TableDescription {
    try await session { try await $0.describe(TableReference(name: name), options) }
  }

  func describeAll(_ options: ListOptions = ListOptions()) async throws -> Listing<TableDescription> {
    try await session { try await $0.describeTables(options) }
  }
}

/// Lends a keyspace of its own.
/// - Parameter directives: lines for `redis.conf`.
func withKeyspace(
  directives: [String: String] = [:], _ body: (RedisKeyspace) async throws -> Void
) async throws {
  try await withThrowawayRedis(directives: directives) { server in
    let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .administrative)
    do {
      try await body(RedisKeyspace(manager: manager, url: server.url))
    } catch {
      await manager.shutdown(grace: .seconds(1))
      throw error
    }
    await manager.shutdown(grace: .seconds(1))
  }
}

extension TableDescription {
  /// The column of the data with a name, or the one that was made up.
  func column(_ name: String, isSynthetic: Bool = false) -> ColumnInfo? {
    columns.first { $0.name == name && $0.isSynthetic == isSynthetic }
  }
}
