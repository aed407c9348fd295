/// What a pool is, for logs, metrics and observers. Nothing in it is secret.
public struct PoolIdentity: Sendable, Hashable, CustomStringConvertible {
  /// A keyed digest of what the connection string means, such as `postgres-5f0c3a91d2e47b86`. It tells pools apart within this process and
  /// says nothing to anybody else.
  public let id: String
  public let kind: DatabaseKind
  /// Where the pool's server is, without credentials.
  public let endpoint: String
  public let database: String?
  public let access: AccessLevel
  public let preference: ServerPreference

  public var description: String { "\(id) (\(endpoint), \(access))" }
}

/// How a pool stands with its server.
public enum PoolHealth: String, Sendable, Hashable {
  /// The last dial succeeded, or none was needed yet.
  case up
  /// Dials fail and are retried.
  case failing
  /// The circuit breaker is open: callers are refused until a probe succeeds.
  case down
}

/// A pool at one moment. `total == active + idle` always holds.
public struct PoolSnapshot: Sendable {
  public let identity: PoolIdentity
  public let health: PoolHealth
  /// Open connections: those in use and those idle.
  public let total: Int
  /// Connections that are lent, or being checked or reset.
  public let active: Int
  public let idle: Int
  /// Connections being opened; not in ``total`` yet.
  public let dialling: Int
  /// Connections being closed; no longer in ``total``.
  public let closing: Int
  /// Sessions lent; more than ``active`` where sessions share connections.
  public let sessions: Int
  /// Callers waiting for a session.
  public let waiting: Int
  public let maximumConnections: Int
  /// Since the pool was made.
  public let counters: Counters
  /// Rises when the server was lost: connections of an older generation are not lent again.
  public let generation: Int
  /// From asking for a session to getting it.
  public let leaseWait: LatencySummary
  /// Single statements, from sending to the complete answer. Streams, copies and pipelines are not in it.
  public let execution: LatencySummary
  public let longestLease: LongestLease?
  /// For how long the longest dial in progress has been trying.
  public let longestDial: Duration?
  /// The last failure to open a connection, as long as none succeeded after it.
  public let lastDialFailure: DBError?

  public struct Counters: Sendable, Hashable {
    public var leases = 0
    public var timedOutLeases = 0
    public var refusedLeases = 0
    public var openedConnections = 0
    public var closedConnections = 0
    public var failedDials = 0
  }

  /// The session lent for the longest time.
  public struct LongestLease: Sendable, Hashable {
    public let duration: Duration
    /// Where it was borrowed.
    public let origin: SourceLocation
  }
}

/// How long something takes, since the pool was made. Count, average and maximum are exact; percentiles come from a
/// bounded histogram: they are within 1 % of the true value or half a microsecond of it, and count what took longer than
/// an hour as an hour.
public struct LatencySummary: Sendable, Hashable {
  public var count = 0
  public var average = Duration.zero
  public var p50 = Duration.zero
  public var p95 = Duration.zero
  public var p99 = Duration.zero
  public var maximum = Duration.zero

  public init() {}
}
