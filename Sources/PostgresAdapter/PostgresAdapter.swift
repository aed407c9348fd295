public import DBAdapterCore

/// One session with a PostgreSQL server, over libpq.
public final class PostgresAdapter: IDBAdapter {
  public static let descriptor = AdapterDescriptor(
    kind: .postgres, displayName: "PostgreSQL", schemes: ["postgres", "postgresql"], defaultPort: 5432,
    dataModel: .relational, vocabulary: .relational,
    capabilities: [
      .rowStreaming, .transactions, .savepoints, .pipelining, .atomicPipelines, .serverEnforcedReadOnly, .cancellation,
      .bulkCopy,
      .transactionalDDL, .explain, .explainAnalyze, .schemas, .serverNotices,
    ], clientLibrary: PGLibrary.version, connectionRules: connectionRules)

  private static var connectionRules: ConnectionRules {
    var rules = ConnectionRules()
    rules.parameterDefaults = PGLibrary.connectionDefaults
    rules.parameterDefaults[PGConnectionParameters.resetKeyword] = ResetPolicy.auto.rawValue
    rules.parametersWithDefaults = ["service"]
    rules.hasLocationParameters = true
    rules.databaseDefaultsToUser = true
    rules.hostOrder = .preference(unless: "target_session_attrs", isOneOf: ["read-write", "primary"])
    return rules
  }

  private let configuration: ConnectionConfiguration
  private let parameters: PGConnectionParameters
  private let classifier: PostgresClassifier
  private let opened = Locked<PostgresSession?>(nil)

  init(_ configuration: ConnectionConfiguration, _ parameters: PGConnectionParameters, _ classifier: PostgresClassifier)
  {
    self.configuration = configuration
    self.parameters = parameters
    self.classifier = classifier
  }

  deinit { opened.withLock { $0 }?.connection.close() }

  /// The open session.
  /// - Throws: ``DBError/Code-swift.struct/connectionLost`` before ``connect()`` and after ``close()``.
  func session() throws(DBError) -> PostgresSession {
    guard let session = opened.withLock({ $0 }) else { throw PostgresErrors.closed }
    return session
  }

  // MARK: Connecting

  public func connect() async throws(DBError) {
    let limit = configuration.connectTimeout
    let deadline = Deadline(after: limit)
    let handle = try await PGDial(parameters, limit: limit).run().get()
    let connection = PostgresConnection(handle)
    do throws(DBError) {
      let session = try await setUp(connection, limit: deadline.remaining)
      let replaced = opened.withLock { opened in
        defer { opened = session }
        return opened
      }
      replaced?.connection.close()
    } catch {
      connection.close()
      throw error
    }
  }

  /// Finds out whether a pooler stands in between: its backend is not the one that answers. One round trip.
  private func setUp(_ connection: PostgresConnection, limit: Duration?) async throws(DBError) -> PostgresSession {
    let isReadOnly = configuration.access == .readOnly
    let probe = PostgresSession(
      connection, classifier, isReadOnly: false, isPooled: true, statementCapacity: 0, resetPolicy: .never)
    let backend = try await probe.collect("SELECT pg_catalog.pg_backend_pid()", [], limit: limit)
    let isDirect = backend.first?[0] == .int(Int64(connection.handle.backendID))
    let isPooled = parameters.poolMode.map { $0 == "transaction" } ?? !isDirect
    return PostgresSession(
      connection, classifier, isReadOnly: isReadOnly, isPooled: isPooled,
      statementCapacity: parameters.statementCacheSize, resetPolicy: parameters.resetPolicy)
  }

  public func close() async {
    let session = opened.withLock { session in
      defer { session = nil }
      return session
    }
    session?.connection.close()
  }

  /// `false` while a statement runs or a stream is open, and once the connection is lost or given up. An open transaction is for
  /// ``resetSession()`` to end.
  public var isReusable: Bool {
    opened.withLock { $0?.connection }?.isFree == true
  }

  /// `false` when the parse trees of all statements since the last reset prove that they left nothing behind, and no transaction is open; see
  /// `reset` in the connection string. What a statement reaches without naming it, such as a trigger, is taken to leave nothing, except where the
  /// server reports the setting by itself.
  public var needsReset: Bool {
    opened.withLock { $0 }?.needsReset ?? true
  }

  public var executor: (any TaskExecutor)? { EventLoop.shared }

  public var endpoint: String {
    if let handle = opened.withLock({ $0?.connection.handle }) {
      return Endpoint(host: handle.host, port: UInt16(handle.port)).description + "/" + handle.database
    }
    let replicas = configuration.preference == .replica ? configuration.string.replicas : []
    let hosts = (replicas + configuration.string.endpoints).map(\.description).joined(separator: ",")
    return (hosts.isEmpty ? parameters.value("host") ?? "local" : hosts)
      + (configuration.string.database.map { "/" + $0 } ?? "")
  }

  // MARK: Statements

  public func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    try await session().execute(request)
  }

  public func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification {
    try classifier.classify(request, serverVersion: serverVersion)
  }

  public func ping(timeout: Duration?) async throws(DBError) {
    let session = try session()
    try await session.connection.perform(limit: timeout) { () async throws(DBError) in
      _ = try await session.command("")
    }
  }

  public func resetSession() async throws(DBError) { try await session().reset() }

  public func serverInfo() async throws(DBError) -> ServerInfo {
    let handle = try session().connection.handle
    let row = try await catalogQuery(
      "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only'), current_user::text",
      deadline: Deadline(after: .seconds(10))
    ).first
    return ServerInfo(
      product: "PostgreSQL", version: handle.parameterStatus("server_version") ?? "\(handle.serverVersion)",
      database: handle.database, user: row.flatMap { try? $0.decode(String.self, at: 2) } ?? handle.user,
      role: row?[0] == .bool(true) ? "standby" : "primary", endpoint: endpoint,
      isReadOnly: row?[1] == .text("on") || configuration.access == .readOnly,
      encryption: handle.tlsVersion, clientLibrary: PGLibrary.version, capabilities: Self.descriptor.capabilities)
  }

  // MARK: For inspection

  /// Runs a statement of our own, outside guard and audit, and collects its rows.
  func catalogQuery(
    _ text: String, _ parameters: [DBValue] = [], deadline: Deadline
  ) async throws(DBError) -> RowBatch {
    try await session().collect(text, parameters, limit: deadline.remaining)
  }

  /// As libpq gives it: 150020 is 15.20.
  var serverVersion: Int { opened.withLock { $0?.connection.handle.serverVersion } ?? 0 }
}
