import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// The ways a MongoDB is reached over the network.
enum MongoTransport: String, CaseIterable, CustomTestStringConvertible {
  case plain, tls

  var testDescription: String { rawValue }
}

/// A proxy in front of the test server, and a manager whose connections go through it under a name of their own.
final class MongoFaultFixture: Sendable {
  let proxy: FaultProxy
  let name = TestServers.uniqueName()
  let manager: ConnectionManager
  let server: MongoPlace
  private let transport: MongoTransport

  init(
    _ transport: MongoTransport = .plain, _ fault: FaultProxy.Fault = .none, connectTimeout: Duration = .seconds(5)
  ) throws {
    self.transport = transport
    server = try MongoPlace(transport == .tls ? .mongoDBTLS : .mongoDB, policy: .administrative)
    proxy = try FaultProxy(toPort: server.target.endpoints[0].port ?? 27_017, fault: fault)
    manager = ConnectionManager(
      registry: try AdapterRegistry([.mongodb]),
      configuration: ConnectionManagerConfiguration(connectTimeout: connectTimeout), policy: .readWrite)
  }

  deinit { proxy.stop() }

  var collection: String { server.collection }
  var password: String { server.target.password?.withExposed { $0 } ?? "?" }

  /// The test server through the proxy. Nothing tells libmongoc the way around it.
  /// - Parameter parameters: more of them, as `&socketTimeoutMS=300`.
  func url(_ parameters: String = "", user: String? = nil, authority: String? = nil) -> String {
    let authority = authority ?? server.target.parameter("tlsCAFile") ?? ""
    let encryption = transport == .tls ? "&tls=true&tlsCAFile=\(authority)" : ""
    return "mongodb://\(user ?? server.target.user ?? ""):\(password)@127.0.0.1:\(proxy.port)/bosdb_test"
      + "?authSource=admin&directConnection=true&appName=\(name)\(encryption)\(parameters)"
  }

  func session<R>(_ parameters: String = "", _ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await manager.withSession(ConnectionString(url(parameters)), body)
  }

  func command(_ name: String, _ rest: DBDocument = [:]) -> QueryRequest { server.command(name, rest) }

  /// Asks the server past the proxy, as an administrator.
  func look(_ request: QueryRequest) async throws -> QueryResult {
    try await server.session { try await $0.execute(request) }
  }

  /// What the server does for the fixture's connections, or keeps for them.
  /// - Parameter matching: of the operations that it lists.
  func operations(_ matching: DBDocument = [:]) async throws -> RowBatch {
    try await server.operations(DBDocument([DBDocument.Field("appName", .text(name))] + matching.fields))
  }

  /// Waits until the server runs a command that came through the proxy.
  func untilTheServerRuns(_ command: String) async throws {
    try await eventually("the server does not run \(command)") {
      try await !operations(["active": true, "command.\(command)": .document(["$exists": true])]).isEmpty
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

  /// Checks that nothing is left once the manager is shut down and the proxy has stopped: no socket of ours to it, no thread of a session, and
  /// no operation or cursor on the server.
  func expectNothingLeft(
    _ what: String, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let (_, time) = await Stopwatch.measure { await manager.shutdown(grace: .zero) }
    #expect(time.own < .milliseconds(500), "shutting down took \(time)", sourceLocation: sourceLocation)
    proxy.stop()
    try await eventually("sockets are left of \(what)", sourceLocation, within: .seconds(10)) {
      ProcessTable.sockets(toPort: self.proxy.port) == 0
    }
    try await eventually("operations are left of \(what)", sourceLocation) { try await self.operations().isEmpty }
    await server.leave()
    try await eventually("threads are left of \(what)", sourceLocation) {
      ProcessTable.threads(named: "bosdb-mongo") == 0
    }
  }
}

extension MongoPlace {
  /// Operations, idle connections and idle cursors of all users.
  func operations(_ matching: DBDocument) async throws -> RowBatch {
    let all: DBDocument = ["$currentOp": .document(["allUsers": true, "idleConnections": true, "idleCursors": true])]
    let stages: [DBValue] = [.document(all), .document(["$match": .document(matching)])]
    let request = QueryRequest(
      .document([
        "aggregate": 1, "pipeline": .array(DBArray(stages)), "cursor": .document([:]), "$db": "admin",
      ]))
    return try await session(.administrative) { try await $0.execute(request).rows }
  }
}
