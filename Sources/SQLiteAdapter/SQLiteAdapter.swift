public import DBAdapterCore
internal import DBSQLSupport

/// One session with an SQLite database (sqlite.org), embedded: the engine runs in this process, on a thread of the session's own.
///
/// Read-only sessions open the file read-only, refuse every write and setting in SQLite itself, and never create a file.
public final class SQLiteAdapter: IDBAdapter {
  public static let descriptor = AdapterDescriptor(
    kind: .sqlite, displayName: "SQLite", schemes: ["sqlite", "file"], defaultPort: nil, dataModel: .relational,
    vocabulary: ModelVocabulary(
      schema: ModelVocabulary.Noun("database", "databases"), table: ModelVocabulary.relational.table,
      column: ModelVocabulary.relational.column, row: ModelVocabulary.relational.row),
    capabilities: [
      .rowStreaming, .transactions, .savepoints, .pipelining, .atomicPipelines, .serverEnforcedReadOnly, .cancellation,
      .transactionalDDL,
      .explain, .schemas,
    ],
    clientLibrary: SQLiteLibrary.name, connectionRules: connectionRules)

  private static var connectionRules: ConnectionRules {
    var rules = ConnectionRules()
    rules.parameterDefaults = [
      "mode": "rw", "busy_timeout": "5000", "foreign_keys": "on", "cache": "private", "immutable": "0", "nolock": "0",
    ]
    rules.databaseIsFile = true
    rules.namesBesideFiles = [":memory:"]
    rules.parametersThatNameDatabases = ["mode": "memory"]
    return rules
  }

  let options: SQLiteOptions
  let access: SQLiteAccess
  private let connectTimeout: Duration
  private let classifications = Locked(SQLiteClassificationCache())

  /// Starts the session's thread; nothing is opened.
  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` for a parameter SQLite does not have,
  ///   ``DBError/Code-swift.struct/resourceLimit`` when the system has no thread to give.
  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    options = try SQLiteOptions(configuration)
    connectTimeout = configuration.connectTimeout
    access = try SQLiteAccess(options)
  }

  deinit { access.abandon() }

  // MARK: The session

  public var executor: (any TaskExecutor)? { access.worker }

  /// The path of the file, or `:memory:`.
  public var endpoint: String { options.path }

  /// `false` while a statement runs or a stream is open, after damage to the file was found, and once closed.
  public var isReusable: Bool { access.isReusable }

  /// `false` when every statement since the last reset touched the file alone and no transaction is open. SQLite itself says which statements
  /// make something temporary or attach a file; pragmas and what is not known count as leaving something.
  public var needsReset: Bool { access.needsReset }

  /// Opens the file, reads its header and applies the settings of the connection string.
  /// - Throws: ``DBError/Code-swift.struct/connectionFailed`` for a missing file (unless `mode=rwc`), a directory, a damaged file or one of
  ///   another kind; ``DBError/Code-swift.struct/permissionDenied``; ``DBError/Code-swift.struct/lockNotAvailable``.
  public func connect() async throws(DBError) {
    try await access.connect(timeout: connectTimeout)
  }

  public func close() async { await access.close() }

  public func resetSession() async throws(DBError) {
    try await access.perform { session throws(DBError) in try session.reset() }
  }

  /// Reads the database's schema number, so that a file that went away is noticed.
  public func ping(timeout: Duration?) async throws(DBError) {
    try await access.perform(timeout: timeout) { session throws(DBError) in try session.command("PRAGMA schema_version")
    }
  }

  public func serverInfo() async throws(DBError) -> ServerInfo {
    let options = options
    return try await access.perform { session throws(DBError) in
      let isReadOnly = options.isReadOnly || session.transaction.isReadOnly
      _ = try session.open()
      return ServerInfo(
        product: "SQLite", version: SQLiteLibrary.version, database: "main", user: nil, role: "embedded",
        endpoint: options.path, isReadOnly: isReadOnly, encryption: nil, clientLibrary: SQLiteLibrary.name,
        capabilities: Self.descriptor.capabilities)
    }
  }

  // MARK: Statements

  /// Runs one statement. Placeholders are `?`, `?1`, `:name`, `@name` and `$name`; values go by the order of the parameters' numbers.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for an empty statement, a second statement in the text, or parameters that are
  ///   too few, too many or of a kind SQLite has not; whatever SQLite says.
  public func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    let sql = try SQLStatement(request, style: .questionNumber)
    if let result = try access.executeInPlace(sql, request) { return result }
    let limit = request.rowLimit
    return try await access.perform(timeout: request.timeout) { session throws(DBError) in
      try session.execute(sql, rowLimit: limit)
    }
  }

  /// Compiles the statement, unless its first words already say what it does; nothing is run.
  public func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification {
    let sql = try SQLStatement(request, style: .questionNumber)
    // A statement that is known needs no trip to the worker thread.
    if let known = classifications.withLock({ $0.find(sql.text) }) { return known }
    let found = try await access.perform(timeout: request.timeout, isExclusive: false) { session throws(DBError) in
      try session.classify(sql)
    }
    classifications.withLock { $0.insert(found, for: sql.text) }
    return found
  }

  /// The plan of `EXPLAIN QUERY PLAN` (sqlite.org/eqp.html).
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for ``ExplainMode/analyze``, which SQLite has not, and for statements without a plan.
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    guard mode == .plan else {
      throw DBError(.unsupported, "SQLite cannot measure a statement while it runs; ask for its plan", adapter: .sqlite)
    }
    let sql = try SQLStatement(request, style: .questionNumber)
    return try await access.perform(timeout: request.timeout) { session throws(DBError) in try session.explain(sql) }
  }

  // MARK: Inspection

  /// The databases of the session: `main`, `temp` when it is used, and the attached ones.
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    try await access.perform(timeout: options.timeout) { session throws(DBError) in
      try SQLiteIntrospection(session).schemas(options)
    }
  }

  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    try await access.perform(timeout: options.timeout) { session throws(DBError) in
      try SQLiteIntrospection(session).tables(in: schema, options)
    }
  }

  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    try await access.perform(timeout: options.timeout) { session throws(DBError) in
      try SQLiteIntrospection(session).describe(table, options)
    }
  }

  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    try await access.perform(timeout: options.timeout) { session throws(DBError) in
      try SQLiteIntrospection(session).describeTables(in: schema, options)
    }
  }
}
