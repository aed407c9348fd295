internal import DBAdapterCore
internal import DBSQLSupport

extension SQLiteSession {
  /// Runs a statement and collects its rows.
  /// - Parameter moment: when it begins; afterwards when it ended.
  func execute(_ sql: SQLStatement, rowLimit: Int?, at moment: inout Deadline) throws(DBError) -> QueryResult {
    let start = moment
    let statement = try bound(sql)
    let step = try firstStep(statement)
    if step == .done, statement.isOneStep {
      let changes = changes
      statement.handle.reset()
      moment = .now()
      return QueryResult(
        rows: .empty(), reply: .affected(changes), affectedRows: changes, commandTag: statement.tag,
        timing: QueryTiming(executed: start.elapsed(to: moment)))
    }
    var run = try SQLiteRun(statement, after: step, rowLimit: rowLimit, in: self)
    moment = .now()
    var timing = QueryTiming(executed: start.elapsed(to: moment))
    let rows: RowBatch
    if run.isFinished {
      rows = .empty(run.columns)
    } else {
      var builder = RowBatchBuilder(columns: run.columns)
      try run.fill(&builder, rows: .max, bytes: .max, in: self)
      rows = builder.finish()
      let executed = moment
      moment = .now()
      timing.fetched = executed.elapsed(to: moment)
    }
    return QueryResult(
      rows: rows, reply: run.reply, affectedRows: run.affectedRows, commandTag: run.statement.tag,
      truncation: run.truncation, timing: timing)
  }

  /// Runs a statement that begins now.
  func execute(_ sql: SQLStatement, rowLimit: Int?) throws(DBError) -> QueryResult {
    var moment = Deadline.now()
    return try execute(sql, rowLimit: rowLimit, at: &moment)
  }

  /// Compiles a statement, binds its values and takes its first step.
  func startRun(_ sql: SQLStatement, rowLimit: Int?) throws(DBError) -> SQLiteRun {
    let statement = try bound(sql)
    return try SQLiteRun(statement, after: firstStep(statement), rowLimit: rowLimit, in: self)
  }

  /// Compiles a statement and binds its values.
  private func bound(_ sql: SQLStatement) throws(DBError) -> SQLiteStatement {
    let statement = try prepare(sql.text)
    if statement.changesSession { isChanged = true }
    try checkTransaction(statement)
    do throws(DBError) {
      try statement.bind(sql.parameters) { error($0, .running, sql.text) }
    } catch {
      statement.handle.reset()
      throw error
    }
    return statement
  }

  /// From here on what a statement does is done, or failed.
  private func firstStep(_ statement: SQLiteStatement) throws(DBError) -> SQLiteStatementHandle.Step {
    do throws(SQLiteFailure) {
      return try statement.handle.step()
    } catch {
      // The error is described before the reset, while it is the connection's last.
      let described = self.error(error, .running, statement.text)
      statement.handle.reset()
      throw described
    }
  }

  /// Runs one of our own queries.
  func rows(_ text: String, _ parameters: [DBValue] = []) throws(DBError) -> RowBatch {
    let statement = try prepare(text)
    try statement.bind(parameters) { error($0, .running, text) }
    var run = try SQLiteRun(statement, after: firstStep(statement), rowLimit: nil, in: self)
    var builder = RowBatchBuilder(columns: run.columns)
    try run.fill(&builder, rows: .max, bytes: .max, in: self)
    return builder.finish()
  }

  /// Rows changed by the last statement that changes rows.
  var changes: Int { connection?.changes ?? 0 }

  /// Takes note of what a finished statement changed beside the data.
  func succeeded(_ statement: SQLiteStatement) {
    guard !statement.isPlain, let connection else { return }
    let verb = statement.verb
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
