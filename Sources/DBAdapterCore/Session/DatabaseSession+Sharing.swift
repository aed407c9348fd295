/// Statements that their adapter prepares, on connections that several sessions may share.
extension DatabaseSession {
  /// Runs one statement. The caller has entered the session.
  func execute(
    _ request: QueryRequest, _ preparing: any StatementPreparing, _ origin: CallSite
  ) async throws(DBError) -> QueryResult {
    let statement = try prepare(request, preparing, origin)
    if isShared, try needsOwnConnection(statement, origin) {
      return try await withOwnConnection(request.timeout, origin) { session throws(DBError) in
        try await session.execute(request, origin)
      }
    }
    let trail = try admit(statement, request, origin)
    let start = Deadline.now()
    do throws(DBError) {
      let result = try await statement.execute()
      lender.telemetry.recordExecution(start.elapsed())
      trail?.record(.succeeded(rows: result.rows.count))
      return result
    } catch {
      lender.telemetry.recordExecution(start.elapsed(), failure: error.code)
      trail?.record(.failed(error.code))
      throw completed(error, origin)
    }
  }

  func prepare(
    _ request: QueryRequest, _ preparing: any StatementPreparing, _ origin: CallSite
  ) throws(DBError) -> any PreparedStatement {
    do throws(DBError) {
      return try preparing.prepare(request)
    } catch {
      throw completed(error, origin)
    }
  }

  /// Whether a statement must not run on a connection that other sessions use as well.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when it makes no sense in a session that shares one.
  func needsOwnConnection(_ statement: any PreparedStatement, _ origin: CallSite) throws(DBError) -> Bool {
    switch statement.connectionNeed {
    case .any: return false
    case .ownConnection: return true
    case .ownSession:
      throw DBError(
        .unsupported,
        "\(statement.classification.summary) is about the connection, which this session shares with others; open the session with exclusively: true"
      ).completed(adapter: descriptor.kind, origin: origin.location)
    }
  }

  /// Lends a session with a connection to itself, under the same policy, for one call.
  /// - Parameter limit: how long to wait for it. Default: ``PoolConfiguration/leaseTimeout``.
  func withOwnConnection<R>(
    _ limit: Duration?, _ origin: CallSite, _ body: (DatabaseSession) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let (lease, session) = try await ownConnection(limit, origin)
    do throws(DBError) {
      let result = try await body(session)
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
}
