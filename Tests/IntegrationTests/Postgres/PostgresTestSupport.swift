import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

extension TestServer {
  private static let manager: ConnectionManager = {
    do {
      return ConnectionManager(registry: try AdapterRegistry([.postgres]), policy: .readWrite)
    } catch {
      preconditionFailure("one adapter cannot clash with itself: \(error)")
    }
  }()

  /// A session of a test, read-write unless it says otherwise.
  static func withSession<R>(
    at url: String, _ policy: AccessPolicy = .readWrite, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await manager.withSession(url, policy: policy, body)
  }

  /// A session with this server; `parameters` are added to its URL.
  func withSession<R>(
    _ policy: AccessPolicy = .readWrite, parameters: String = "", _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let url = try TestServers.require(self)
    let separator = url.contains("?") ? "&" : "?"
    return try await Self.withSession(at: url + (parameters.isEmpty ? "" : separator + parameters), policy, body)
  }

  /// A session whose changes are all undone.
  func withUndoneChanges(_ body: (DatabaseSession) async throws -> Void) async throws {
    struct Undo: Error {}
    try await withSession { session in
      do {
        try await session.withTransaction { transaction in
          try await body(transaction)
          throw Undo()
        }
      } catch is Undo {}
    }
  }
}

/// Waits until another session of the server runs a statement.
func untilItRuns(_ statement: String, seenBy session: DatabaseSession) async throws {
  try await eventually("nobody runs: \(statement)") {
    let count: QueryRequest =
      "SELECT count(*) FROM pg_stat_activity WHERE query = \(statement) AND state = 'active' AND pid <> pg_backend_pid()"
    return try await session.execute(count).rows[0][0] == 1
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips without the server, and says so; where servers are required the test runs and fails.
  static func requires(_ server: TestServer) -> Self {
    .enabled(if: TestServers.canTest(server), Comment(rawValue: TestServers.missing(server)))
  }
}
