public import DBAdapterCore

extension MongoAdapter: RowStreaming {
  /// Runs a command whose documents are then pulled: at most `batchSize` of them, or about 1 MiB, a batch. The server sends at least 1,000 at
  /// a time. Leaving early ends the cursor on the server.
  public func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor {
    guard batchSize > 0 else { throw DBError(.invalidParameter, "batchSize has to be positive", adapter: .mongodb) }
    let command = try MongoStatement(request, database: options.database)
    let limit = request.rowLimit
    let operation = MongoOperation(timeout: request.timeout)
    try access.enter()
    let opened = await access.run(operation) { [access] session, operation throws(DBError) in
      let reply = try session.send(command, batchSize: max(batchSize, Self.leastBatch), limit: limit, operation)
      let run = MongoRun(reply, of: command, rowLimit: limit)
      let reader = MongoRowReader(
        run, access, operation, batchSize: batchSize, mayWrite: command.classification.effect != .read)
      try reader.begin(session)
      return reader
    }
    do throws(DBError) {
      return MongoCursor(try opened.get())
    } catch {
      access.leave()
      throw error
    }
  }

  private static let leastBatch = 1_000
}

extension MongoAdapter: Transactional {
  /// Begins a transaction, which the server hears of with the first command. Every level up to repeatable read is MongoDB's snapshot isolation;
  /// in a read-only one commands that write are refused here.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for a serializable or deferrable one, and where the server is no replica set or
  ///   mongos.
  public func begin(_ options: TransactionOptions) async throws(DBError) {
    try await access.perform { session, _ throws(DBError) in try session.begin(options) }
  }

  /// Commits, and asks again for up to 30 seconds while the answer is lost (drivers' specification of transactions), every 10 to 500 ms.
  /// - Throws: ``DBError/Code-swift.struct/transactionAborted`` when the server has ended the transaction already;
  ///   ``DBError/Code-swift.struct/connectionLost`` when nobody knows whether it took effect, or
  ///   ``DBError/Code-swift.struct/cancelled`` when its task was cancelled before anybody did.
  public func commit() async throws(DBError) {
    let limit = Deadline(after: .seconds(30))
    var answer = try await access.perform { session, operation throws(DBError) in try session.commit(operation) }
    var pause = Duration.milliseconds(10)
    while case .lost(let reason, let mayAskAgain) = answer {
      guard mayAskAgain, !limit.hasPassed, !Task.isCancelled else { throw Self.unknownCommit(reason) }
      await SystemTimeSource().sleep(until: Deadline(after: pause))
      pause = min(pause * 2, .milliseconds(500))
      do throws(DBError) {
        answer = try await access.perform { session, operation throws(DBError) in try session.commit(operation) }
      } catch {
        // Only the server can say that the first request came to nothing.
        throw error.server == nil || error.code == .cancelled ? Self.unknownCommit(reason) : error
      }
    }
  }

  private static func unknownCommit(_ reason: String) -> DBError {
    DBError(
      Task.isCancelled ? .cancelled : .connectionLost,
      "the server has not confirmed the commit, and whether it took effect is not known: \(reason)",
      retry: .ifIdempotent, adapter: .mongodb, underlying: Task.isCancelled ? CancellationError() : nil)
  }

  /// Undoes the transaction, even in a cancelled task. A server that is silent for 5 seconds is left alone; it undoes it by itself.
  public func rollback() async throws(DBError) {
    try await access.perform(timeout: .seconds(5), isStoppable: false) { session, _ throws(DBError) in
      session.rollback()
    }
  }

  /// - Throws: ``DBError/Code-swift.struct/unsupported``, always.
  public func savepoint(_ name: String, _ action: SavepointAction) async throws(DBError) {
    throw DBError(.unsupported, "MongoDB has no savepoints, so that transactions cannot be nested", adapter: .mongodb)
  }
}

extension MongoAdapter: NativeCommanding {
  /// The server's whole reply as a document. Of a command with a cursor it is all the documents, as a list.
  public func executeNative(_ request: QueryRequest) async throws(DBError) -> DBValue {
    let command = try MongoStatement(request, database: options.database)
    let limit = request.rowLimit
    return try await access.perform(timeout: request.timeout) { session, operation throws(DBError) in
      let reply = try session.send(command, limit: limit, operation)
      if case .reply(let document) = reply { return BSONValue.document(document).resultValue }
      return .array(DBArray(try session.collect(reply, of: command, rowLimit: limit, operation).0.map { $0[0] }))
    }
  }
}

extension MongoAdapter: ServerReporting {
  /// `serverStatus`, which shows most sections unasked, and no users or settings.
  public func serverReport(_ sections: [String]) async throws(DBError) -> DBDocument {
    let reply = try await access.perform(timeout: .seconds(10)) { session, operation throws(DBError) in
      try session.read(["serverStatus": 1], on: "admin", operation)
    }
    guard case .document(let report) = BSONValue.document(reply).resultValue else { return DBDocument() }
    if sections.isEmpty { return report }
    return DBDocument(report.fields.filter { sections.contains($0.name) })
  }
}
