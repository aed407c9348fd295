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
  /// What the server said against the statement while ``close()`` read on to its end: a write that was undone. Default: nothing.
  var closingFailure: DBError? { get }
}

extension RowCursor {
  public var closingFailure: DBError? { nil }
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
  /// One result a request, in order.
  ///
  /// With ``AdapterCapabilities/atomicPipelines`` the requests run as one implicit transaction: after a failure the later ones are not run
  /// and fail with ``DBError/Code-swift.struct/transactionAborted``, and the earlier ones are undone. Without it every request runs whatever
  /// became of the others.
  func executePipeline(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>]
}

/// Several statements that run together or not at all, with no other session's in between, and without seeing each other's results (Redis
/// `MULTI` and `WATCH`).
public protocol AtomicBatching: IDBAdapter {
  /// From now on the next batch fails when somebody else changes one of these keys before it runs.
  func watch(_ keys: [DBValue]) async throws(DBError)
  /// Forgets what is watched.
  func unwatch() async throws(DBError)
  /// One result a request, in order. A request can fail by itself while the others have run.
  /// - Throws: ``DBError/Code-swift.struct/serializationConflict`` when a watched key was changed, and then nothing has run;
  ///   ``DBError/Code-swift.struct/transactionAborted`` when the server refused one of the requests, and then nothing has run.
  func executeAtomically(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>]
}

/// Replies in their own shape.
public protocol NativeCommanding: IDBAdapter {
  /// Runs a request and returns what the server said as one value, not forced into rows.
  func executeNative(_ request: QueryRequest) async throws(DBError) -> DBValue
}

/// What a server tells of itself beyond ``ServerInfo``: its statistics, its settings.
public protocol ServerReporting: IDBAdapter {
  /// Sections of fields, as the server orders them; numbers are numbers.
  /// - Parameter sections: the sections wanted, by the server's names. Empty: those that it shows unasked.
  func serverReport(_ sections: [String]) async throws(DBError) -> DBDocument
}

/// What the user of a session may do on the server, beyond what the session is for.
public protocol PrivilegeReporting: IDBAdapter {
  func privileges() async throws(DBError) -> SessionPrivileges
}

/// An adapter that reads a request once, for everything that is asked of it: what it does, what connection it needs, and to run it.
public protocol StatementPreparing: IDBAdapter {
  /// - Throws: what is wrong with the request itself; nothing is sent.
  func prepare(_ request: QueryRequest) throws(DBError) -> any PreparedStatement
  /// As ``Pipelining/executePipeline(_:)``, for statements this adapter has prepared.
  func executePipeline(
    _ statements: [any PreparedStatement]
  ) async throws(DBError) -> [Result<QueryResult, DBError>]
  /// As ``AtomicBatching/executeAtomically(_:)``, for statements this adapter has prepared.
  func executeAtomically(
    _ statements: [any PreparedStatement]
  ) async throws(DBError) -> [Result<QueryResult, DBError>]
}

/// A request that its adapter has read.
public protocol PreparedStatement: AnyObject, Sendable {
  var classification: StatementClassification { get }
  var connectionNeed: ConnectionNeed { get }
  /// Runs it, as ``IDBAdapter/executeQuery(_:)`` does.
  func execute() async throws(DBError) -> QueryResult
}

/// What a statement asks of a connection that other sessions may use at the same time.
public enum ConnectionNeed: Sendable, Hashable {
  /// Nothing: it may share.
  case any
  /// One of its own while it runs: it would keep others waiting.
  case ownConnection
  /// A session that has one to itself: it changes the connection for what comes after it.
  case ownSession
}

/// What the server tells without being asked again: messages, changes of keys.
public protocol Subscribing: IDBAdapter {
  /// Subscribes; from then on the connection is of no other use.
  func openSubscription(_ topics: [SubscriptionTopic]) async throws(DBError) -> any Subscription
}

/// An open subscription, read message by message.
public protocol Subscription: AnyObject, Sendable {
  /// Waits for the next message. `nil` after ``close()``.
  /// - Throws: ``DBError/Code-swift.struct/connectionLost`` when messages may have been missed, ``DBError/Code-swift.struct/cancelled``.
  func next() async throws(DBError) -> ServerMessage?
  /// Ends the subscription and whoever waits for its next message. Idempotent.
  func close() async
}

/// What to be told of.
public enum SubscriptionTopic: Sendable, Hashable {
  /// Messages that are published to a channel of this name.
  case channel(String)
  /// Messages of all channels whose names match a glob (`news.*`).
  case pattern(String)
  /// Changes of the keys that match a glob, in the session's database. The server has to be told to report them.
  case keys(String)
}

/// What a server told.
public struct ServerMessage: Sendable, Hashable {
  public var topic: SubscriptionTopic
  /// The channel it was published to; for a change of a key the key.
  public var source: DBValue
  /// The message; for a change of a key the name of what happened: `set`, `expired`.
  public var payload: DBValue

  public init(topic: SubscriptionTopic, source: DBValue, payload: DBValue) {
    self.topic = topic
    self.source = source
    self.payload = payload
  }
}
