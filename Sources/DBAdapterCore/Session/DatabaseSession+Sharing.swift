/// Statements that their adapter prepares, on connections that several sessions may share.
extension DatabaseSession {
  /// Runs one statement. The caller has entered the session.
  func execute(
    _ request: QueryRequest, _ preparing: any StatementPreparing, _ origin: CallSite
  ) async throws(DBError) -> QueryResult {
    let statement = try await prepare(request, preparing, origin)
    if isShared, try await needsOwnConnection(statement, request, origin) {
      return try await withOwnConnection(for: request, origin) { session, request throws(DBError) in
        try await session.execute(request, origin)
      }
    }
    let trail = try await admit(statement, request, origin)
    let start = Deadline.now()
    do throws(DBError) {
      let result = try await statement.execute().limited(toBytes: request.byteLimit)
      lender.telemetry.recordExecution(start.elapsed())
      await trail?.end(result)
      return result
    } catch {
      lender.telemetry.recordExecution(start.elapsed(), failure: error.code)
      await trail?.end(error)
      throw completed(error, origin)
    }
  }

  func prepare(
    _ request: QueryRequest, _ preparing: any StatementPreparing, _ origin: CallSite
  ) async throws(DBError) -> any PreparedStatement {
    do throws(DBError) {
      return try preparing.prepare(request)
    } catch {
      await recordUnsent(request, error)
      throw completed(error, origin)
    }
  }

  /// Tells the audit of a statement that failed before anything of it was sent.
  func recordUnsent(_ request: QueryRequest, _ error: DBError) async {
    if audit.isActive { await AuditTrail(self, .statement(request), .unknown).end(error) }
  }

  /// Whether a statement must not run on a connection that other sessions use as well.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when it makes no sense in a session that shares one.
  func needsOwnConnection(
    _ statement: any PreparedStatement, _ request: QueryRequest, _ origin: CallSite
  ) async throws(DBError) -> Bool {
    switch statement.connectionNeed {
    case .any: return false
    case .ownConnection: return true
    case .ownSession:
      let error = DBError(
        .unsupported,
        "\(statement.classification.summary) is about the connection, which this session shares with others; open the session with exclusively: true"
      ).completed(adapter: descriptor.kind, origin: origin.location)
      await recordUnsent(request, error)
      throw error
    }
  }

  /// Lends a session with a connection to itself, under the same policy, for one call.
  func withOwnConnection<R>(
    for request: QueryRequest, _ origin: CallSite,
    _ body: (DatabaseSession, QueryRequest) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let (lease, session, request) = try await ownConnection(for: request, origin)
    do throws(DBError) {
      let result = try await body(session, request)
      lease.giveBack(session.state)
      return result
    } catch {
      lease.giveBack(session.state)
      throw error
    }
  }

  func ownConnection(_ limit: Duration?, _ origin: CallSite) async throws(DBError) -> (Lease, DatabaseSession) {
    let limit = limit ?? lender.configuration.leaseTimeout
    switch await lender.lease(.exclusive, until: Deadline(after: limit), origin) {
    case .success(let lease): return (lease, DatabaseSession(lease: lease, policy: policy, audit: audit))
    case .failure(let refusal): throw lender.error(for: refusal, limit: limit).completed(origin: origin.location)
    }
  }

  /// The same within a statement's own limit, which the wait is a part of.
  /// - Returns: also the statement with what is left of its limit.
  func ownConnection(
    for request: QueryRequest, _ origin: CallSite
  ) async throws(DBError) -> (Lease, DatabaseSession, QueryRequest) {
    let start = Deadline.now()
    do throws(DBError) {
      let (lease, session) = try await ownConnection(request.timeout, origin)
      guard let limit = request.timeout else { return (lease, session, request) }
      return (lease, session, request.timeout(Swift.max(limit - start.elapsed(), .milliseconds(1))))
    } catch {
      await recordUnsent(request, error)
      guard error.code == .leaseTimeout, request.timeout != nil else { throw error }
      throw DBError(
        .timeout, "the statement could not be sent in time: \(error.message)", retry: .safe, stage: error.stage,
        underlying: error
      ).completed(adapter: descriptor.kind, endpoint: adapter.endpoint, origin: origin.location)
    }
  }
}
