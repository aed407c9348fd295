import DBAdapterCore
import Foundation
import PostgresAdapter
import Testing

/// The PostgreSQL servers of a test run, by the variables that name them.
enum PostgresTestServer: String {
  case plain = "BOSDB_TEST_POSTGRES_URL"
  case tls = "BOSDB_TEST_POSTGRES_TLS_URL"
  case certificate = "BOSDB_TEST_POSTGRES_CERT_URL"
  case socket = "BOSDB_TEST_POSTGRES_SOCKET_URL"
  case unprivileged = "BOSDB_TEST_POSTGRES_PLAIN_URL"
  case standby = "BOSDB_TEST_POSTGRES_STANDBY_URL"
  case bouncer = "BOSDB_TEST_PGBOUNCER_URL"

  private static let environment = ProcessInfo.processInfo.environment

  struct Missing: Error, CustomStringConvertible {
    let variable: String
    var description: String { "\(variable) is not set; start the servers with Scripts/servers up" }
  }

  var url: String {
    get throws {
      guard let url = Self.environment[rawValue] else { throw Missing(variable: rawValue) }
      return url
    }
  }

  /// Whether a test that needs the server runs: without it only where servers are required, to fail there.
  var isWanted: Bool { Self.environment[rawValue] != nil || Self.environment["BOSDB_REQUIRE_SERVERS"] == "1" }

  static let manager: ConnectionManager = {
    do {
      return ConnectionManager(registry: try AdapterRegistry([.postgres]), policy: .readWrite)
    } catch {
      preconditionFailure("one adapter cannot clash with itself: \(error)")
    }
  }()

  func withSession<R>(
    _ policy: AccessPolicy = .readWrite, parameters: String = "", _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let base = try url
    let separator = base.contains("?") ? "&" : "?"
    return try await Self.manager.withSession(
      base + (parameters.isEmpty ? "" : separator + parameters), policy: policy, body)
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

extension Trait where Self == ConditionTrait {
  static func requires(_ server: PostgresTestServer) -> Self {
    .enabled(if: server.isWanted, "\(server.rawValue) is not set")
  }
}
