extension DatabaseSession {
  /// Whether a request must not run on a connection that other sessions use as well.
  func needsOwnConnection(
    _ request: QueryRequest, _ sharing: any ConnectionSharing, _ origin: CallSite
  ) throws(DBError) -> Bool {
    do throws(DBError) {
      return try sharing.needsOwnConnection(request)
    } catch {
      throw completed(error, origin)
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
