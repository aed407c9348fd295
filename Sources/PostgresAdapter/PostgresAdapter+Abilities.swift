public import DBAdapterCore
internal import DBSQLSupport

extension PostgresAdapter: RowStreaming {
  public func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor {
    let sql = try SQLStatement(request, style: .dollarNumber)
    let isRead = (try? await classify(request).effect) == .read
    return try await session().openCursor(request, (sql.text, sql.parameters), batchSize: batchSize, isRead: isRead)
  }
}

extension PostgresAdapter: Pipelining {
  public func executePipeline(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await session().pipeline(requests)
  }
}

extension PostgresAdapter: BulkCopying {
  public func openCopyOut(_ request: QueryRequest) async throws(DBError) -> any CopySource {
    let session = try session()
    return PostgresCopySource(session, try await session.beginCopy(request, .copyOut))
  }

  public func openCopyIn(_ request: QueryRequest) async throws(DBError) -> any CopySink {
    let session = try session()
    return PostgresCopySink(session, try await session.beginCopy(request, .copyIn))
  }
}

extension PostgresAdapter: Transactional {
  public func begin(_ options: TransactionOptions) async throws(DBError) {
    let session = try session()
    var text = "BEGIN"
    if let isolation = options.isolation { text += " ISOLATION LEVEL " + isolation.rawValue }
    if options.isReadOnly || session.isReadOnly { text += " READ ONLY" }
    if options.isDeferrable { text += " DEFERRABLE" }
    try await control(text)
  }

  public func commit() async throws(DBError) {
    // COMMIT of a failed transaction succeeds, and rolls back: only the command status tells.
    guard try await control("COMMIT") == "ROLLBACK" else { return }
    try session().transactionRolledBack()
    throw DBError(.transactionAborted, "the server rolled the transaction back, because a statement in it had failed")
  }

  public func rollback() async throws(DBError) {
    let session = try session()
    do throws(DBError) {
      // Whether a transaction is open can only be asked where nothing runs; and a server that does not answer must not keep the caller.
      try await session.connection.perform(limit: .seconds(10)) { () async throws(DBError) in
        if session.connection.handle.isInTransaction { try await session.command("ROLLBACK") }
      }
    } catch  where error.code == .connectionLost && error.retry == .safe {
      // The connection was gone before, and its transaction with it.
      return
    }
    session.transactionRolledBack()
  }

  public func savepoint(_ name: String, _ action: SavepointAction) async throws(DBError) {
    let quoted = try SQLIdentifier.quoted(name)
    switch action {
    case .create: try await control("SAVEPOINT " + quoted)
    case .release: try await control("RELEASE SAVEPOINT " + quoted)
    case .rollback:
      try await control("ROLLBACK TO SAVEPOINT " + quoted)
      try session().transactionRolledBack()
    }
  }

  @discardableResult
  private func control(_ text: String) async throws(DBError) -> String {
    let session = try session()
    return try await session.connection.perform(limit: nil) { () async throws(DBError) in
      try await session.command(text)
    }
  }
}
