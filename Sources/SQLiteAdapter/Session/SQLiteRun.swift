internal import DBAdapterCore

/// One run of a statement, from behind its first step to its reset.
struct SQLiteRun {
  let statement: SQLiteStatement
  private let rowLimit: Int?
  private(set) var columns = ColumnSet.empty
  private(set) var affectedRows: Int?
  private(set) var truncation: Truncation?
  private(set) var isFinished = false
  private var hasRow = false
  private var rowCount = 0

  /// - Parameter step: what the first step did.
  init(
    _ statement: SQLiteStatement, after step: SQLiteStatementHandle.Step, rowLimit: Int?, in session: SQLiteSession
  ) throws(DBError) {
    self.statement = statement
    self.rowLimit = rowLimit.map { max(0, $0) }
    statement.isInUse = true
    hasRow = step == .row
    // Only after the first step SQLite has seen the schema as it is now.
    columns = statement.handle.columns
    if !hasRow { finish(session) } else if self.rowLimit == 0 { try truncate(session) }
  }

  var reply: ReplyShape {
    if columns.count > 0 { return .rows }
    return affectedRows.map { .affected($0) } ?? .acknowledged
  }

  var summary: CursorSummary {
    CursorSummary(affectedRows: affectedRows, commandTag: statement.tag, truncation: truncation)
  }

  /// Copies rows until there are enough of them or of their bytes, or no more.
  mutating func fill(
    _ builder: inout RowBatchBuilder, rows: Int, bytes: Int, in session: SQLiteSession
  ) throws(DBError) {
    var left = rows
    let width = columns.count
    let handle = statement.handle
    while hasRow, left > 0 {
      do throws(SQLiteFailure) {
        try handle.appendRow(to: &builder, width: width)
        rowCount += 1
        left -= 1
        hasRow = try handle.step() == .row
      } catch {
        throw failed(error, session)
      }
      if rowCount == rowLimit, hasRow { return try truncate(session) }
      if bytes != .max, builder.byteCount >= bytes { break }
    }
    if !hasRow, !isFinished { finish(session) }
  }

  /// Ends the run before its last row. What a statement writes is written whole all the same, unless the call was cancelled or its time
  /// is over: then it is undone.
  mutating func stop(_ session: SQLiteSession) throws(DBError) {
    if isFinished { return }
    if statement.isReadOnly {
      finish(session)
    } else {
      while hasRow { try advance(session) }
      if !isFinished { finish(session) }
    }
  }

  /// Ends the run at once, whatever it was doing.
  mutating func abandon() {
    if isFinished { return }
    isFinished = true
    hasRow = false
    statement.handle.reset()
    statement.isInUse = false
  }

  private mutating func truncate(_ session: SQLiteSession) throws(DBError) {
    truncation = Truncation(.rowLimit, limit: rowLimit ?? 0)
    try stop(session)
  }

  private mutating func advance(_ session: SQLiteSession) throws(DBError) {
    do throws(SQLiteFailure) {
      hasRow = try statement.handle.step() == .row
    } catch {
      throw failed(error, session)
    }
  }

  private mutating func finish(_ session: SQLiteSession) {
    hasRow = false
    if statement.countsChanges { affectedRows = session.changes }
    abandon()
    session.succeeded(statement)
  }

  private mutating func failed(_ failure: SQLiteFailure, _ session: SQLiteSession) -> DBError {
    // The error is described before the reset, while it is the connection's last.
    let error = session.error(failure, .running, statement.text)
    abandon()
    return error
  }
}
