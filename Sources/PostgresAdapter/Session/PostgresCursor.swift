internal import DBAdapterCore

/// The rows of a running statement in single-row mode: constant memory, and the server waits for the reader.
final class PostgresCursor: RowCursor {
  /// A batch ends here even when it has room for more rows.
  private static let maximumBatchBytes = 256 * 1_024

  private struct State {
    var builder: RowBatchBuilder
    var rowCount = 0
    var isFinished = false
    var isClosed = false
    var summary = CursorSummary()
    var closingFailure: DBError?
  }

  let columns: ColumnSet
  private let session: PostgresSession
  private let operation: PostgresConnection.Operation
  private let batchSize: Int
  private let rowLimit: Int?
  /// Whether stopping early may cancel the statement: it only reads, and no transaction would be lost with it.
  private let mayCancel: Bool
  private let endsTransaction: Bool
  private let state: Locked<State>

  init(
    _ session: PostgresSession, _ operation: PostgresConnection.Operation, columns: ColumnSet, batchSize: Int,
    rowLimit: Int?,
    mayCancel: Bool, endsTransaction: Bool
  ) {
    self.session = session
    self.operation = operation
    self.columns = columns
    self.batchSize = batchSize
    self.rowLimit = rowLimit
    self.mayCancel = mayCancel
    self.endsTransaction = endsTransaction
    state = Locked(State(builder: RowBatchBuilder(columns: columns)))
  }

  var summary: CursorSummary { state.withLock { $0.summary } }
  var closingFailure: DBError? { state.withLock { $0.closingFailure } }

  func nextBatch() async throws(DBError) -> RowBatch? {
    if state.withLock({ $0.isFinished }) { return nil }
    // While the server is fast enough nothing else suspends the reader, and other tasks need its thread too.
    await Task.yield()
    return try await session.connection.run(operation) { () async throws(DBError) in try await self.fill() }
  }

  private func fill() async throws(DBError) -> RowBatch? {
    let connection = session.connection
    // The builder is out of the shared state while rows pour in; a cursor has one reader.
    var (builder, rowCount) = state.withLock { ($0.builder, $0.rowCount) }
    state.withLock { $0.builder = RowBatchBuilder(columns: columns) }
    builder.reserve(rows: min(batchSize, 1_024))
    var batchRows = 0
    while batchRows < batchSize, builder.byteCount < Self.maximumBatchBytes {
      // Most rows are there already, and taking one without `await` saves a switch of the task.
      let next: PGResultHandle?
      if connection.handle.isBusy {
        next = try await connection.nextResult(eagerly: true)
      } else {
        next = connection.handle.nextResult()
      }
      guard let result = next else {
        try finish()
        break
      }
      switch result.status {
      case .singleRow:
        guard result.columnCount == columns.count else { throw await fail(Self.changed) }
        if let rowLimit, rowCount == rowLimit {
          try await stopAtLimit(rowLimit)
          batchRows = batchSize
          continue
        }
        result.append(rows: 0..<1, to: &builder)
        rowCount += 1
        batchRows += 1
      case .rows, .command: note(result)
      case .emptyQuery:
        throw await fail(DBError(.invalidParameter, "the statement is empty: it holds only white space or comments"))
      case .copyIn, .copyOut:
        if result.status == .copyIn { _ = connection.handle.endCopyIn(failure: "COPY needs a stream") }
        throw await fail(PostgresErrors.copyNeedsStream)
      default: throw await fail(connection.error(result))
      }
    }
    let batch = builder.finish(rowCount: columns.count == 0 ? min(batchRows, rowCount) : nil)
    state.withLock { state in
      state.builder = builder
      state.rowCount = rowCount
    }
    return batch.isEmpty ? nil : batch
  }

  private static let changed = DBError(
    .protocolViolation, "the server sends other columns than it described: the table changed meanwhile", retry: .safe)

  private func note(_ result: borrowing PGResultHandle) {
    let tag = result.commandTag
    let count = tag == "SELECT" ? nil : result.commandCount
    session.noteEnd(tag)
    state.withLock { state in
      state.summary.commandTag = tag
      state.summary.affectedRows = count
    }
  }

  private func finish() throws(DBError) {
    let connection = session.connection
    if connection.handle.isBroken { throw connection.error }
    let notices = connection.handle.takeNotices()
    state.withLock { state in
      state.isFinished = true
      state.summary.notices += notices
    }
  }

  private func fail(_ error: DBError) async -> DBError {
    if !session.connection.handle.isBroken { _ = try? await session.connection.drain() }
    state.withLock { $0.isFinished = true }
    return error
  }

  private func stopAtLimit(_ limit: Int) async throws(DBError) {
    state.withLock { $0.summary.truncation = Truncation(.rowLimit, limit: limit) }
    try await discardRest()
    try finish()
  }

  /// Gets rid of the rows that are still to come: by cancelling where that costs nothing, else by reading past them.
  /// - Throws: what a statement that had to come to its end failed with.
  private func discardRest() async throws(DBError) {
    let connection = session.connection
    if mayCancel, connection.handle.isBusy || connection.handle.consumeInput() {
      connection.stop(operation, .rowLimit)
      // Reading on would only make the server send more until the request has reached it.
      await connection.cancelRequestToEnd(operation)
    }
    if let failure = try await connection.drain(), !mayCancel { throw failure }
  }

  func close() async {
    let mustDiscard = state.withLock { state -> Bool? in
      if state.isClosed { return nil }
      state.isClosed = true
      defer { state.isFinished = true }
      return !state.isFinished
    }
    guard let mustDiscard else { return }
    let connection = session.connection
    await connection.takeOver(operation)
    if mustDiscard, !connection.handle.isBroken {
      // What is left may be long, and its reader may be cancelled meanwhile.
      do throws(DBError) {
        try await connection.runHeld(operation) { () async throws(DBError) in try await self.discardRest() }
      } catch  where !mayCancel {
        state.withLock { $0.closingFailure = error }
      } catch {}
    }
    if endsTransaction, !connection.handle.isBroken {
      await connection.standDown()
      _ = try? await session.command("ROLLBACK")
    }
    await connection.end(operation)
  }
}

extension PostgresSession {
  func openCursor(
    _ request: QueryRequest, _ sql: (text: String, parameters: [DBValue]), batchSize: Int, isRead: Bool
  ) async throws(DBError) -> PostgresCursor {
    try checkReturnsRows(sql.text)
    let operation = try connection.begin(limit: request.timeout)
    do throws(DBError) {
      return try await connection.run(operation) { () async throws(DBError) in
        try await self.settle(limit: request.timeout)
        let endsTransaction = self.needsReadOnlyTransaction
        let mayCancel = isRead && !self.connection.handle.isInTransaction
        if endsTransaction { try await self.command("BEGIN TRANSACTION READ ONLY") }
        let statement = try await self.prepare(sql.text, sql.parameters)
        let parameters = try PostgresParameterEncoder.encode(sql.parameters, as: statement.parameterTypes)
        self.note(statement, sql.parameters)
        try self.connection.send(statement.target, parameters, binaryResult: statement.isBinary)
        self.connection.handle.setSingleRowMode()
        return PostgresCursor(
          self, operation, columns: statement.columns, batchSize: batchSize, rowLimit: request.rowLimit,
          mayCancel: mayCancel, endsTransaction: endsTransaction)
      }
    } catch {
      if needsRollBackAfterFailedCursor {
        await connection.standDown()
        _ = try? await command("ROLLBACK")
      }
      await connection.end(operation)
      throw error
    }
  }

  private var needsRollBackAfterFailedCursor: Bool {
    isReadOnly && isPooled && connection.handle.isInTransaction && !connection.handle.isBroken
  }
}
