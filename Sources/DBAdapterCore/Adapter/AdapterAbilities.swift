/// Rows in constant memory.
public protocol RowStreaming: IDBAdapter {
  /// Runs a statement whose rows are then pulled. The session is busy until the cursor is closed.
  /// - Parameter batchSize: the most rows a batch. An adapter may read one batch ahead.
  func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor
}

/// The rows of a running statement, pulled a batch at a time: back-pressure for free.
public protocol RowCursor: AnyObject, Sendable {
  var columns: ColumnSet { get }
  /// `nil` after the last row.
  func nextBatch() async throws(DBError) -> RowBatch?
  /// What the server said at the end; complete once ``nextBatch()`` returned `nil`.
  var summary: CursorSummary { get }
  /// Ends the statement, early or not, and frees the session. Idempotent.
  func close() async
}

/// What is known of a streamed statement beside its rows.
public struct CursorSummary: Sendable {
  public var affectedRows: Int?
  public var commandTag: String?
  public var notices: [ServerNotice]
  public var truncation: Truncation?

  public init(
    affectedRows: Int? = nil, commandTag: String? = nil, notices: [ServerNotice] = [], truncation: Truncation? = nil
  ) {
    self.affectedRows = affectedRows
    self.commandTag = commandTag
    self.notices = notices
    self.truncation = truncation
  }
}

/// Interactive transactions: read, decide, write.
public protocol Transactional: IDBAdapter {
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for an option the engine cannot honour; it is never ignored.
  func begin(_ options: TransactionOptions) async throws(DBError)
  /// - Throws: ``DBError/Code-swift.struct/transactionAborted`` when the server rolled back instead.
  func commit() async throws(DBError)
  func rollback() async throws(DBError)
  func savepoint(_ name: String, _ action: SavepointAction) async throws(DBError)
}

public enum SavepointAction: Sendable, Hashable { case create, release, rollback }

/// What a transaction may see and do.
public struct TransactionOptions: Sendable, Hashable {
  /// SQL standard levels; an engine may give more isolation than asked for, never less.
  public enum Isolation: String, Sendable, Hashable {
    case readUncommitted = "READ UNCOMMITTED"
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
  }

  /// `nil`: the server's default.
  public var isolation: Isolation?
  /// The server refuses writes inside. Default: `false`.
  public var isReadOnly: Bool
  /// A serializable read-only transaction waits for a snapshot that cannot fail (PostgreSQL). Default: `false`.
  public var isDeferrable: Bool

  public init(isolation: Isolation? = nil, isReadOnly: Bool = false, isDeferrable: Bool = false) {
    self.isolation = isolation
    self.isReadOnly = isReadOnly
    self.isDeferrable = isDeferrable
  }
}

/// Several statements in one round trip.
public protocol Pipelining: IDBAdapter {
  /// One result a request, in order. The requests run as one implicit transaction: after a failure the later ones are not run
  /// and fail with ``DBError/Code-swift.struct/transactionAborted``, and the earlier ones are undone.
  func executePipeline(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>]
}
