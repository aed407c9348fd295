/// How far a connection came, stage by stage: what `conn test` shows.
public struct ConnectionReport: Sendable {
  /// In the order in which a connection passes them.
  public enum Stage: String, Sendable, Hashable, CaseIterable {
    /// The host's name becomes addresses.
    case resolve
    /// An address takes the connection (TCP, or a unix socket or file is opened).
    case dial
    case tls, authentication
    /// The session begins in its database.
    case database
    /// The server says what it is.
    case version
    /// The server says what the user may do.
    case privileges
  }

  public enum Outcome: String, Sendable, Hashable {
    case passed, failed
    /// The connection has no such stage: a file has no host, a plain connection no TLS.
    case notNeeded
    /// An earlier stage failed.
    case notReached
    /// It was not asked for, or the engine does not tell.
    case unknown
  }

  /// What became of one stage.
  public struct Step: Sendable, Hashable {
    public let stage: Stage
    public let outcome: Outcome
    /// What the stage took by itself; `nil` where the C library does several in one call.
    public let elapsed: Duration?
    /// What was found, for people; never a secret.
    public let detail: String?
  }

  /// One for each stage, in order.
  public internal(set) var steps: [Step] = []
  /// What the first stage that failed reported; `nil` when none did.
  public internal(set) var error: DBError?
  /// What answered; `nil` when nothing did.
  public internal(set) var server: ServerInfo?
  /// What the user may do; `nil` when it is not known.
  public internal(set) var privileges: SessionPrivileges?
  /// From the first stage to a usable session, or to the failure.
  public internal(set) var connectElapsed: Duration = .zero

  /// Whether every stage that there is was passed.
  public var isSuccess: Bool { error == nil }

  /// What somebody should know although the connection works: rights that reach further than a session needs, the worst first.
  public var warnings: [String] {
    let user = privileges?.user ?? "the database"
    return privileges?.findings.map { "\(user) \($0.detail)" } ?? []
  }
}
