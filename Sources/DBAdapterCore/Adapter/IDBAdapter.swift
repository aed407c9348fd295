/// One session with one server, for implementers. Callers use ``DatabaseSession``, which adds deadline, guard and audit.
///
/// A session has one user at a time: a second statement while one runs throws ``DBError/Code-swift.struct/connectionBusy``. Every call
/// throws ``DBError/Code-swift.struct/cancelled`` soon after its task is cancelled, and ``DBError/Code-swift.struct/timeout`` soon after the
/// request's time limit; both stop the statement on the server.
public protocol IDBAdapter: AnyObject, Sendable {
  static var descriptor: AdapterDescriptor { get }

  /// Opens the session the connector was made for, within the configuration's connect timeout.
  func connect() async throws(DBError)
  func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult
  func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo>
  /// Tables of one schema, or of all that are not the system's.
  func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo>
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such table.
  func describeTable(_ table: TableReference, _ options: DescribeOptions) async throws(DBError) -> TableDescription
  func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan

  /// Every table of a schema, or of all that are not the system's, in a number of statements that does not grow with the tables.
  func describeTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableDescription>
  /// One round trip.
  func ping(timeout: Duration?) async throws(DBError)
  func serverInfo() async throws(DBError) -> ServerInfo
  /// What a statement is, without running it.
  func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification
  /// What an audit keeps of a statement. Default: its first word, and nothing more.
  func normalized(_ request: QueryRequest) -> NormalizedStatement
  /// Makes the session as new between two users: ends a transaction, forgets session settings.
  func resetSession() async throws(DBError)
  /// `false` only when nothing since the session was opened or last reset can have left anything behind, and nothing runs: then a reset
  /// would do nothing and is left out. In doubt `true`, which is the default.
  var needsReset: Bool { get }
  /// `false` once the session must not be lent again: after a protocol error, a lost connection, an unfinished cancel.
  var isReusable: Bool { get }
  /// The executor on which calls cross no thread, if there is one; see `withTaskExecutorPreference`.
  var executor: (any TaskExecutor)? { get }
  /// Where the session is connected, without credentials.
  var endpoint: String { get }
  /// The adapter itself, when it can prepare statements. Default: `nil`.
  var preparing: (any StatementPreparing)? { get }
  /// Idempotent, and never throws.
  func close() async
}

extension IDBAdapter {
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    let words = request.statement.textWithoutValues.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    let text = (words.first.map { String($0) } ?? "") + (words.count > 1 ? " …" : "")
    return NormalizedStatement(text, mayHoldSecret: true)
  }

  public var needsReset: Bool { true }
  public var preparing: (any StatementPreparing)? { nil }
}
