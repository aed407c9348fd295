public import DBAdapterCore

/// One connection to a Redis server, or to all servers of a cluster, over hiredis.
///
/// Unlike sessions with SQL servers it may be used by any number of callers at the same time: their commands are pipelined.
public final class RedisAdapter: IDBAdapter {
  public static let descriptor = AdapterDescriptor(
    kind: .redis, displayName: "Redis", schemes: RedisOptions.schemes, defaultPort: RedisOptions.defaultPort,
    dataModel: .keyValue,
    vocabulary: ModelVocabulary(
      schema: .init("database", "databases"), table: .init("key group", "key groups"), column: .init("field", "fields"),
      row: .init("key", "keys")),
    capabilities: [
      .rowStreaming, .pipelining, .cancellation, .explain, .schemas, .atomicBatches, .nativeReplies, .subscriptions,
    ], clientLibrary: HiredisLibrary.version, connectionRules: connectionRules, hasAdministrativeStatements: true)

  private static var connectionRules: ConnectionRules {
    var rules = ConnectionRules()
    rules.hostOrder = .preference(unless: "cluster", isOneOf: ["true"])
    return rules
  }

  private enum Phase {
    case closed
    case open(RedisServer)
  }

  let connector: RedisConnector
  private let phase = Locked(Phase.closed)

  init(_ connector: RedisConnector) { self.connector = connector }

  deinit { if case .open(let server) = phase.withLock({ $0 }) { server.close() } }

  var options: RedisOptions { connector.dialer.options }

  /// What the adapter is connected to.
  /// - Throws: ``DBError/Code-swift.struct/connectionLost`` before ``connect()`` and after ``close()``.
  func server() throws(DBError) -> RedisServer {
    guard case .open(let server) = phase.withLock({ $0 }) else { throw RedisErrors.closed }
    return server
  }

  // MARK: Connecting

  public func connect() async throws(DBError) {
    let server = try await RedisServer.open(connector)
    let replaced = phase.withLock { phase in
      defer { phase = .open(server) }
      return phase
    }
    if case .open(let server) = replaced { server.close() }
  }

  public func close() async {
    let closed = phase.withLock { phase in
      defer { phase = .closed }
      return phase
    }
    if case .open(let server) = closed { server.close() }
  }

  public var isReusable: Bool { (try? server())?.isReusable == true }
  public var needsReset: Bool { (try? server())?.traces.isEmpty != true }
  public var executor: (any TaskExecutor)? { EventLoop.shared }

  public var endpoint: String {
    if let server = try? server() { return server.endpoint }
    return options.endpoints.map(\.description).joined(separator: ",") + "/\(options.database)"
  }

  public func resetSession() async throws(DBError) { try await server().reset() }

  public func ping(timeout: Duration?) async throws(DBError) {
    let server = try server()
    do throws(DBError) {
      _ = try await server.route.send(RedisCommand("PING"), until: Deadline(after: timeout))
    } catch {
      // A user that may not ping was answered all the same.
      if error.code != .permissionDenied { throw error }
    }
  }

  public func serverInfo() async throws(DBError) -> ServerInfo {
    let server = try server()
    let deadline = Deadline(after: options.commandTimeout)
    let replies = try await server.route.send(
      [RedisCommand("INFO", "replication"), RedisCommand("ACL", "WHOAMI")], until: deadline)
    let isReplica = replies[0].text?.contains("role:slave") == true
    return ServerInfo(
      product: server.greeting.product, version: server.greeting.version ?? "unknown", database: "\(options.database)",
      user: replies[1].kind == .bulk ? replies[1].text : options.user, role: isReplica ? "replica" : "primary",
      endpoint: endpoint, isReadOnly: isReplica || connector.configuration.access == .readOnly,
      encryption: server.encryption, clientLibrary: HiredisLibrary.version,
      capabilities: Self.descriptor.capabilities)
  }

  // MARK: Statements

  public func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    try await statement(request).execute()
  }

  public func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification {
    try statement(request).classification
  }

  /// When a command that does not block has to be over.
  func deadline(_ limit: Duration?, from start: Deadline = .now()) -> Deadline {
    (limit ?? options.commandTimeout).map { start + $0 } ?? .never
  }
}
