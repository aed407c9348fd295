/// How one pool behaves. Every duration that is `nil` means never.
public struct PoolConfiguration: Sendable, Hashable {
  /// Connections kept open even when nobody uses them. Default: 0. They are opened after the first lease.
  public var minimumConnections = 0
  /// Connections open at most, those being opened or closed included. Default: 10; more than 20 seldom helps a server.
  public var maximumConnections = 10
  /// Callers that may wait for a connection, those included for whom one is being opened; one more is refused with
  /// ``DBError/Code-swift.struct/tooManyWaiters``. Default: 1,024.
  public var maximumWaiters = 1_024
  /// Connections being opened at the same time. Default: 2.
  public var maximumConcurrentDials = 2
  /// The longest a caller waits for a session, dialling included. Default: 10 seconds.
  public var leaseTimeout: Duration = .seconds(10)
  /// A connection that nobody used for this long is closed, unless it is one of the minimum. Default: 60 seconds.
  public var idleTimeout: Duration? = .seconds(60)
  /// A connection older than this is closed as soon as nobody uses it. Default: 30 minutes.
  public var maximumLifetime: Duration? = .seconds(1_800)
  /// By which share of itself a lifetime is shortened at random, so that connections opened together do not end together.
  /// Default: 0.1.
  public var lifetimeJitter = 0.1
  /// A connection idle for longer than this is pinged before it is lent. Default: 1 second.
  public var validateAfterIdle: Duration = .seconds(1)
  /// How long a ping of the pool's own may take before the connection counts as dead. Default: 2 seconds.
  public var validationTimeout: Duration = .seconds(2)
  /// How often an idle connection is pinged while ``ConnectionManager/run()`` runs. Default: 30 seconds.
  public var keepAliveInterval: Duration? = .seconds(30)
  /// The pauses before a failed dial is tried again, for failures a retry can mend. Default: 50, 100 and 200 ms; then it is an error.
  public var dialRetryDelays: [Duration] = [.milliseconds(50), .milliseconds(100), .milliseconds(200)]
  /// The circuit breaker opens when dials have failed for this long, even if attempts are left. Default: 15 seconds.
  public var circuitBreakerTripAfter: Duration = .seconds(15)
  /// How long an open circuit breaker refuses callers before one dial may probe the server. Default: 500 ms.
  public var circuitBreakerCoolDown: Duration = .milliseconds(500)
  /// A session held for longer is logged once, with where it was borrowed. Default: `nil`, never.
  public var leakWarningAfter: Duration?

  public init() {}

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the setting that cannot be honoured.
  func validated() throws(DBError) -> PoolConfiguration {
    func check(_ isValid: Bool, _ rule: String) throws(DBError) {
      if !isValid { throw DBError(.invalidParameter, "the pool configuration is not possible: \(rule)") }
    }
    try check(maximumConnections >= 1, "maximumConnections has to be at least 1, it is \(maximumConnections)")
    try check(
      (0...maximumConnections).contains(minimumConnections),
      "minimumConnections has to be between 0 and maximumConnections (\(maximumConnections)), it is \(minimumConnections)"
    )
    try check(maximumWaiters >= 1, "maximumWaiters has to be at least 1, it is \(maximumWaiters)")
    try check(
      maximumConcurrentDials >= 1, "maximumConcurrentDials has to be at least 1, it is \(maximumConcurrentDials)")
    try check(
      (0..<1).contains(lifetimeJitter), "lifetimeJitter has to be from 0 to less than 1, it is \(lifetimeJitter)")
    try check(maximumLifetime.map { $0 > .zero } ?? true, "maximumLifetime has to be longer than nothing")
    try check(leaseTimeout > .zero, "leaseTimeout has to be longer than nothing")
    // A ping that is too old as soon as it is answered would be repeated for ever.
    try check(validateAfterIdle >= .zero, "validateAfterIdle has to be at least nothing")
    try check(validationTimeout > .zero, "validationTimeout has to be longer than nothing")
    return self
  }
}

/// How the connections of a pool are lent.
public enum LeaseMode: Sendable, Hashable {
  /// One session, one connection.
  case exclusive
  /// Many sessions share a few connections; a session that needs a connection to itself takes it from the same pool.
  /// - Parameters:
  ///   - connections: how many connections are shared at most.
  ///   - sessions: how many sessions one of them carries at most; another is shared once all are full.
  case multiplexed(connections: Int, sessions: Int)
}

/// What an adapter wants of the pool for one configuration.
public struct PoolTraits: Sendable, Hashable {
  public var leaseMode: LeaseMode
  /// The settings a pool has unless the manager's configuration says otherwise.
  public var defaults: PoolConfiguration
  /// `false` when a session must end with its lease: an in-memory database belongs to its connection.
  public var keepsConnections: Bool

  public init(
    leaseMode: LeaseMode = .exclusive, defaults: PoolConfiguration = PoolConfiguration(), keepsConnections: Bool = true
  ) {
    self.leaseMode = leaseMode
    self.defaults = defaults
    self.keepsConnections = keepsConnections
  }
}
