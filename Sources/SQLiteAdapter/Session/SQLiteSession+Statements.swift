internal import DBAdapterCore
internal import DBSQLSupport

extension SQLiteSession {
  /// Runs a statement and collects its rows.
  func execute(_ sql: SQLStatement, rowLimit: Int?) throws(DBError) -> QueryResult {
    let start = Deadline.now()
    var run = try startRun(sql, rowLimit: rowLimit)
    let executed = Deadline.now()
    var builder = RowBatchBuilder(columns: run.columns)
    try run.fill(&builder, rows: .max, bytes: .max, in: self)
    let summary = run.summary
    return QueryResult(
      rows: builder.finish(), reply: Self.reply(run), affectedRows: summary.affectedRows,
      commandTag: summary.commandTag,
      truncation: summary.truncation,
      timing: QueryTiming(executed: start.elapsed(to: executed), fetched: executed.elapsed()))
  }

  /// Compiles a statement, binds its values and takes its first step.
  func startRun(_ sql: SQLStatement, rowLimit: Int?) throws(DBError) -> SQLiteRun {
    let statement = try prepare(sql.text)
    if statement.changesSession { isChanged = true }
    try checkTransaction(statement.verb)
    do throws(DBError) {
      try statement.bind(sql.parameters) { error($0, .running, sql.text) }
    } catch {
      statement.handle.reset()
      throw error
    }
    return try SQLiteRun(statement, rowLimit: rowLimit, in: self)
  }

  private static func reply(_ run: SQLiteRun) -> ReplyShape {
    if !run.columns.isEmpty { return .rows }
    return run.summary.affectedRows.map { .affected($0) } ?? .acknowledged
  }

  /// Runs one of our own queries.
  func rows(_ text: String, _ parameters: [DBValue] = []) throws(DBError) -> RowBatch {
    let statement = try prepare(text)
    try statement.bind(parameters) { error($0, .running, text) }
    var run = try SQLiteRun(statement, rowLimit: nil, in: self)
    var builder = RowBatchBuilder(columns: run.columns)
    try run.fill(&builder, rows: .max, bytes: .max, in: self)
    return builder.finish()
  }

  /// Rows changed by the last statement that changes rows.
  var changes: Int { (try? open().changes) ?? 0 }

  /// Takes note of what a finished statement changed beside the data.
  func succeeded(_ verb: SQLiteVerb) {
    guard let connection = try? open() else { return }
    if verb.isTransactionControl { transaction.isExpected = !connection.isAutocommit }
    if let pragma = verb.pragma, pragma.hasArgument, pragma.effect == .session {
      if pragma.name == "busy_timeout" { adoptBusyTimeout(connection) }
    }
  }

  /// The pragma has put SQLite's own handler in place of ours, which can be cancelled: take its time and put ours back.
  private func adoptBusyTimeout(_ connection: SQLiteConnectionHandle) {
    guard let row = try? rows("PRAGMA busy_timeout").first, case .int(let milliseconds) = row[0] else { return }
    connection.hooks.busyTimeout = .milliseconds(milliseconds)
    connection.restoreBusyHandler()
  }
}
