/// How dialling goes, and when the next dial may start.
struct DialHealth: Sendable {
  enum State: Sendable {
    /// → `failing`, or `down` after a dial that got no answer at all.
    case up
    /// One dial at a time, each after a pause. → `up`, `down`
    case failing(since: Deadline, attempts: Int, retryAt: Deadline)
    /// The breaker is open: callers are refused, nobody dials. → `probing`, `up` (a dial begun earlier succeeds)
    case down(until: Deadline)
    /// Half open: one dial finds out; callers wait for it for a moment. `since` is when it began, or was decided on. → `up`, `down`
    case probing(since: Deadline)
  }

  var state = State.up
  /// Tells a dial begun after the last failure from its stragglers, which say nothing new.
  var epoch = 0
  /// The last failure, as long as no dial succeeded after it.
  var lastFailure: DBError?
  /// When connections that nobody waits for may be dialled again after a failure.
  var refillAt = Deadline(nanoseconds: 0)

  /// How many dials may be under way at once.
  func concurrentDials(_ configuration: PoolConfiguration, _ now: Deadline) -> Int {
    switch state {
    case .up: configuration.maximumConcurrentDials
    case .failing(_, _, let retryAt): now >= retryAt ? 1 : 0
    case .probing: 1
    case .down: 0
    }
  }

  var isUp: Bool { if case .up = state { true } else { false } }
  var isProbing: Bool { if case .probing = state { true } else { false } }

  /// For snapshots.
  var summary: PoolHealth {
    switch state {
    case .up: .up
    case .failing: .failing
    case .down, .probing: .down
    }
  }
}

extension DBError {
  /// Whether the same dial may succeed a moment later: no wrong password, no unknown database, no refused certificate.
  var isMendedByDialling: Bool { retry != .never || code == .timeout }

  /// Whether the server, or the way to it, is gone: its other connections are too.
  var meansServerLost: Bool { code == .connectionLost || code == .serverShuttingDown }
}
