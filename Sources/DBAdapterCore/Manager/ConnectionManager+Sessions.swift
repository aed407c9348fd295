extension ConnectionManager {
  /// Lends a session to `body`, and takes it back afterwards.
  /// - Parameters:
  ///   - policy: what the session may do. Default: the manager's.
  ///   - preference: ``ServerPreference/replica`` reads from a replica that the string names, if one answers. Default: the string's own hosts.
  ///   - exclusively: whether the session needs a connection to itself where sessions usually share some. Default: `false`.
  ///   - timeout: the longest to wait for the session. Default: ``PoolConfiguration/leaseTimeout``.
  /// - Throws: ``DBError`` when there is no session to be had: the server's own sentence when the connection was refused,
  ///   ``DBError/Code-swift.struct/leaseTimeout`` with the pool's numbers when none became free in time,
  ///   ``DBError/Code-swift.struct/tooManyWaiters``, ``DBError/Code-swift.struct/poolClosed``; whatever `body` throws. A cancelled task stops
  ///   waiting, or its running statement.
  public func withSession<R>(
    _ target: ConnectionString, policy: AccessPolicy? = nil, preference: ServerPreference = .primary,
    exclusively: Bool = false, timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let policy = policy ?? self.policy
    let target = PoolBroker.Target(string: target, access: policy.level, preference: preference)
    let lease = try await lease(target, exclusively, CallSite(file: file, line: line)) { timeout ?? $0 }
    let session = makeSession(lease, policy)
    do {
      let result = try await body(session)
      lease.giveBack(session.state)
      return result
    } catch {
      lease.giveBack(session.state)
      throw error
    }
  }

  /// The same with the connection string as text.
  public func withSession<R>(
    _ target: String, policy: AccessPolicy? = nil, preference: ServerPreference = .primary, exclusively: Bool = false,
    timeout: Duration? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let string: ConnectionString
    do {
      string = try ConnectionString(target)
    } catch {
      throw error.completed(origin: SourceLocation(file: "\(file)", line: line))
    }
    return try await withSession(
      string, policy: policy, preference: preference, exclusively: exclusively, timeout: timeout, file: file,
      line: line, body)
  }

  /// Runs one statement in a session of its own, again if that is safe; see ``RetryPolicy``.
  ///
  /// A request of ``AccessIntent/read`` gets a read-only session, on a replica if the connection string names any.
  /// - Parameter policy: what the statement may do. Default: the manager's.
  /// - Throws: what ``withSession(_:policy:preference:exclusively:timeout:file:line:_:)-(ConnectionString,_,_,_,_,_,_,_)`` throws, and what the
  ///   last attempt did. The request's time limit holds for waiting and all attempts together.
  @discardableResult
  public func execute(
    _ request: QueryRequest, on target: ConnectionString, policy: AccessPolicy? = nil, file: StaticString = #fileID,
    line: UInt = #line
  ) async throws(DBError) -> QueryResult {
    var policy = policy ?? self.policy
    if request.intent == .read { policy.level = .readOnly }
    let isForReplica = request.intent == .read && !target.replicas.isEmpty
    let target = PoolBroker.Target(
      string: target, access: policy.level, preference: isForReplica ? .replica : .primary)
    let deadline = request.timeout.map { time.now() + $0 }
    var delays = configuration.retry.delays[...]
    var isInDoubt = false
    func final(_ error: DBError) -> DBError { isInDoubt ? error.afterUnknownOutcome() : error }
    while true {
      let left = remaining(until: deadline)
      let lease: Lease
      do throws(DBError) {
        lease = try await self.lease(target, false, CallSite(file: file, line: line)) { min(left ?? $0, $0) }
      } catch {
        throw final(error)
      }
      let session = makeSession(lease, policy)
      do throws(DBError) {
        let attempt = request.timeout(remaining(until: deadline))
        let result = try await session.execute(attempt, file: file, line: line)
        lease.giveBack(session.state)
        return result
      } catch {
        lease.giveBack(session.state)
        if error.retry == .ifIdempotent { isInDoubt = true }
        guard configuration.retry.allows(error, for: request), let delay = delays.popFirst() else { throw final(error) }
        let next = time.now() + delay
        if let deadline, deadline <= next { throw final(error) }
        await time.sleep(until: next)
        if Task.isCancelled { throw final(error) }
      }
    }
  }

  /// Lends a session for one question that is asked once.
  func withLease<R>(
    _ target: PoolBroker.Target, _ site: CallSite, _ body: (DatabaseSession) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    var policy = policy
    policy.level = target.access
    let lease = try await lease(target, false, site) { $0 }
    let session = makeSession(lease, policy)
    do throws(DBError) {
      let result = try await body(session)
      lease.giveBack(session.state)
      return result
    } catch {
      lease.giveBack(session.state)
      throw error
    }
  }

  private func remaining(until deadline: Deadline?) -> Duration? {
    deadline.map { max(time.now().elapsed(to: $0), .zero) }
  }

  private func makeSession(_ lease: Lease, _ policy: AccessPolicy) -> DatabaseSession {
    DatabaseSession(lease: lease, policy: policy, audit: audit)
  }

  /// - Parameter limit: how long to wait, given the pool's lease timeout.
  private func lease(
    _ target: PoolBroker.Target, _ exclusively: Bool, _ site: CallSite, limit: (Duration) -> Duration
  ) async throws(DBError) -> Lease {
    let start = time.now()
    do throws(DBError) {
      while true {
        let pool = try broker.pool(for: target)
        let limit = limit(pool.configuration.leaseTimeout)
        let kind: LeaseKind = exclusively || !pool.isMultiplexed ? .exclusive : .shared
        switch await pool.lease(kind, until: start + limit, site) {
        case .success(let lease): return lease
        // The pool is about to leave the list; then a new one is made.
        case .failure(.evicted): await Task.yield()
        case .failure(let refusal): throw pool.error(for: refusal, limit: limit)
        }
      }
    } catch {
      throw error.completed(origin: site.location)
    }
  }
}
