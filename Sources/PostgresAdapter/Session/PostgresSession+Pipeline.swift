internal import DBAdapterCore
internal import DBSQLSupport

extension PostgresSession {
  /// Sends all requests in one round trip, as one implicit transaction.
  func pipeline(_ requests: [QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>] {
    if requests.isEmpty { return [] }
    var statements: [SQLStatement] = []
    for request in requests { statements.append(try SQLStatement(request, style: .dollarNumber)) }
    for (index, statement) in statements.enumerated() where Self.isCopy(statement.text) {
      let error = PostgresErrors.copyNeedsStream
      throw error.completed(message: "statement \(index + 1) of \(statements.count): \(error.message)")
    }
    let limit = requests.compactMap(\.timeout).max()
    let limits = requests.map(\.rowLimit)
    return try await connection.perform(limit: limit) { () async throws(DBError) in
      try await self.settle(limit: limit)
      return try await self.inReadOnlyTransaction { () async throws(DBError) in
        try await self.pipeline(statements, rowLimits: limits)
      }
    }
  }

  private func pipeline(
    _ statements: [SQLStatement], rowLimits: [Int?]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let start = Deadline.now()
    var prepared: [(PostgresStatement, PGParameters)] = []
    for (index, sql) in statements.enumerated() {
      note(traces(of: sql.text))
      do throws(DBError) {
        let statement = try await prepareForPipeline(sql)
        prepared.append((statement, try PostgresParameterEncoder.encode(sql.parameters, as: statement.parameterTypes)))
      } catch {
        throw error.completed(message: "statement \(index + 1) of \(statements.count): \(error.message)")
      }
    }
    let handle = connection.handle
    try connection.checkNotStopped()
    guard handle.enterPipeline() else { throw connection.error }
    let isSent =
      prepared.allSatisfy { handle.send($0.0.target, $0.1, binaryResult: $0.0.isBinary) }
      && handle.sendPipelineSync() && handle.flush() != .failed
    guard isSent else { throw connection.stuckInPipeline() }
    for (sql, (statement, _)) in zip(statements, prepared) { note(statement, sql.parameters) }

    var results: [Result<QueryResult, DBError>] = []
    for (index, (statement, _)) in prepared.enumerated() {
      var reader = PostgresResultReader(session: self, statement: statement, rowLimit: rowLimits[index], start: start)
      while let result = try await connection.nextResult(eagerly: true) {
        reader.take(result)
        // libpq would repeat this result for ever, and has no way out of a COPY in a pipeline.
        if result.status == .copyIn || result.status == .copyOut { throw connection.stuckInPipeline() }
        if handle.isBroken { throw connection.error }
      }
      do throws(DBError) { results.append(.success(try reader.finish())) } catch { results.append(.failure(error)) }
    }
    do throws(DBError) {
      try await endPipeline()
    } catch {
      transactionRolledBack()
      throw error
    }
    if results.contains(where: { if case .failure = $0 { true } else { false } }) { transactionRolledBack() }
    // A cancel or a time limit concerns the whole call, not the statement it happened to hit.
    for case .failure(let error) in results where error.server?.sqlState == "57014" { throw error }
    return results
  }

  /// Reads to the end of a pipeline, where the server commits: what fails there undoes every statement, and each had succeeded by itself.
  /// - Parameter take: gets each result that is no failure.
  func endPipeline(_ take: (borrowing PGResultHandle) -> Void = { _ in }) async throws(DBError) {
    let handle = connection.handle
    var failure: DBError?
    reading: while true {
      guard let result = try await connection.nextResult() else {
        if handle.isBroken { throw connection.error }
        continue
      }
      switch result.status {
      case .pipelineSync: break reading
      case .failed: failure = failure ?? connection.error(result)
      case .pipelineAborted: break
      default: take(result)
      }
      if handle.isBroken { throw failure ?? connection.error }
    }
    guard handle.exitPipeline() else { throw connection.stuckInPipeline() }
    if let failure { throw failure }
  }

  /// A statement about something an earlier one of the pipeline creates cannot be prepared yet; it is sent as text then.
  private func prepareForPipeline(_ sql: SQLStatement) async throws(DBError) -> PostgresStatement {
    do throws(DBError) {
      return try await prepare(sql.text, sql.parameters)
    } catch {
      guard error.code == .objectNotFound, !connection.handle.isInTransaction else { throw error }
      let untyped = PostgresType(oid: 0, name: "the parameter's type", shape: .opaque)
      return PostgresStatement(
        text: sql.text, name: nil, parameterTypes: sql.parameters.map { _ in untyped }, fields: [], catalog: types,
        traces: traces(of: sql.text), isBinary: false)
    }
  }
}
