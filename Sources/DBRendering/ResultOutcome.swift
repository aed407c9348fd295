public import DBAdapterCore

/// What is known of a statement once its last row was read, for formats that say so.
public struct ResultOutcome: Sendable {
  /// The name the user knows the connection by, without credentials.
  public var connection: String?
  /// The engine that answered.
  public var engine: DatabaseKind?
  /// Rows changed; `nil` when the statement does not count them.
  public var affectedRows: Int?
  /// The server's word for what it did: `SELECT`.
  public var commandTag: String?
  /// `nil` when the rows are complete.
  public var truncation: Truncation?
  /// Messages of the server beside the rows.
  public var notices: [ServerNotice] = []
  /// What is to be said of the rows beside that.
  public var warnings: [String] = []
  /// Where the time went.
  public var timing = QueryTiming()
  /// Whether the session refused writes.
  public var isReadOnly = true
  /// What ended the statement, when it failed.
  public var error: DBError?
  /// Identifies the request in logs.
  public var requestID = DBUUID.random()

  /// Nothing known yet.
  public init() {}
}
