internal import Logging
internal import Metrics
internal import Synchronization

/// Whom pools tell what happens in them.
struct PoolReporting: Sendable {
  var observer: (any PoolObserver)?
  var logger: Logger?
  /// `nil` is the backend the process was set up with.
  var metrics: (any MetricsFactory)?
}

/// The pools of a manager: finds or makes the pool of a connection string, and shares the room among them.
///
/// The directory decides under the lock; whatever touches a pool happens after it. No two locks are ever held at once.
final class PoolBroker: Sendable {
  /// What a caller asks for, before it is known which pool that is.
  struct Target: Hashable, Sendable {
    let string: ConnectionString
    let access: AccessLevel
    let preference: ServerPreference
  }

  fileprivate struct State: Sendable {
    var directory: PoolDirectory
    /// The pools that lend.
    var pools: [PoolID: ConnectionPool] = [:]
    var keys: [PoolKey: PoolID] = [:]
    /// The spellings by which pools were found before.
    var aliases: [Target: ConnectionPool] = [:]
    /// Pools that lend no more, and have connections left to close.
    var ending: [PoolID: ConnectionPool] = [:]
    var isShutDown = false
    var nextNumber: UInt64 = 0
  }

  private let registry: AdapterRegistry
  private let configuration: ConnectionManagerConfiguration
  private let time: any TimeSource
  private let reporting: PoolReporting
  fileprivate let state: Locked<State>
  private let isRoomShort = Atomic<Bool>(false)

  init(
    _ registry: AdapterRegistry, _ configuration: ConnectionManagerConfiguration, time: any TimeSource,
    reporting: PoolReporting
  ) {
    self.registry = registry
    self.configuration = configuration
    self.time = time
    self.reporting = reporting
    state = Locked(
      State(
        directory: PoolDirectory(
          maximumPools: configuration.maximumPools, maximumConnections: configuration.maximumTotalConnections)))
  }

  var isShutDown: Bool { state.withLock { $0.isShutDown } }
  var pools: [ConnectionPool] { state.withLock { Array($0.pools.values) } }

  // MARK: Finding

  /// The pool that lends sessions for a target.
  /// - Throws: ``DBError/Code-swift.struct/poolClosed`` after a shutdown; what registry and adapter say of the connection string;
  ///   ``DBError/Code-swift.struct/invalidParameter`` for settings that are not possible.
  func pool(for target: Target) throws(DBError) -> ConnectionPool {
    if let known = state.withLock({ $0.isShutDown ? nil : $0.aliases[target] }) { return known }
    let registration = try registry.registration(forScheme: target.string.scheme)
    let wanted = connectionConfiguration(target)
    let key = PoolKey(wanted, registration.descriptor)
    if let known = state.withLock({ $0.adopt(target, key) }) { return known }
    try configuration.validated()
    let connector = try registration.connector(wanted)
    let kind = registration.descriptor.kind
    let settings = configuration.overrides[kind] ?? configuration.pool ?? connector.poolTraits.defaults
    let made = try makePool(key, connector, try settings.validated(), kind)
    if made.isNew {
      made.pool.telemetry.record(.created)
      relieve()
    }
    return made.pool
  }

  /// What a target means, whether there is a pool for it or not.
  func key(of target: Target) throws(DBError) -> PoolKey {
    PoolKey(connectionConfiguration(target), try registry.registration(forScheme: target.string.scheme).descriptor)
  }

  private func makePool(
    _ key: PoolKey, _ connector: any AdapterConnector, _ settings: PoolConfiguration, _ kind: DatabaseKind
  ) throws(DBError) -> (pool: ConnectionPool, isNew: Bool) {
    let target = Target(connector.configuration)
    let identity = PoolIdentity(
      id: "\(kind.rawValue)-\(key)", kind: kind, endpoint: connector.configuration.endpointsShown,
      database: target.string.database, access: target.access, preference: target.preference)
    let telemetry = PoolTelemetry(
      identity, configuration: settings, observer: reporting.observer, logger: reporting.logger,
      metrics: reporting.metrics)
    let made = state.withLock { state -> (ConnectionPool, Bool)? in
      guard !state.isShutDown else { return nil }
      // Somebody else may have been faster.
      if let known = state.adopt(target, key) { return (known, false) }
      let id = PoolID(number: state.nextNumber)
      state.nextNumber += 1
      let pool = ConnectionPool(id, connector, settings, telemetry: telemetry, capacity: self, time: time)
      state.directory.add(id)
      state.pools[id] = pool
      state.keys[key] = id
      state.aliases[target] = pool
      return (pool, true)
    }
    guard let made else { throw DBError(.poolClosed, "the connection manager was shut down") }
    return made
  }

  private func connectionConfiguration(_ target: Target) -> ConnectionConfiguration {
    ConnectionConfiguration(
      target.string, access: target.access, preference: target.preference,
      connectTimeout: configuration.connectTimeout, applicationName: configuration.applicationName)
  }

  // MARK: Ending

  /// Stops a pool that is not to lend any more, whoever uses it; what is lent is closed when it comes back.
  func evict(_ string: ConnectionString) throws(DBError) {
    for access in AccessLevel.allCases {
      for preference in [ServerPreference.primary, .replica] {
        let key = try key(of: Target(string: string, access: access, preference: preference))
        guard let pool = state.withLock({ state in state.keys[key].flatMap { state.pools[$0] } }) else { continue }
        // Its metrics end before the next pool of the same name can begin its own.
        if pool.evict() { remove(pool) }
      }
    }
  }

  /// Lends nothing any more, and ends when every connection is closed. What is lent may come back for as long as `grace`; then it is closed
  /// under its borrowers.
  func shutDown(grace: Duration) async {
    let all = abandon()
    let alarm = time.alarm { for pool in all { pool.closeLent() } }
    alarm.set(time.now() + grace)
    for pool in all { await pool.end() }
    alarm.cancel()
  }

  /// Stops all pools without waiting for them.
  @discardableResult
  func abandon() -> [ConnectionPool] {
    let (running, all) = change { state -> ([ConnectionPool], [ConnectionPool]) in
      state.isShutDown = true
      let running = Array(state.pools.values)
      for pool in running { state.ending[pool.id] = pool }
      state.forgetPools()
      return (running, Array(state.ending.values))
    }
    for pool in running { pool.telemetry.record(.shutDown) }
    letReadersCloseFirst(all)
    for pool in all { pool.stop(.shutDown) }
    return all
  }

  /// The last session of an embedded database has to be one that may write: others cannot move the write-ahead log into the file, and leave it.
  private func letReadersCloseFirst(_ pools: [ConnectionPool]) {
    for pool in pools where pool.identity.access != .readOnly {
      let readers = pools.filter { other in
        other.identity.access == .readOnly && other.identity.endpoint == pool.identity.endpoint
          && other.identity.database == pool.identity.database
      }
      if !readers.isEmpty { pool.closeAfter(readers) }
    }
  }

  func housekeep() {
    let now = time.now()
    for pool in pools {
      let standing = pool.standing
      if !standing.isBusy, standing.lastUsed + configuration.poolIdleTimeout <= now, pool.retire() {
        remove(pool)
      } else {
        pool.housekeep()
      }
    }
  }

  /// Takes a pool that has stopped off the list, so that the next caller makes a new one.
  private func remove(_ pool: ConnectionPool) {
    let served = change { state -> [PoolID] in
      guard state.pools.removeValue(forKey: pool.id) != nil else { return [] }
      state.ending[pool.id] = pool
      state.keys = state.keys.filter { $0.value != pool.id }
      state.aliases = state.aliases.filter { $0.value !== pool }
      return state.directory.remove(pool.id)
    }
    grant(served)
  }

  private func change<R>(_ body: (inout State) -> R) -> R {
    state.withLock { state in
      defer { isRoomShort.store(state.directory.isShort, ordering: .relaxed) }
      return body(&state)
    }
  }

  private func grant(_ served: [PoolID]) {
    for id in served {
      if let pool = state.withLock({ $0.pools[id] }) { pool.capacityGranted() } else { giveBack(for: id) }
    }
  }
}

// MARK: - Room

extension PoolBroker: PoolCapacity {
  var isShort: Bool { isRoomShort.load(ordering: .relaxed) }

  func want(_ wish: CapacityWish, for id: PoolID) -> Int {
    let now = time.now()
    let (granted, abandoned) = change { state in
      let granted = state.directory.want(wish, id, now: now)
      let isUseless = wish.count == 0 && !state.directory.isAdmitted(id)
      return (granted, isUseless ? state.pools[id] : nil)
    }
    // A pool that never got room, and whose callers have all left, is of no use.
    if let abandoned, abandoned.retire() { remove(abandoned) }
    if wish.isUrgent, granted < wish.count { relieve() }
    return granted
  }

  func giveBack(for id: PoolID) { grant(change { $0.directory.giveBack(id) }) }

  func claimPressure(from id: PoolID) -> CapacityPressure? { change { $0.directory.claim(from: id) } }

  func dropClaim() { change { $0.directory.dropClaim() } }

  func relieve() {
    while let admitted = state.withLock({ $0.directory.needsSlot ? $0.admittedPools : nil }) {
      guard let pool = choose(PoolDirectory.victim, admitted) else { break }
      if pool.retire() { remove(pool) }
    }
    while let asking = state.withLock({ $0.directory.needsConnection }) {
      let choice = { (standings: [PoolStanding]) in PoolDirectory.lender(among: standings, to: asking) }
      guard let pool = choose(choice, pools) else { break }
      change { $0.directory.promise() }
      if !pool.surrenderIdle() { dropClaim() }
    }
  }

  private func choose(_ rule: ([PoolStanding]) -> PoolID?, _ pools: [ConnectionPool]) -> ConnectionPool? {
    guard let id = rule(pools.map(\.standing)) else { return nil }
    return pools.first { $0.id == id }
  }

  func finished(_ pool: ConnectionPool) { state.withLock { _ = $0.ending.removeValue(forKey: pool.id) } }
}

extension PoolBroker.Target {
  init(_ configuration: ConnectionConfiguration) {
    self.init(string: configuration.string, access: configuration.access, preference: configuration.preference)
  }
}

extension PoolBroker.State {
  fileprivate var admittedPools: [ConnectionPool] { pools.values.filter { directory.isAdmitted($0.id) } }

  /// The pool of a key, found by a spelling that is remembered from now on.
  fileprivate mutating func adopt(_ target: PoolBroker.Target, _ key: PoolKey) -> ConnectionPool? {
    guard !isShutDown, let pool = keys[key].flatMap({ pools[$0] }) else { return nil }
    aliases[target] = pool
    return pool
  }

  fileprivate mutating func forgetPools() {
    for id in pools.keys { _ = directory.remove(id) }
    pools = [:]
    keys = [:]
    aliases = [:]
  }
}

extension ConnectionConfiguration {
  /// The servers, without credentials; the path of an embedded database.
  fileprivate var endpointsShown: String {
    let endpoints = preference == .replica ? string.replicas + string.endpoints : string.endpoints
    return endpoints.isEmpty ? string.database ?? "local" : endpoints.map(\.description).joined(separator: ",")
  }
}
