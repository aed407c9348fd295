extension ConnectionPool {
  /// What a caller is told who gets no session: the pool's numbers, and the cause as far as it is known.
  /// - Parameter limit: how long the caller was ready to wait.
  func error(for refusal: Refusal, limit: Duration) -> DBError {
    let snapshot = snapshot()
    func make(
      _ code: DBError.Code, _ message: String, retry: RetrySafety = .safe, underlying: (any Error)? = nil
    ) -> DBError {
      DBError(
        code, message, retry: retry, adapter: identity.kind, endpoint: identity.endpoint, pool: snapshot,
        underlying: underlying)
    }
    switch refusal {
    case .timedOut:
      return make(
        .leaseTimeout, "no session within \(limit.brief): \(snapshot.sentence)", underlying: snapshot.lastDialFailure)
    case .tooManyWaiters:
      return make(
        .tooManyWaiters,
        "\(configuration.maximumWaiters) callers wait for a session already: \(snapshot.sentence)",
        underlying: snapshot.lastDialFailure)
    case .dialFailed(let error):
      return error.completed(adapter: identity.kind, endpoint: identity.endpoint, pool: snapshot)
    case .down(let error):
      return error.completed(
        adapter: identity.kind, endpoint: identity.endpoint,
        message: "the server is down, and is tried again in a moment: \(error.message)", pool: snapshot)
    case .shutDown, .evicted:
      return make(.poolClosed, "the connection manager was shut down", retry: .never)
    case .cancelled:
      return make(
        .cancelled, "the task was cancelled while it waited for a session", underlying: CancellationError())
    }
  }
}

extension PoolSnapshot: CustomStringConvertible {
  public var description: String { "\(identity) is \(health): \(sentence)" }

  /// `10 of 10 connections in use, 3 callers waiting; …`: what somebody who got no session needs to know.
  var sentence: String {
    var parts = ["\(active) of at most \(maximumConnections) connections in use, \(idle) idle"]
    if dialling > 0 {
      parts[0] += ", \(dialling) being opened" + (longestDial.map { " (for \($0.brief))" } ?? "")
    }
    parts[0] += ", \(waiting) waiting"
    if let longestLease {
      parts.append("the longest lease is \(longestLease.duration.brief) old, borrowed at \(longestLease.origin)")
    }
    if let lastDialFailure { parts.append("the last dial failed: \(lastDialFailure.message)") }
    return parts.joined(separator: "; ")
  }
}
