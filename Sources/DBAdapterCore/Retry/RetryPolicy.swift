/// When ``ConnectionManager/execute(_:on:policy:file:line:)`` runs a failed statement again: with ``RetrySafety/safe`` always, with
/// ``RetrySafety/ifIdempotent`` only for a request declared read or idempotent. Nothing else is ever repeated: no closure, no transaction, no
/// stream. Opening connections has its own pauses, in ``PoolConfiguration/dialRetryDelays``.
public struct RetryPolicy: Sendable, Hashable {
  /// The pause before each further attempt. Default: 50, 100 and 200 ms, so four attempts in all.
  public var delays: [Duration]

  public init(delays: [Duration] = [.milliseconds(50), .milliseconds(100), .milliseconds(200)]) { self.delays = delays }

  /// Every statement is run once.
  public static let never = RetryPolicy(delays: [])

  func allows(_ error: DBError, for request: QueryRequest) -> Bool {
    if error.code == .cancelled || error.code == .timeout { return false }
    return error.retry == .safe || error.retry == .ifIdempotent && request.isIdempotent
  }
}
