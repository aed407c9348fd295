import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// A proxy in front of a test server, and a manager whose connections go through it under a name of their own.
final class RedisFaultFixture: Sendable {
  let proxy: FaultProxy
  let clientName = TestServers.uniqueName()
  let manager: ConnectionManager
  private let server: TestServer
  private let string: ConnectionString

  init(
    _ server: TestServer = .redis, _ fault: FaultProxy.Fault = .none, connectTimeout: Duration = .seconds(5)
  ) throws {
    self.server = server
    string = try ConnectionString(TestServers.require(server))
    proxy = try FaultProxy(toPort: string.endpoints[0].port ?? 6_379, fault: fault)
    manager = ConnectionManager(
      registry: try AdapterRegistry([.redis]),
      configuration: ConnectionManagerConfiguration(connectTimeout: connectTimeout), policy: .readWrite)
  }

  deinit { proxy.stop() }

  var password: String { string.password?.withExposed { $0 } ?? "?" }

  /// The test server through the proxy.
  /// - Parameter parameters: more of them, as `&timeout=300ms`; a later one counts.
  func url(_ parameters: String = "", authority: String? = nil) -> String {
    let authority = (authority ?? string.parameter("sslrootcert")).map { "&sslrootcert=\($0)" } ?? ""
    return
      "\(string.scheme)://\(string.user ?? ""):\(password)@127.0.0.1:\(proxy.port)/0?client_name=\(clientName)\(authority)\(parameters)"
  }

  func session<R>(
    _ parameters: String = "", exclusively: Bool = false, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await manager.withSession(ConnectionString(url(parameters)), exclusively: exclusively, body)
  }

  /// Asks the server past the proxy, as an administrator.
  func look(_ request: QueryRequest) async throws -> QueryResult { try await Self.look(at: string, request) }

  static func look(at target: ConnectionString, _ request: QueryRequest) async throws -> QueryResult {
    try await ConnectionManager.withManager(registry: AdapterRegistry([.redis]), policy: .administrative) {
      try await $0.withSession(target) { try await $0.execute(request) }
    }
  }

  /// What the server does for the fixture's connections.
  func clients() async throws -> [(id: DBValue, command: DBValue)] {
    try await look("CLIENT LIST").rows.filter { $0["name"] == .text(clientName) }
      .map { ($0["id"] ?? .null, $0["cmd"] ?? .null) }
  }

  /// Waits until the server has got a command through the proxy, as the last of a connection.
  func untilTheServerHas(_ command: String) async throws {
    try await eventually("the server has not got \(command)") {
      try await clients().contains { $0.command == .text(command) }
    }
  }

  /// Checks that an error says what happened and not what is secret.
  func expect(
    _ thrown: (any Error)?, _ codes: Set<DBError.Code>, _ retry: Set<RetrySafety>, _ what: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    guard let error = thrown as? DBError else {
      Issue.record("\(what): \(String(describing: thrown))", sourceLocation: sourceLocation)
      return
    }
    #expect(codes.contains(error.code), "\(what): \(error.debugDescription)", sourceLocation: sourceLocation)
    #expect(retry.contains(error.retry), "\(what): \(error.debugDescription)", sourceLocation: sourceLocation)
    #expect(
      !error.description.contains(password) && !error.debugDescription.contains(password), "\(what) shows the password",
      sourceLocation: sourceLocation)
  }

  /// Checks that nothing is left once the manager is shut down and the proxy has stopped: no socket of ours to it, and no client on the server.
  func expectNothingLeft(_ what: String, sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
    let (_, time) = await Stopwatch.measure { await manager.shutdown(grace: .zero) }
    #expect(time.own < .milliseconds(250), "shutting down took \(time)", sourceLocation: sourceLocation)
    try await eventually("sockets are left of \(what)", sourceLocation) {
      ProcessTable.sockets(toPort: self.proxy.port) == 0
    }
    proxy.stop()
    try await eventually("clients are left of \(what)", sourceLocation) { try await self.clients().isEmpty }
    #expect(ProcessTable.threads(named: "bosdb-loop") == 1, sourceLocation: sourceLocation)
  }
}

/// The ways a Redis is reached over the network.
enum RedisTransport: String, CaseIterable, CustomTestStringConvertible {
  case plain, tls

  var server: TestServer { self == .plain ? .redis : .redisTLS }
  var testDescription: String { rawValue }
}

/// What was asked of a server under faults, and what came of it.
final class WriteLedger: Sendable {
  private struct State {
    var acknowledged: Set<String> = []
    var unknown: Set<String> = []
    var refused: Set<String> = []
  }

  private let state = Locked(State())

  var acknowledged: Int { state.withLock { $0.acknowledged.count } }
  var unknown: Int { state.withLock { $0.unknown.count } }
  var refused: Int { state.withLock { $0.refused.count } }
  func isAcknowledged(_ value: String) -> Bool { state.withLock { $0.acknowledged.contains(value) } }

  /// Does a write that must be found once, or not at all, and remembers which.
  func write(_ value: String, _ body: () async throws -> Void) async {
    do {
      try await body()
      state.withLock { _ = $0.acknowledged.insert(value) }
    } catch let error as DBError where error.retry == .ifIdempotent {
      state.withLock { _ = $0.unknown.insert(value) }
    } catch {
      state.withLock { _ = $0.refused.insert(value) }
    }
  }

  /// Every acknowledged write is there once, and none that the error said nothing was sent of.
  func check(_ stored: [String], sourceLocation: Testing.SourceLocation = #_sourceLocation) {
    let found = Set(stored)
    let state = state.withLock { $0 }
    #expect(stored.count == found.count, "a write was stored twice", sourceLocation: sourceLocation)
    #expect(
      state.acknowledged.isSubset(of: found), "lost: \(state.acknowledged.subtracting(found).sorted().prefix(9))",
      sourceLocation: sourceLocation)
    #expect(
      state.refused.isDisjoint(with: found),
      "refused and stored: \(state.refused.intersection(found).sorted().prefix(9))",
      sourceLocation: sourceLocation)
  }
}
