internal import DBAdapterCore
internal import DBSQLSupport

extension PostgresSession {
  /// Runs a request and collects its rows.
  func execute(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    let statement = try SQLStatement(request, style: .dollarNumber)
    try checkReturnsRows(statement.text)
    return try await connection.perform(limit: request.timeout) { () async throws(DBError) in
      try await self.settle(limit: request.timeout)
      return try await self.inReadOnlyTransaction { () async throws(DBError) in
        try await self.execute(statement, rowLimit: request.rowLimit)
      }
    }
  }

  /// Runs a statement of ours and collects its rows. Its limit is the client's alone: to tell the server would cost a round trip.
  func collect(_ text: String, _ values: [DBValue], limit: Duration?) async throws(DBError) -> RowBatch {
    try await connection.perform(limit: limit) { () async throws(DBError) in
      try await self.settleAccess()
      try await self.liftStatementTimeout()
      return try await self.execute(
        try SQLStatement(QueryRequest(.text(text), parameters: values), style: .dollarNumber), rowLimit: nil,
        isOwn: true
      ).rows
    }
  }

  /// Puts a read-only transaction around a statement where the session's setting is not enough.
  func inReadOnlyTransaction<R>(_ body: () async throws(DBError) -> R) async throws(DBError) -> R {
    guard needsReadOnlyTransaction else { return try await body() }
    try await command("BEGIN TRANSACTION READ ONLY")
    do throws(DBError) {
      let result = try await body()
      try await command("COMMIT")
      return result
    } catch {
      if !connection.handle.isBroken {
        await connection.standDown()
        _ = try? await command("ROLLBACK")
      }
      throw error
    }
  }

  private func execute(_ sql: SQLStatement, rowLimit: Int?, isOwn: Bool = false) async throws(DBError) -> QueryResult {
    do throws(DBError) {
      return try await executeOnce(sql, rowLimit: rowLimit, isOwn: isOwn)
    } catch {
      // The table changed under a prepared statement, or somebody deallocated it: nothing ran, so prepare again, once.
      guard ["0A000", "26000"].contains(error.server?.sqlState), !connection.handle.isInTransaction,
        error.server?.sqlState == "26000" || error.message.contains("cached plan")
      else { throw error }
      forget(sql.text, isOwn: isOwn)
      return try await executeOnce(sql, rowLimit: rowLimit, isOwn: isOwn)
    }
  }

  private func executeOnce(_ sql: SQLStatement, rowLimit: Int?, isOwn: Bool) async throws(DBError) -> QueryResult {
    let start = Deadline.now()
    let statement = try await prepare(sql.text, sql.parameters, isOwn: isOwn)
    let parameters = try PostgresParameterEncoder.encode(sql.parameters, as: statement.parameterTypes)
    note(statement, sql.parameters)
    try connection.send(statement.target, parameters, binaryResult: statement.isBinary)
    if rowLimit != nil { connection.handle.setSingleRowMode() }
    var reader = PostgresResultReader(session: self, statement: statement, rowLimit: rowLimit, start: start)
    return try await reader.readAll()
  }

  /// The statement with the shape a result really has: a statement without a name may meet a changed table.
  func adapted(_ statement: PostgresStatement, to result: borrowing PGResultHandle) -> PostgresStatement {
    let fields = result.fields
    guard fields != statement.fields else { return statement }
    return PostgresStatement(
      text: statement.text, name: statement.name, parameterTypes: statement.parameterTypes, fields: fields,
      catalog: types, traces: statement.traces, setting: statement.setting,
      isBinary: result.hasBinaryColumns)
  }
}

/// Collects the results of one statement.
struct PostgresResultReader {
  private let session: PostgresSession
  private var statement: PostgresStatement
  private let rowLimit: Int?
  private let start: Deadline
  private var firstAnswer: Deadline?
  private var builder: RowBatchBuilder?
  private var rowCount = 0
  private var truncation: Truncation?
  private var tag = ""
  private var affected: Int?
  private var failure: DBError?

  init(session: PostgresSession, statement: PostgresStatement, rowLimit: Int?, start: Deadline) {
    self.session = session
    self.statement = statement
    self.rowLimit = rowLimit
    self.start = start
  }

  /// Reads to the end of the statement.
  mutating func readAll() async throws(DBError) -> QueryResult {
    let connection = session.connection
    while let result = try await connection.nextResult(eagerly: rowLimit != nil) {
      take(result)
      if connection.handle.isBroken { break }
      if case .copyIn = result.status { _ = connection.handle.endCopyIn(failure: "COPY needs a stream") }
      if case .copyOut = result.status { try await connection.drain() }
    }
    return try finish()
  }

  /// Adds one result; pipelines feed theirs one by one.
  mutating func take(_ result: borrowing PGResultHandle) {
    if firstAnswer == nil { firstAnswer = .now() }
    switch result.status {
    case .rows, .singleRow: takeRows(result)
    case .command:
      tag = result.commandTag
      affected = result.commandCount
      session.noteEnd(tag)
    case .emptyQuery: fail(DBError(.invalidParameter, "the statement is empty: it holds only white space or comments"))
    case .copyIn, .copyOut:
      fail(PostgresErrors.copyNeedsStream)
    case .pipelineAborted:
      fail(DBError(.transactionAborted, "not run, because an earlier statement of the pipeline failed", retry: .safe))
    case .pipelineSync: break
    case .failed: fail(session.connection.error(result))
    }
  }

  private mutating func fail(_ error: DBError) { failure = failure ?? error }

  private mutating func takeRows(_ result: borrowing PGResultHandle) {
    if builder == nil {
      if result.columnCount != statement.fields.count || statement.name == nil {
        statement = session.adapted(statement, to: result)
      }
      builder = RowBatchBuilder(columns: statement.columns)
    }
    let available = result.rowCount
    let taken = rowLimit.map { min(available, max(0, $0 - rowCount)) } ?? available
    if taken > 0 {
      builder?.reserve(rows: taken)
      if var filling = builder.take() {
        result.append(rows: 0..<taken, to: &filling)
        builder = filling
      }
      rowCount += taken
    }
    if taken < available, truncation == nil, let rowLimit { truncation = Truncation(.rowLimit, limit: rowLimit) }
    if result.status == .rows {
      tag = result.commandTag
      affected = tag == "SELECT" ? nil : result.commandCount
    }
  }

  mutating func finish() throws(DBError) -> QueryResult {
    if let failure { throw failure }
    if session.connection.handle.isBroken { throw session.connection.error }
    let end = Deadline.now()
    let answered = firstAnswer ?? end
    let hasRows = builder != nil
    let rows = builder?.finish(rowCount: rowCount) ?? .empty(statement.columns)
    return QueryResult(
      rows: rows, reply: hasRows ? .rows : affected.map { .affected($0) } ?? .acknowledged, affectedRows: affected,
      commandTag: tag.isEmpty ? nil : tag, notices: session.connection.handle.takeNotices(), truncation: truncation,
      timing: QueryTiming(executed: start.elapsed(to: answered), fetched: answered.elapsed(to: end)))
  }
}
