extension DatabaseSession {
  /// Sends several statements in one round trip and returns one result a statement.
  ///
  /// With ``AdapterCapabilities/atomicPipelines`` they run as one implicit transaction: after a failure the later ones are not run and fail with
  /// ``DBError/Code-swift.struct/transactionAborted``, and the earlier ones are undone. Without it (Redis) each runs by itself.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter has no pipelines, and errors that concern all statements: a lost
  ///   connection, cancellation, a refusal by the guard.
  public func pipeline(
    _ requests: [QueryRequest], file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let origin = CallSite(file: file, line: line)
    guard let pipelining = adapter as? any Pipelining else { throw lacking("send pipelines", origin) }
    return try await performAll(requests, origin) { requests throws(DBError) in
      try await pipelining.executePipeline(requests)
    } prepared: { preparing, statements throws(DBError) in
      try await preparing.executePipeline(statements)
    }
  }

  /// Runs statements in one call of the adapter, all of which the guard has let through.
  func performAll(
    _ requests: [QueryRequest], _ origin: CallSite,
    _ body: ([QueryRequest]) async throws(DBError) -> [Result<QueryResult, DBError>],
    prepared: (any StatementPreparing, [any PreparedStatement]) async throws(DBError) -> [Result<QueryResult, DBError>]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let requests = guardian.hasLimits ? requests.map { guardian.limited($0) } : requests
    try state.enter(origin)
    defer { state.leave() }
    var statements: [any PreparedStatement] = []
    if let preparing {
      statements.reserveCapacity(requests.count)
      for request in requests {
        let statement = try await prepare(request, preparing, origin)
        if isShared, try await needsOwnConnection(statement, request, origin) {
          let error = DBError(
            .unsupported,
            "\(statement.classification.summary) blocks its connection and cannot run among others in a session that shares one; open the session with exclusively: true"
          ).completed(adapter: descriptor.kind, origin: origin.location)
          await recordUnsent(request, error)
          throw error
        }
        statements.append(statement)
      }
    }
    var trails: [AuditTrail?] = []
    if isWatched {
      for (index, request) in requests.enumerated() {
        do throws(DBError) {
          trails.append(
            preparing == nil
              ? try await admit(.statement(request), origin) : try await admit(statements[index], request, origin))
        } catch {
          // One refusal keeps all of them from being sent.
          for trail in trails { await trail?.end(error) }
          throw error
        }
      }
    }
    do throws(DBError) {
      let results =
        if let preparing { try await prepared(preparing, statements) } else { try await body(requests) }
      let hasFailed = results.contains { if case .failure = $0 { true } else { false } }
      let isUndone = hasFailed && descriptor.capabilities.contains(.atomicPipelines)
      for (trail, result) in zip(trails, results) {
        switch result {
        case .success where isUndone: await trail?.end(.failed(.transactionAborted, outcome: "rejected"))
        case .success(let result): await trail?.end(result)
        case .failure(let error): await trail?.end(error)
        }
      }
      if !hasFailed, requests.allSatisfy({ $0.byteLimit == nil }) { return results }
      return zip(results, requests).map { result, request in
        result.map { $0.limited(toBytes: request.byteLimit) }.mapError { completed($0, origin) }
      }
    } catch {
      for trail in trails { await trail?.end(error) }
      throw completed(error, origin)
    }
  }
}
