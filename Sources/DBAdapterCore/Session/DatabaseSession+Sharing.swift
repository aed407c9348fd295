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
    guard let limit = request.timeout else {
      let (lease, session) = try await ownConnection(nil, origin)
      return (lease, session, request)
    }
    let start = Deadline.now()
    do throws(DBError) {
      let (lease, session) = try await ownConnection(limit, origin)
      return (lease, session, request.timeout(Swift.max(limit - start.elapsed(), .milliseconds(1))))
    } catch {
      guard error.code == .leaseTimeout else { throw error }
      throw DBError(
        .timeout, "the statement could not be sent in time: \(error.message)", retry: .safe, stage: error.stage,
        underlying: error
      ).completed(adapter: descriptor.kind, endpoint: adapter.endpoint, origin: origin.location)
    }
  }
}
