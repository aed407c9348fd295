internal import DBAdapterCore
internal import DBSQLSupport

/// What the session knows of its transaction beside SQLite itself.
struct SQLiteTransactionState {
  /// Whether the user is inside a transaction as far as they know. SQLite undoes a whole transaction by itself after a full disk, an
  /// interrupted write and the like (sqlite.org/lang_transaction.html section 3), and later statements would be on their own.
  var isExpected = false
  /// Whether it was begun as read-only.
  var isReadOnly = false
}

/// One statement of a pipeline.
struct SQLitePipelineStep: Sendable {
  let sql: SQLStatement
  let rowLimit: Int?
}

extension SQLiteSession {
  /// Writers take the write lock at once, so that two of them never deadlock half-way (sqlite.org/lang_transaction.html).
  func begin(_ transactionOptions: TransactionOptions) throws(DBError) {
    let connection = try open()
    guard !transactionOptions.isDeferrable else {
      throw DBError(
        .unsupported, "SQLite has no deferrable transactions; its read transactions never wait for writers anyway",
        adapter: .sqlite)
    }
    if transaction.isExpected || !connection.isAutocommit {
      throw DBError(.invalidParameter, "a transaction is open already; end it, or use a savepoint", adapter: .sqlite)
    }
    let isReadOnly = transactionOptions.isReadOnly || options.isReadOnly
    try command(isReadOnly ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE")
    transaction.isExpected = true
    guard isReadOnly, !options.isReadOnly else { return }
    transaction.isReadOnly = true
    try command("PRAGMA query_only = ON")
  }

  func commit() throws(DBError) {
    let connection = try open()
    if transaction.isExpected, connection.isAutocommit {
      try endTransaction()
      throw Self.aborted
    }
    try command("COMMIT")
    try endTransaction()
  }

  /// Idempotent: nothing is left to undo when SQLite has rolled back by itself.
  func rollback() throws(DBError) {
    if !(try open().isAutocommit) { try command("ROLLBACK") }
    try endTransaction()
  }

  func savepoint(_ name: String, _ action: SavepointAction) throws(DBError) {
    let quoted = try SQLIdentifier.quoted(name)
    if transaction.isExpected, try open().isAutocommit { throw Self.aborted }
    switch action {
    case .create: try command("SAVEPOINT \(quoted)")
    case .release: try command("RELEASE \(quoted)")
    case .rollback: try command("ROLLBACK TO \(quoted)")
    }
    transaction.isExpected = !(try open().isAutocommit)
  }

  private func endTransaction() throws(DBError) {
    let wasReadOnly = transaction.isReadOnly
    transaction = SQLiteTransactionState()
    if wasReadOnly { try command("PRAGMA query_only = OFF") }
  }

  /// Keeps statements from running on their own when the transaction they belong to is gone.
  func checkTransaction(_ statement: SQLiteStatement) throws(DBError) {
    guard transaction.isExpected, connection?.isAutocommit == true else { return }
    if statement.verb.isRollback || statement.verb.isCommit { try endTransaction() }
    throw Self.aborted
  }

  static var aborted: DBError {
    DBError(
      .transactionAborted,
      "SQLite has rolled the transaction back after an earlier error; nothing of it is kept, so end it and begin again",
      adapter: .sqlite)
  }

  // MARK: Between two users

  /// Makes the session as new: no transaction, no attached files, the settings of the connection string.
  func reset() throws(DBError) {
    try rollback()
    let others = try rows("SELECT count(*) FROM pragma_database_list WHERE name <> 'main'").first?[0]
    if !isChanged, others == .int(0) { return }
    // A file opens in less time than it takes to undo every setting; a database in memory would be gone.
    if options.isMemory {
      try dropTemporaries()
      try applySettings()
      isChanged = false
    } else {
      try connect()
    }
  }

  private func dropTemporaries() throws(DBError) {
    let connection = try open()
    connection.hooks.permission = .everything
    try command("PRAGMA query_only = OFF")
    for row in try rows("SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')") {
      try command("DETACH \(SQLIdentifier.quoted(row[0].description))")
    }
    for row in try rows(
      "SELECT type, name FROM temp.sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
    {
      try command("DROP \(row[0].description.uppercased()) temp.\(SQLIdentifier.quoted(row[1].description))")
    }
  }

  // MARK: Pipelines

  /// Runs requests as one transaction, or as a part of the open one that is undone alone.
  func pipeline(_ steps: [SQLitePipelineStep]) throws(DBError) -> [Result<QueryResult, DBError>] {
    // What is compiled already controls no transaction.
    for step in steps where !hasCompiled(step.sql.text) {
      guard !SQLiteVerb(step.sql.text).isTransactionControl else {
        throw DBError(
          .invalidParameter, "a pipeline is one transaction and takes no BEGIN, COMMIT or SAVEPOINT", adapter: .sqlite)
      }
    }
    if transaction.isExpected, try open().isAutocommit { throw Self.aborted }
    let isOwn = try open().isAutocommit
    if isOwn { try begin(TransactionOptions()) } else { try savepoint(Self.pipelineSavepoint, .create) }
    var results: [Result<QueryResult, DBError>] = []
    results.reserveCapacity(steps.count)
    var failed = false
    var moment = Deadline.now()
    for step in steps {
      if failed {
        results.append(.failure(Self.notRun))
        continue
      }
      do throws(DBError) {
        results.append(.success(try execute(step.sql, rowLimit: step.rowLimit, at: &moment)))
      } catch {
        failed = true
        results.append(.failure(error))
      }
    }
    try endPipeline(isOwn: isOwn, failed: failed)
    return results
  }

  private func endPipeline(isOwn: Bool, failed: Bool) throws(DBError) {
    if failed {
      if isOwn { return try rollback() }
      // When SQLite has undone the whole transaction the savepoint is gone with it; the transaction's own end says so.
      if try open().isAutocommit { return }
      try savepoint(Self.pipelineSavepoint, .rollback)
      return try savepoint(Self.pipelineSavepoint, .release)
    }
    do throws(DBError) {
      if isOwn { try commit() } else { try savepoint(Self.pipelineSavepoint, .release) }
    } catch {
      if isOwn { try rollback() }
      throw error
    }
  }

  private static let pipelineSavepoint = "bosdb_pipeline"

  private static var notRun: DBError {
    DBError(
      .transactionAborted, "not run: an earlier statement of the pipeline failed, and all of it is undone",
      adapter: .sqlite)
  }
}
