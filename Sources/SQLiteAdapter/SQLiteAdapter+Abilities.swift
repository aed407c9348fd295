public import DBAdapterCore
internal import DBSQLSupport

extension SQLiteAdapter: RowStreaming {
  /// Runs a statement whose rows are then pulled: at most `batchSize` of them, or about 256 KiB, a batch.
  ///
  /// Leaving early ends a statement that reads, and completes one that writes (`INSERT … RETURNING`); cancelled, or past its time limit,
  /// it is undone instead.
  public func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor {
    guard batchSize > 0 else { throw DBError(.invalidParameter, "batchSize has to be positive", adapter: .sqlite) }
    let sql = try SQLStatement(request, style: .questionNumber)
    let limit = request.rowLimit
    let operation = SQLiteOperation(timeout: request.timeout)
    try access.enter()
    let opened = await access.run(operation) { [access] session throws(DBError) in
      let run = try session.startRun(sql, rowLimit: limit)
      return SQLiteCursor(SQLiteRowReader(run, access, operation, batchSize: batchSize), summary: run.summary)
    }
    do throws(DBError) {
      return try opened.get()
    } catch {
      access.leave()
      throw error
    }
  }
}

extension SQLiteAdapter: Transactional {
  /// Begins a transaction: `BEGIN IMMEDIATE`, or a deferred one in which `query_only` is on. Every isolation level is SQLite's own, serializable.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for a deferrable one, ``DBError/Code-swift.struct/lockNotAvailable`` when another
  ///   connection is writing.
  public func begin(_ options: TransactionOptions) async throws(DBError) {
    try await access.perform { session throws(DBError) in try session.begin(options) }
  }

  /// - Throws: ``DBError/Code-swift.struct/transactionAborted`` when SQLite has rolled back by itself; after any other error the transaction is
  ///   still open: ``DBError/Code-swift.struct/constraintViolation`` for deferred foreign keys, ``DBError/Code-swift.struct/lockNotAvailable``
  ///   while another connection reads.
  public func commit() async throws(DBError) {
    do throws(DBError) {
      try await access.perform { session throws(DBError) in try session.commit() }
    } catch  where error.server == nil && (error.code == .cancelled || error.code == .timeout) {
      // A commit that was dropped before it began did not happen: the outcome is known.
      throw SQLiteErrors.error(
        SQLiteFailure(code: SQLiteCode.interrupt, message: error.message),
        SQLiteErrors.Context(stage: .running, path: endpoint, stop: error.code == .timeout ? .timedOut : .cancelled))
    }
  }

  /// Undoes the transaction, even in a cancelled task; does nothing when SQLite has done so already.
  public func rollback() async throws(DBError) {
    try await access.perform(isStoppable: false) { session throws(DBError) in try session.rollback() }
  }

  public func savepoint(_ name: String, _ action: SavepointAction) async throws(DBError) {
    try await access.perform(isStoppable: action == .create) { session throws(DBError) in
      try session.savepoint(name, action)
    }
  }
}

extension SQLiteAdapter: Pipelining {
  /// Runs the requests on the session's thread in one go, as one transaction; inside an open one as a part of it that is undone alone. The
  /// shortest of their time limits holds for all of them together.
  public func executePipeline(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>] {
    var steps: [SQLitePipelineStep] = []
    steps.reserveCapacity(requests.count)
    var timeout: Duration?
    for index in requests.indices {
      let sql = try SQLStatement(requests[index], style: .questionNumber)
      steps.append(SQLitePipelineStep(sql: sql, rowLimit: requests[index].rowLimit))
      if let limit = requests[index].timeout { timeout = min(timeout ?? limit, limit) }
    }
    let ready = steps
    return try await access.perform(timeout: timeout) { session throws(DBError) in try session.pipeline(ready) }
  }
}
