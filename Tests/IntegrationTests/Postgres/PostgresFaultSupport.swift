import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// A proxy in front of the test server, and connection strings that go through it under a name of their own.
final class PostgresFaultFixture: Sendable {
  let proxy: FaultProxy
  let applicationName = TestServers.uniqueName()
  private let server: ConnectionString

  init(_ fault: FaultProxy.Fault = .none, in front: String? = nil) throws {
    server = try ConnectionString(front ?? TestServers.require(.postgres))
    proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432, fault: fault)
  }

  deinit { proxy.stop() }

  var password: String { server.password?.withExposed { $0 } ?? "?" }

  /// The test server through the proxy.
  func url(_ parameters: String = "sslmode=disable") -> String {
    let (user, database) = (server.user ?? "", server.database ?? "")
    return
      "postgres://\(user):\(password)@127.0.0.1:\(proxy.port)/\(database)?application_name=\(applicationName)&\(parameters)"
  }

  func withSession<R>(
    _ parameters: String = "sslmode=disable", connectTimeout: Duration = .seconds(5), policy: AccessPolicy = .readWrite,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let configuration = ConnectionManagerConfiguration(connectTimeout: connectTimeout)
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]), configuration: configuration)
    return try await manager.withSession(url(parameters), policy: policy, body)
  }

  /// Waits until the server has got a statement through the proxy.
  func untilTheServerHas(_ statement: String) async throws {
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]))
    let target = try ConnectionString(TestServers.require(.postgres))
    try await manager.withSession(target) { session in
      try await eventually("the server has not got: \(statement)") {
        let count: QueryRequest =
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = \(self.applicationName) AND query = \(statement)"
        return try await session.execute(count).rows[0][0] == 1
      }
    }
  }

  /// Checks that nothing is left once the proxy has stopped: no socket of ours to it, and no backend on the server.
  func expectNothingLeft(_ what: String, sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
    proxy.stop()
    try await eventually("sockets are left of \(what)", sourceLocation) {
      ProcessTable.sockets(toPort: self.proxy.port) == 0
    }
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]))
    let target = try ConnectionString(TestServers.require(.postgres))
    try await manager.withSession(target) { session in
      try await eventually("backends are left of \(what)", sourceLocation) {
        let backends: QueryRequest =
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = \(self.applicationName)"
        return try await session.execute(backends).rows[0][0] == 0
      }
    }
  }
}

/// A PostgreSQL of a test's own, which it may kill.
final class ThrowawayPostgres: ThrowawayServer {
  let url: String
  let processID: Int32
  private let directory: String

  /// Starts a server, or the one in the directory again.
  static func start(in directory: String? = nil, maxConnections: Int = 20) async throws -> ThrowawayPostgres {
    let directory = directory ?? "/tmp/" + TestServers.uniqueName()
    let output = try await ServersScript.run(["postgres-start", directory, "--max-connections", "\(maxConnections)"])
    return ThrowawayPostgres(
      try output.value("url"), try #require(Int32(try output.value("pid"))), directory)
  }

  private init(_ url: String, _ processID: Int32, _ directory: String) {
    self.url = url
    self.processID = processID
    self.directory = directory
  }

  func startAgain() async throws -> ThrowawayPostgres { try await Self.start(in: directory) }

  func remove() async throws { _ = try await ServersScript.run(["postgres-stop", directory]) }

  /// Kills the server and all its processes as a crash of the machine would.
  func crash() {
    let children = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let pids = children.compactMap { Int32($0) }.filter { pid in
      let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
      return status.contains("PPid:\t\(processID)\n")
    }
    for pid in [processID] + pids { kill(pid, SIGKILL) }
  }
}

/// A server of a test's own for as long as a closure runs.
func withThrowawayPostgres(
  maxConnections: Int = 20, _ body: (ThrowawayPostgres) async throws -> Void
) async throws {
  try await withThrowaway(try await ThrowawayPostgres.start(maxConnections: maxConnections), body)
}
