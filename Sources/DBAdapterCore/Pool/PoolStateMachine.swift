/// One pool as a pure value: moments and facts go in, actions come out. It waits for nothing, locks nothing and reads no clock, so that
/// tests can drive it through every state.
///
/// Whoever owns it calls a method under a lock, takes the ``drainActions()`` out, leaves the lock, and then does what they say.
struct PoolStateMachine: Sendable {
  enum Phase: Sendable {
    /// → `stopping`
    case running
    /// Lends nothing any more; ends when the last connection is closed. → `stopped`
    case stopping(Refusal)
    case stopped
  }

  let configuration: PoolConfiguration
  let mode: LeaseMode
  let keepsConnections: Bool

  var phase = Phase.running
  var connections: [ConnectionID: PooledConnection] = [:]
  /// Connections nobody uses; the one used last is at the end.
  var idle: [ConnectionID] = []
  /// Connections that carry shared sessions.
  var shared: [ConnectionID] = []
  var waiters = WaiterQueue()
  var health = DialHealth()
  var generation = 0
  var tally = PoolTally()
  var counters = PoolSnapshot.Counters()
  var lastUsed: Deadline
  let createdAt: Deadline

  private var actions: [PoolAction] = []
  private var nextNumber: UInt64 = 0
  /// The moment a wake-up was asked for; `never` when none is.
  private var armed = Deadline.never
  private var leakCheckAt = Deadline.never
  private var wasUsed = false

  init(_ configuration: PoolConfiguration, mode: LeaseMode, keepsConnections: Bool = true, now: Deadline) {
    self.configuration = configuration
    self.mode = mode
    self.keepsConnections = keepsConnections
    lastUsed = now
    createdAt = now
  }

  mutating func drainActions() -> [PoolAction] {
    guard !actions.isEmpty else { return [] }
    defer { actions = [] }
    return actions
  }

  mutating func act(_ action: PoolAction) { actions.append(action) }

  var isRunning: Bool { if case .running = phase { true } else { false } }

  mutating func makeNumber() -> UInt64 {
    defer { nextNumber += 1 }
    return nextNumber
  }
}

// MARK: - Callers

extension PoolStateMachine {
  /// Lends a session if that takes no waiting.
  /// - Returns: `nil` when the caller has to ``enqueue(_:now:)``.
  mutating func leaseNow(_ kind: LeaseKind, _ site: CallSite, now: Deadline) -> LeaseDecision? {
    if let refusal = refusal(now) { return refuse(refusal) }
    lastUsed = now
    wasUsed = true
    if kind == .shared, let id = sharedWithRoom(now) { return .lend(share(id, site, now)) }
    guard waiters.isEmpty, kind == .exclusive || shared.count < maximumShared, let id = takeReady(now) else {
      return nil
    }
    return .lend(kind == .shared ? share(id, site, now) : lendExclusively(id, site, now))
  }

  /// Lends a session or lets the caller wait for one.
  mutating func enqueue(_ waiter: Waiter, now: Deadline) -> LeaseDecision {
    if let decision = leaseNow(waiter.kind, waiter.site, now: now) { return decision }
    guard waiters.count < configuration.maximumWaiters else { return refuse(.tooManyWaiters) }
    if case .down = health.state { health.state = .probing(since: now) }
    waiters.append(waiter)
    settle(now)
    return .wait
  }

  /// Takes a waiter out of the queue. A dial that was begun for it goes on: others may want the connection.
  /// - Returns: whether it was still waiting.
  mutating func cancel(_ id: WaiterID, now: Deadline) -> Bool {
    guard waiters.remove(id) != nil else { return false }
    settle(now)
    return true
  }

  /// Takes a session back.
  /// - Parameter pressure: another pool that waits for the room this connection takes.
  /// - Returns: whether the connection is closed because of that pressure.
  mutating func release(
    _ lease: LeaseID, _ end: LeaseEnd, under pressure: CapacityPressure? = nil, now: Deadline
  ) -> Bool {
    guard let record = endLease(lease, now) else { return false }
    lastUsed = now
    act(.tell(.released(held: record.since.elapsed(to: now))))
    if end == .serverLost { loseServer(through: lease.connection) }
    guard let connection = connections[lease.connection], !connection.isLent else {
      if end == .spent || end == .serverLost { condemn(lease.connection) }
      settle(now)
      return false
    }
    if let reason = reasonToClose(connection, end, now) {
      close(lease.connection, reason)
    } else if let pressure, yields(to: pressure) {
      close(lease.connection, .capacity)
      settle(now)
      return true
    } else if end == .dirty {
      connections[lease.connection]?.state = .resetting
      tally.resetting += 1
      act(.reset(lease.connection))
    } else {
      makeIdle(lease.connection, now)
    }
    settle(now)
    return false
  }

  /// Why callers get nothing just now, if so.
  private func refusal(_ now: Deadline) -> Refusal? {
    switch phase {
    case .running: break
    case .stopping(let refusal): return refusal
    case .stopped: return .evicted
    }
    guard let failure = health.lastFailure else { return nil }
    switch health.state {
    case .down(let until) where now < until: return .down(failure)
    case .probing(let since) where now >= since + Self.probePatience: return .down(failure)
    default: return nil
    }
  }

  private mutating func refuse(_ refusal: Refusal) -> LeaseDecision {
    counters.refusedLeases += 1
    return .refuse(refusal)
  }

  /// Whether a connection that was just given back goes to another pool: when nobody waits here, or the other pool has none at all and waited
  /// for longer.
  private mutating func yields(to pressure: CapacityPressure) -> Bool {
    let first = [waiters.first(.exclusive), waiters.first(.shared)].compactMap { $0?.enqueued }.min()
    guard let first else { return true }
    return pressure.isDesperate && pressure.since < first
  }

  private func reasonToClose(_ connection: PooledConnection, _ end: LeaseEnd, _ now: Deadline) -> CloseReason? {
    if end == .spent || end == .serverLost { return .broken }
    if !isRunning { return .poolClosed }
    if !keepsConnections { return .singleUse }
    return reasonToRetire(connection, now) ?? (connection.isCondemned ? .broken : nil)
  }
}

// MARK: - Connections

extension PoolStateMachine {
  /// A connection more is allowed.
  mutating func capacityGranted(now: Deadline) {
    guard tally.asked > 0 else { return act(.giveBackCapacity) }
    tally.asked -= 1
    guard isRunning, wanted(now) > 0 else {
      act(.giveBackCapacity)
      return settle(now)
    }
    let id = ConnectionID(number: makeNumber())
    connections[id] = PooledConnection(generation: generation, epoch: health.epoch, dialledAt: now)
    tally.dialling += 1
    act(.dial(id))
    settle(now)
  }

  /// - Parameter random: from 0 to 1, for the jitter of its lifetime.
  mutating func dialled(_ id: ConnectionID, random: Double, now: Deadline) {
    guard let dialledAt = connections[id]?.dialledAt, connections[id]?.isDialling == true else { return }
    tally.dialling -= 1
    tally.open += 1
    counters.openedConnections += 1
    act(.tell(.opened(after: dialledAt.elapsed(to: now))))
    if health.summary == .down { act(.tell(.breakerClosed)) }
    health.state = .up
    health.lastFailure = nil
    let expiresAt = expiry(random, now)
    connections[id]?.expiresAt = expiresAt
    if !isRunning {
      close(id, .poolClosed)
    } else if connections[id]?.generation != generation {
      close(id, .staleGeneration)
    } else {
      makeIdle(id, now)
    }
    settle(now)
  }

  mutating func dialFailed(_ id: ConnectionID, _ error: DBError, now: Deadline) {
    guard let dial = connections[id], dial.isDialling else { return }
    connections[id] = nil
    tally.dialling -= 1
    act(.giveBackCapacity)
    guard isRunning else { return finishIfDone() }
    counters.failedDials += 1
    health.lastFailure = error
    health.refillAt = now + Self.refillPause
    act(.tell(.dialFailed(error)))
    if dial.epoch == health.epoch { learn(from: error, now) }
    settle(now)
  }

  /// A ping of the pool's own has ended.
  mutating func checked(_ id: ConnectionID, _ failure: DBError?, now: Deadline) {
    guard let connection = connections[id], case .checking = connection.state else { return }
    tally.checking -= 1
    if let failure {
      if failure.meansServerLost || failure.code == .timeout { loseServer(through: id) }
      close(id, .failedCheck)
    } else if let reason = isRunning ? reasonToRetire(connection, now) : .poolClosed {
      close(id, reason)
    } else {
      connections[id]?.lastProof = now
      connections[id]?.state = .idle
      let moments = idle.map { connections[$0]?.idleSince ?? .never }
      idle.insert(id, at: moments.firstIndex { $0 > connection.idleSince } ?? idle.endIndex)
    }
    settle(now)
  }

  mutating func resetEnded(_ id: ConnectionID, _ failure: DBError?, now: Deadline) {
    guard let connection = connections[id], case .resetting = connection.state else { return }
    tally.resetting -= 1
    if let failure {
      if failure.meansServerLost { loseServer(through: id) }
      close(id, .failedReset)
    } else if let reason = isRunning ? reasonToRetire(connection, now) : .poolClosed {
      close(id, reason)
    } else {
      makeIdle(id, now)
    }
    settle(now)
  }

  mutating func closed(_ id: ConnectionID, now: Deadline) {
    guard let connection = connections[id], case .closing = connection.state else { return }
    connections[id] = nil
    tally.closing -= 1
    act(.giveBackCapacity)
    settle(now)
    finishIfDone()
  }
}

// MARK: - Time

extension PoolStateMachine {
  /// How long callers wait for the one dial of a half-open breaker.
  static let probePatience = Duration.seconds(1)
  /// How long after a failed dial connections are dialled that nobody waits for, and how often while others still work.
  static let refillPause = Duration.seconds(1)
  /// The same after a failure that dialling again cannot mend: repeated wrong passwords lock accounts.
  static let hopelessPause = Duration.seconds(30)

  /// The moment of a ``PoolAction/wake(_:)`` has come.
  mutating func timeReached(now: Deadline) {
    armed = .never
    while let waiter = waiters.removeOverdue(now) {
      counters.timedOutLeases += 1
      act(.tell(.leaseTimedOut))
      act(.fail(waiter.id, .timedOut))
    }
    if case .probing(let since) = health.state, now >= since + Self.probePatience, let failure = health.lastFailure {
      failAll(.down(failure))
    }
    warnOfLeaks(now)
    settle(now)
  }

  /// What ``ConnectionManager/run()`` asks for every now and then: closes what is idle for too long, pings what must be kept alive, fills up to
  /// the minimum, and probes a server that was down.
  mutating func housekeep(now: Deadline) {
    guard isRunning else { return }
    for id in idle {
      guard let connection = connections[id] else { continue }
      if let reason = reasonToRetire(connection, now) {
        idle.removeAll { $0 == id }
        close(id, reason)
      } else if let interval = configuration.keepAliveInterval, connection.lastProof + interval <= now {
        idle.removeAll { $0 == id }
        check(id)
      }
    }
    if case .down(let until) = health.state, now >= until { health.state = .probing(since: now) }
    settle(now)
  }

  mutating func watchForLeaks(since start: Deadline) {
    guard let limit = configuration.leakWarningAfter else { return }
    leakCheckAt = min(leakCheckAt, start + limit)
  }

  private mutating func warnOfLeaks(_ now: Deadline) {
    guard let limit = configuration.leakWarningAfter, leakCheckAt <= now else { return }
    leakCheckAt = .never
    for (id, var connection) in connections {
      connection.forEachLease { lease in
        guard !lease.isSuspected else { return }
        if lease.since + limit <= now {
          lease.isSuspected = true
          act(.tell(.leakSuspected(held: lease.since.elapsed(to: now), origin: lease.site.location)))
        } else {
          leakCheckAt = min(leakCheckAt, lease.since + limit)
        }
      }
      connections[id] = connection
    }
  }

  private mutating func arm() {
    var next = min(waiters.earliestDeadline ?? .never, leakCheckAt)
    switch health.state {
    case .failing(_, _, let retryAt) where demand > supply: next = min(next, retryAt)
    case .probing(let since) where !waiters.isEmpty: next = min(next, since + Self.probePatience)
    default: break
    }
    if lacksMinimum, tally.dialling + tally.asked == 0, case .up = health.state { next = min(next, health.refillAt) }
    guard next < armed else { return }
    armed = next
    act(.wake(next))
  }
}

// MARK: - Ending

extension PoolStateMachine {
  /// Stops lending, for good. Waiters are refused, idle connections closed, dials abandoned; what is lent may come back until ``closeLent()``.
  mutating func stop(_ refusal: Refusal) {
    switch phase {
    case .running: break
    case .stopping: return phase = .stopping(refusal)
    case .stopped: return
    }
    phase = .stopping(refusal)
    failAll(refusal)
    closeIdle(.poolClosed)
    for (id, connection) in connections where connection.isDialling { act(.abandonDial(id)) }
    if tally.asked > 0 {
      act(.withdrawAsks(tally.asked))
      tally.asked = 0
    }
    finishIfDone()
  }

  /// Closes connections under their borrowers, whose statements then fail, and under the pool's own pings and resets.
  mutating func closeLent() {
    for (id, connection) in connections {
      switch connection.state {
      case .leased, .shared: tally.sessions -= connection.leaseCount
      case .checking: tally.checking -= 1
      case .resetting: tally.resetting -= 1
      case .dialling, .idle, .closing: continue
      }
      shared.removeAll { $0 == id }
      close(id, .poolClosed)
    }
  }

  /// Stops a pool that nobody uses, to make room for another one.
  /// - Returns: `false` when somebody does.
  mutating func retire() -> Bool {
    guard isRunning, !isBusy else { return false }
    act(.tell(.evicted))
    stop(.evicted)
    return true
  }

  /// Closes an idle connection, the one unused for longest, so that another pool can have one.
  /// - Returns: `false` when there is none to spare.
  mutating func surrenderIdle(now: Deadline) -> Bool {
    guard isRunning, waiters.isEmpty, let id = idle.first else { return false }
    idle.removeFirst()
    close(id, .capacity)
    settle(now)
    return true
  }

  /// Whether somebody holds or awaits a session.
  var isBusy: Bool { tally.sessions > 0 || !waiters.isEmpty }

  private mutating func finishIfDone() {
    guard case .stopping = phase, connections.isEmpty else { return }
    phase = .stopped
    act(.finished)
  }
}

// MARK: - The balance of demand and supply

extension PoolStateMachine {
  /// How many connections waiters need that none is there for yet.
  var demand: Int {
    let forShared = waiters.sharedCount > 0 && shared.count < maximumShared ? 1 : 0
    return max(waiters.exclusiveCount + forShared, health.isProbing ? 1 : 0)
  }

  /// How many connections are on their way to being idle.
  var supply: Int { tally.checking + tally.resetting + tally.dialling + tally.asked }

  private var maximumShared: Int {
    if case .multiplexed(let connections, _) = mode { connections } else { 0 }
  }

  /// Serves whom it can, asks for the connections that lack, and sees to it that it is woken in time.
  mutating func settle(_ now: Deadline) {
    guard isRunning else { return }
    serve(now)
    giveUpIfExhausted(now)
    seekSupply(now)
    arm()
  }

  private mutating func serve(_ now: Deadline) {
    while let waiter = waiters.first(.shared), let id = sharedWithRoom(now) {
      resume(waiter, share(id, waiter.site, now))
    }
    while let waiter = firstInNeed(), let id = idle.last, let connection = connections[id] {
      if let reason = reasonToRetire(connection, now) {
        idle.removeLast()
        close(id, reason)
      } else if isProven(connection, now) {
        idle.removeLast()
        resume(waiter, waiter.kind == .shared ? share(id, waiter.site, now) : lendExclusively(id, waiter.site, now))
      } else if supply < demand {
        idle.removeLast()
        check(id)
      } else {
        return
      }
    }
  }

  /// Who has waited for longest among those that need a connection of their own or a first one to share.
  private mutating func firstInNeed() -> Waiter? {
    let exclusive = waiters.first(.exclusive)
    guard shared.count < maximumShared, let first = waiters.first(.shared) else { return exclusive }
    guard let exclusive else { return first }
    return exclusive.id.number < first.id.number ? exclusive : first
  }

  private mutating func resume(_ waiter: Waiter, _ lease: LeaseID) {
    _ = waiters.remove(waiter.id)
    act(.resume(waiter.id, lease, enqueued: waiter.enqueued))
  }

  private mutating func seekSupply(_ now: Deadline) {
    let wanted = wanted(now)
    while tally.asked < wanted, mayDial(now) {
      tally.asked += 1
      act(.askForCapacity)
    }
    if tally.asked > wanted {
      act(.withdrawAsks(tally.asked - wanted))
      tally.asked = wanted
    }
  }

  /// How many connections should be dialled beyond those that are: for those who wait, and up to the minimum.
  private func wanted(_ now: Deadline) -> Int {
    let forWaiters = demand - (tally.checking + tally.resetting + tally.dialling)
    let forMinimum = lacksMinimum && now >= health.refillAt ? minimumGap : 0
    return max(forWaiters, forMinimum, 0)
  }

  private func mayDial(_ now: Deadline) -> Bool {
    let underway = tally.dialling + tally.asked
    guard tally.open + tally.closing + underway < configuration.maximumConnections else { return false }
    switch health.state {
    case .up: return underway < configuration.maximumConcurrentDials
    case .failing(_, _, let retryAt): return underway == 0 && now >= retryAt
    case .probing: return underway == 0
    case .down: return false
    }
  }

  private var minimumGap: Int { configuration.minimumConnections - tally.open - tally.dialling }
  private var lacksMinimum: Bool { wasUsed && minimumGap > 0 }

  private mutating func learn(from error: DBError, _ now: Deadline) {
    health.epoch += 1
    guard error.isMendedByDialling else {
      health.state = .up
      health.refillAt = now + Self.hopelessPause
      return failAll(.dialFailed(error))
    }
    switch health.state {
    case .up: fail(error, since: now, attempts: 1, now)
    case .failing(let since, let attempts, _): fail(error, since: since, attempts: attempts + 1, now)
    case .probing: trip(error, now)
    case .down: break
    }
  }

  private mutating func fail(_ error: DBError, since: Deadline, attempts: Int, _ now: Deadline) {
    let delays = configuration.dialRetryDelays
    let isOver =
      attempts > delays.count || error.code == .timeout
      || since + configuration.circuitBreakerTripAfter <= now
    guard isOver else {
      health.state = .failing(since: since, attempts: attempts, retryAt: now + delays[attempts - 1])
      return
    }
    // Callers may still be served by connections that are open; another dial is tried now and then.
    health.state = .failing(since: since, attempts: max(attempts, delays.count + 1), retryAt: now + Self.refillPause)
  }

  /// Opens the breaker when the attempts are used up and no connection is left that could still serve somebody.
  private mutating func giveUpIfExhausted(_ now: Deadline) {
    guard case .failing(_, let attempts, let retryAt) = health.state, now < retryAt,
      attempts > configuration.dialRetryDelays.count, tally.open == 0, let failure = health.lastFailure
    else { return }
    trip(failure, now)
  }

  private mutating func trip(_ error: DBError, _ now: Deadline) {
    let wasDown = health.summary == .down
    health.state = .down(until: now + configuration.circuitBreakerCoolDown)
    if !wasDown { act(.tell(.breakerOpened(error))) }
    failAll(.dialFailed(error))
  }

  private mutating func failAll(_ refusal: Refusal) {
    for waiter in waiters.removeAll() {
      counters.refusedLeases += 1
      act(.fail(waiter.id, refusal))
    }
  }
}
