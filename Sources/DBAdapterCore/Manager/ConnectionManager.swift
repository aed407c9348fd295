public import Logging
public import Metrics

/// Lends sessions with databases: the way in. One serves a whole program, with any number of connection strings.
///
/// ```swift
/// let manager = ConnectionManager(registry: .standard)
/// try await manager.withSession("postgres://app@db/shop") { session in … }
/// await manager.shutdown(grace: .seconds(5))
/// ```
/// Connections are kept in one pool for each meaning of a connection string and level of access, and lent again: strings that differ in spelling
/// only share a pool. Leasing needs no ``run()``; while that runs, idle connections are closed in time and kept alive.
public final class ConnectionManager: Sendable {
  let registry: AdapterRegistry
  let configuration: ConnectionManagerConfiguration
  let policy: AccessPolicy
  let audit: Auditing
  let time: any TimeSource
  let broker: PoolBroker
  let schemaCache: SchemaCacheStore<PoolKey>?

  /// - Parameters:
  ///   - policy: what sessions may do unless they ask for less or more. Default: read-only.
  ///   - audit: told of every statement. Default: nobody.
  ///   - auditPolicy: what is kept, and what does not run while it cannot be. Default: statements that may write do not.
  ///   - logger: gets what somebody should know of the pools: a server that is down, a session that is not given back. Never a secret or a
  ///     value. Default: the label `bosdb`.
  ///   - metrics: makes the pools' metrics, with OpenTelemetry's names. Default: the backend the process was set up with.
  ///   - observer: told of everything that happens in the pools. Default: nobody.
  public convenience init(
    registry: AdapterRegistry, configuration: ConnectionManagerConfiguration = ConnectionManagerConfiguration(),
    policy: AccessPolicy = .readOnly, audit: any AuditSink = .discarding, auditPolicy: AuditPolicy = AuditPolicy(),
    logger: Logger = Logger(label: "bosdb"), metrics: (any MetricsFactory)? = nil, observer: (any PoolObserver)? = nil
  ) {
    self.init(
      registry: registry, configuration: configuration, policy: policy, audit: audit, auditPolicy: auditPolicy,
      logger: logger,
      metrics: metrics, observer: observer, time: SystemTimeSource())
  }

  /// The same with a clock of the caller's, for tests.
  package init(
    registry: AdapterRegistry, configuration: ConnectionManagerConfiguration = ConnectionManagerConfiguration(),
    policy: AccessPolicy = .readOnly, audit: any AuditSink = .discarding, auditPolicy: AuditPolicy = AuditPolicy(),
    logger: Logger = Logger(label: "bosdb"), metrics: (any MetricsFactory)? = nil, observer: (any PoolObserver)? = nil,
    time: any TimeSource
  ) {
    self.registry = registry
    self.configuration = configuration
    self.policy = policy
    self.audit = Auditing(audit, auditPolicy)
    self.time = time
    schemaCache = configuration.schemaCache.map { SchemaCacheStore($0, time: time) }
    broker = PoolBroker(
      registry, configuration, time: time,
      reporting: PoolReporting(observer: observer, logger: logger, metrics: metrics))
  }

  /// Connections of a manager that was forgotten are closed, though nobody waits for it; ``shutdown(grace:)`` is the orderly way.
  deinit { broker.abandon() }

  /// Makes a manager, keeps its house with ``run()`` while `body` runs, and shuts it down.
  /// - Parameter grace: how long sessions that are still lent may go on after `body` has ended. Default: 5 seconds.
  public static func withManager<R>(
    registry: AdapterRegistry, configuration: ConnectionManagerConfiguration = ConnectionManagerConfiguration(),
    policy: AccessPolicy = .readOnly, audit: any AuditSink = .discarding, auditPolicy: AuditPolicy = AuditPolicy(),
    logger: Logger = Logger(label: "bosdb"), metrics: (any MetricsFactory)? = nil, observer: (any PoolObserver)? = nil,
    grace: Duration = .seconds(5),
    _ body: (ConnectionManager) async throws -> R
  ) async throws -> R {
    let manager = ConnectionManager(
      registry: registry, configuration: configuration, policy: policy, audit: audit, auditPolicy: auditPolicy,
      logger: logger, metrics: metrics,
      observer: observer)
    let housekeeping = Task.detached { await manager.run() }
    let result: Result<R, any Error>
    do {
      result = .success(try await body(manager))
    } catch {
      result = .failure(error)
    }
    housekeeping.cancel()
    await manager.shutdown(grace: grace)
    return try result.get()
  }

  // MARK: Pools

  /// Every pool at this moment, by its id.
  public func snapshot() -> [PoolSnapshot] {
    broker.pools.map { $0.snapshot() }.sorted { $0.identity.id < $1.identity.id }
  }

  /// Forgets the pools of a connection string: after a change of password, for example. Idle connections are closed now, those in use when
  /// they are given back; the next caller gets a new pool.
  /// - Throws: ``DBError/Code-swift.struct/unknownScheme``.
  public func evict(_ target: ConnectionString) throws(DBError) { try broker.evict(target) }

  /// Keeps house until the task is cancelled or the manager is shut down, then returns within a second: closes connections and pools that are
  /// idle for too long, pings what must be kept alive, fills pools up to their minimum, and probes servers that were down.
  ///
  /// A manager without it lends just as well, and looks after its connections whenever one is asked for.
  public func run() async {
    while !Task.isCancelled, !broker.isShutDown {
      broker.housekeep()
      await time.sleep(until: time.now() + .seconds(1))
    }
  }

  /// Lends nothing any more, and returns when every connection is closed. Callers who wait get ``DBError/Code-swift.struct/poolClosed``, dials
  /// are abandoned, idle connections closed at once.
  /// - Parameter grace: how long lent sessions may go on before they are closed under their borrowers.
  public func shutdown(grace: Duration) async { await broker.shutDown(grace: grace) }
}
