/// How a manager opens connections and keeps them.
public struct ConnectionManagerConfiguration: Sendable, Hashable {
  /// One limit over resolving, dialling, TLS and authentication together. Default: 10 seconds.
  public var connectTimeout: Duration
  /// The name servers show for the sessions. Default: `bosdb`.
  public var applicationName: String
  /// The settings of every pool. Default: `nil`, what each adapter proposes for the connection.
  public var pool: PoolConfiguration?
  /// The settings of the pools of one engine; they take the place of ``pool``.
  public var overrides: [DatabaseKind: PoolConfiguration] = [:]
  /// Pools kept at most. One more makes the least recently used go that nobody uses; when all are in use, its callers wait. Default: 32.
  public var maximumPools = 32
  /// Connections open at most, all pools together. Default: 64.
  public var maximumTotalConnections = 64
  /// A pool that nobody used for this long is closed while ``ConnectionManager/run()`` runs. Default: 5 minutes.
  public var poolIdleTimeout: Duration = .seconds(300)
  /// When a failed statement is run again. Default: three more times, after 50, 100 and 200 ms.
  public var retry = RetryPolicy()
  /// Keeps the answers of the manager's inspections. Default: `nil`, nothing is kept.
  public var schemaCache: SchemaCacheConfiguration?

  public init(connectTimeout: Duration = .seconds(10), applicationName: String = "bosdb") {
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the setting that cannot be honoured.
  func validated() throws(DBError) {
    func check(_ isValid: Bool, _ rule: String) throws(DBError) {
      if !isValid { throw DBError(.invalidParameter, "the manager's configuration is not possible: \(rule)") }
    }
    try check(maximumPools >= 1, "maximumPools has to be at least 1, it is \(maximumPools)")
    try check(
      maximumTotalConnections >= 1, "maximumTotalConnections has to be at least 1, it is \(maximumTotalConnections)")
  }
}
