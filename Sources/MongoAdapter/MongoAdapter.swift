public import DBAdapterCore

/// One session with MongoDB (mongodb.com), over libmongoc: a client of the connection string's pool, on a thread of the session's own, with a
/// logical session of the server.
///
/// libmongoc has no face that does not block, so that each session has a thread; ``executor`` lets code run on it.
public final class MongoAdapter: IDBAdapter {
  public static let descriptor = AdapterDescriptor(
    kind: .mongodb, displayName: "MongoDB", schemes: ["mongodb", "mongodb+srv"], defaultPort: 27017,
    dataModel: .document,
    vocabulary: ModelVocabulary(
      schema: ModelVocabulary.Noun("database", "databases"), table: ModelVocabulary.Noun("collection", "collections"),
      column: ModelVocabulary.Noun("field", "fields"), row: ModelVocabulary.Noun("document", "documents")),
    capabilities: [
      .rowStreaming, .transactions, .cancellation, .explain, .explainAnalyze, .schemas, .nativeReplies,
    ],
    clientLibrary: MongoLibrary.name, connectionRules: connectionRules, hasAdministrativeStatements: true,
    planningMayRunCode: true)

  private static var connectionRules: ConnectionRules {
    var rules = ConnectionRules()
    rules.parameterDefaults = ["retryWrites": "true", "retryReads": "true", "tls": "false", "ssl": "false"]
    return rules
  }

  let options: MongoOptions
  let access: MongoAccess

  /// Starts the session's thread; nothing is dialled.
  /// - Throws: ``DBError/Code-swift.struct/resourceLimit`` when the system has no thread to give.
  init(_ options: MongoOptions, _ pool: MongoClientPool) throws(DBError) {
    self.options = options
    access = try MongoAccess(options, pool)
  }

  deinit { access.abandon() }

  // MARK: The session

  public var executor: (any TaskExecutor)? { access.worker }

  /// The first server of the connection string; a deployment may answer from any of its members.
  public var endpoint: String {
    options.string.endpoints.first.map { "\($0)" } ?? "localhost:27017"
  }

  /// `false` while a command runs or a stream is open, after a call that never came back, and once closed.
  public var isReusable: Bool { access.isReusable }

  /// `false` unless a transaction is open: nothing else outlives a call.
  public var needsReset: Bool { access.needsReset }

  /// Waits for a server of the deployment that may answer, signs in, and begins a logical session.
  /// - Throws: ``DBError/Code-swift.struct/connectionFailed`` when none can be used within the connect timeout,
  ///   ``DBError/Code-swift.struct/authenticationFailed``, ``DBError/Code-swift.struct/tlsFailed``.
  public func connect() async throws(DBError) { try await access.connect(timeout: options.connectTimeout) }

  public func close() async { await access.close() }

  public func resetSession() async throws(DBError) {
    try await access.perform(timeout: .seconds(5)) { session, _ throws(DBError) in try session.reset() }
  }

  public func ping(timeout: Duration?) async throws(DBError) {
    try await access.perform(timeout: timeout) { session, operation throws(DBError) in
      _ = try session.read(["ping": 1], on: "admin", operation)
    }
  }

  // MARK: Commands

  /// Runs one command: a document, the same as Extended JSON, or a short form such as `db.orders.find({})`.
  ///
  /// What has a cursor returns its documents, one a row; `distinct` its values; `count` a number; `insert`, `update` and `delete` how many
  /// documents they changed; everything else the server's reply.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` for text that is no command; whatever the server says. When some writes of a list
  ///   fail, the others may be done: ``ServerDiagnostics/detail`` says which failed.
  public func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    let command = try MongoStatement(request, database: options.database)
    let limit = request.rowLimit
    return try await access.perform(timeout: request.timeout) { session, operation throws(DBError) in
      try session.execute(command, rowLimit: limit, operation)
    }
  }

  /// Looks at the command, its pipelines and its expressions; nothing is sent.
  public func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification {
    try MongoStatement(request, database: options.database).classification
  }
}

extension MongoSession {
  /// Runs a command and collects its rows.
  func execute(
    _ command: MongoStatement, rowLimit: Int?, _ operation: MongoOperation
  ) throws(DBError) -> QueryResult {
    let start = Deadline.now()
    let reply = try send(command, limit: rowLimit, operation)
    let executed = start.elapsed()
    let (rows, run) = try collect(reply, of: command, rowLimit: rowLimit, operation)
    return QueryResult(
      rows: rows, reply: run.shape, affectedRows: run.affectedRows, commandTag: command.name,
      truncation: run.truncation, timing: QueryTiming(executed: executed, fetched: start.elapsed() - executed))
  }

  /// All rows of a reply.
  func collect(
    _ reply: MongoReply, of command: MongoStatement, rowLimit: Int?, _ operation: MongoOperation
  ) throws(DBError) -> (RowBatch, MongoRun) {
    var run = MongoRun(reply, of: command, rowLimit: rowLimit)
    var builder = RowBatchBuilder(columns: run.columns)
    do throws(MongoFailure) {
      while try run.fill(&builder, rows: .max, bytes: .max) {}
    } catch {
      throw self.error(error, operation, mayHaveWritten: command.classification.effect != .read)
    }
    return (builder.finish(), run)
  }
}
