/// What kind of answer a statement gave.
public enum ReplyShape: Sendable, Hashable {
  case rows
  /// A count of rows changed, without rows.
  case affected(Int)
  /// Done, with nothing to say.
  case acknowledged
  case scalar, list, map, documents
}

/// A message the server sent beside the result: a warning, a notice.
public struct ServerNotice: Sendable, Hashable, CustomStringConvertible {
  public var severity: String
  public var sqlState: String?
  public var message: String
  public var detail: String?
  public var hint: String?

  public init(severity: String, sqlState: String? = nil, message: String, detail: String? = nil, hint: String? = nil) {
    self.severity = severity
    self.sqlState = sqlState
    self.message = message
    self.detail = detail
    self.hint = hint
  }

  public var description: String { "\(severity): \(message)" }
}

/// Why a result is not complete.
public struct Truncation: Sendable, Hashable {
  public enum Reason: String, Sendable, Hashable { case rowLimit, byteLimit }
  public let reason: Reason
  /// The limit that was reached, in rows or bytes.
  public let limit: Int

  public init(_ reason: Reason, limit: Int) {
    self.reason = reason
    self.limit = limit
  }
}

/// Where the time went.
public struct QueryTiming: Sendable, Hashable {
  /// Until a connection was there.
  public var waited: Duration
  /// From sending the statement to the first answer.
  public var executed: Duration
  /// From the first answer to the last row.
  public var fetched: Duration

  public init(waited: Duration = .zero, executed: Duration = .zero, fetched: Duration = .zero) {
    self.waited = waited
    self.executed = executed
    self.fetched = fetched
  }

  public var total: Duration { waited + executed + fetched }
}

/// Everything a statement returned.
public struct QueryResult: Sendable {
  public var rows: RowBatch
  public var reply: ReplyShape
  /// Rows inserted, changed or removed; `nil` when the statement does not count them.
  public var affectedRows: Int?
  /// The server's word for what it did: `SELECT`, `INSERT`, `CREATE TABLE`.
  public var commandTag: String?
  public var notices: [ServerNotice]
  /// `nil` when the rows are complete.
  public var truncation: Truncation?
  public var timing: QueryTiming

  public init(
    rows: RowBatch, reply: ReplyShape, affectedRows: Int? = nil, commandTag: String? = nil,
    notices: [ServerNotice] = [], truncation: Truncation? = nil, timing: QueryTiming = QueryTiming()
  ) {
    self.rows = rows
    self.reply = reply
    self.affectedRows = affectedRows
    self.commandTag = commandTag
    self.notices = notices
    self.truncation = truncation
    self.timing = timing
  }

  public var columns: ColumnSet { rows.columns }
}
