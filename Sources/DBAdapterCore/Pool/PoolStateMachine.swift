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
  private var wish = CapacityWish(number: 0, count: 0, isUrgent: false)
  /// After a wish was denied: when connections that nobody waits for may be wished for again.
  private var wishAgainAt = Deadline(nanoseconds: 0)

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
      // A shared connection may just have been found too old to take more sessions, and others wait for it.
      settle(now)
      return nil
    }
    return .lend(lend(id, kind, site, now))
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
  /// - Returns: `nil` when there is no such loan, because its connection was closed under it.
  mutating func release(
    _ lease: LeaseID, _ end: LeaseEnd, under pressure: CapacityPressure? = nil, now: Deadline
  ) -> Release? {
    guard let record = endLease(lease, now) else { return nil }
    var release = Release(held: record.since.elapsed(to: now))
    lastUsed = now
    if end == .serverLost { loseServer(through: lease.connection) }
    guard let connection = connections[lease.connection], !connection.isLent else {
      if end == .spent || end == .serverLost { condemn(lease.connection) }
      settle(now)
      return release
    }
    if let reason = reasonToClose(connection, end, now) {
      close(lease.connection, reason)
    } else if let pressure, yields(to: pressure) {
      close(lease.connection, .capacity)
      release.hasYielded = true
    } else if end == .dirty {
      connections[lease.connection]?.state = .resetting
      tally.resetting += 1
      act(.reset(lease.connection))
    } else {
      makeIdle(lease.connection, now)
    }
    settle(now)
    return release
  }

  /// Why callers get nothing just now, if so.
  private func refusal(_ now: Deadline) -> Refusal? {
    switch phase {
    case .running: break
    case .stopping(let refusal): return refusal
    case .stopped: return .evicted
    }
    guard let failure = health.lastFailure else { return nil }
    if case .down(let until) = health.state, now < until { return .down(failure) }
    if let patienceEnds, patienceEnds <= now { return .down(failure) }
    return nil
  }

  /// Until when callers wait for the dial that probes a server that was down.
  private var patienceEnds: Deadline? {
    guard case .probing(let since) = health.state, tally.dialling > 0 else { return nil }
    return since + Self.probePatience
  }

  private mutating func refuse(_ refusal: Refusal) -> LeaseDecision {
    counters.refusedLeases += 1
    return .refuse(refusal)
  }

  /// Whether a connection that was just given back goes to another pool: when nobody waits here, or the other pool has none at all and waited
  /// for longer.
  private mutating func yields(to pressure: CapacityPressure) -> Bool {
    guard !waiters.isEmpty else { return true }
    guard pressure.isDesperate else { return false }
    return LeaseKind.allCases.allSatisfy { kind in waiters.first(kind).map { pressure.since < $0.enqueued } ?? true }
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
    if health.isProbing { health.state = .probing(since: now) }
    let id = ConnectionID(number: makeNumber())
    connections[id] = PooledConnection(generation: generation, epoch: health.epoch, dialledAt: now)
    tally.dialling += 1
    act(.dial(id))
    settle(now)
  }

  /// There is no room now for what a wish had in mind for the pool's minimum, or for a probe nobody waits for.
  mutating func capacityDenied(_ denied: CapacityWish, now: Deadline) {
    guard denied.number == wish.number, tally.asked > 0 else { return }
    tally.asked = 0
    wishAgainAt = now + Self.refillPause
    settle(now)
  }

  /// - Parameter random: from 0 to 1, for the jitter of its lifetime.
  mutating func dialled(_ id: ConnectionID, random: Double, now: Deadline) {
    guard let dialledAt = connections[id]?.dialledAt, connections[id]?.isDialling == true else { return }
    tally.dialling -= 1
    tally.open += 1
    counters.openedConnections += 1
    act(.tell(.opened(after: dialledAt.elapsed(to: now))))
    closeBreaker()
    health.lastFailure = nil
    health.refillAt = now
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
    health.refillAt = max(health.refillAt, now + Self.refillPause)
    act(.tell(.dialFailed(error)))
    if dial.epoch == health.epoch { learn(from: error, dialledAt: dial.dialledAt, now) }
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
    if let patienceEnds, patienceEnds <= now, let failure = health.lastFailure { failAll(.down(failure)) }
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
    guard let limit = configuration.leakWarningAfter, start + limit < leakCheckAt else { return }
    leakCheckAt = start + limit
    arm(start)
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

  /// Asks to be woken when the next thing is due. What is due already and cannot be done waits for another event, not for time: woken for it,
  /// the machine would ask to be woken again at once.
  private mutating func arm(_ now: Deadline) {
    var next = min(waiters.earliestDeadline ?? .never, leakCheckAt)
    if case .failing(_, _, let retryAt) = health.state, now < retryAt, demand > supply { next = min(next, retryAt) }
    if !waiters.isEmpty, let patienceEnds { next = min(next, patienceEnds) }
    if tally.dialling + tally.asked == 0 {
      let refillAt = max(health.refillAt, wishAgainAt)
      if lacksMinimum, health.isUp, now < refillAt { next = min(next, refillAt) }
      if health.isProbing, now < wishAgainAt { next = min(next, wishAgainAt) }
    }
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
    want(0, isUrgent: false)
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
    isBusy ? false : evict()
  }

  /// Stops a pool, whoever uses it; what is lent is closed when it comes back.
  /// - Returns: `false` when it was stopped before.
  mutating func evict() -> Bool {
    guard isRunning else { return false }
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

  /// Whether another pool could have something of this one: a connection, or its place.
  var canYield: Bool { isRunning && waiters.isEmpty && (tally.sessions == 0 || !idle.isEmpty) }

  private mutating func finishIfDone() {
    guard case .stopping = phase, connections.isEmpty else { return }
    phase = .stopped
    act(.finished)
  }
}

// MARK: - The balance of demand and supply

extension PoolStateMachine {
  /// How many connections waiters need that none is there for yet.
  var demand: Int { waiters.exclusiveCount + (waiters.sharedCount > 0 && shared.count < maximumShared ? 1 : 0) }

  /// How many connections are on their way to being idle.
  var supply: Int { tally.checking + tally.resetting + tally.dialling + tally.asked }

  var maximumShared: Int {
    if case .multiplexed(let connections, _) = mode { connections } else { 0 }
  }

  /// Serves whom it can, asks for the connections that lack, and sees to it that it is woken in time.
  mutating func settle(_ now: Deadline) {
    guard isRunning else { return }
    serve(now)
    giveUpIfExhausted(now)
    seekSupply(now)
    arm(now)
  }

  private mutating func serve(_ now: Deadline) {
    serveShared(now)
    while let waiter = firstInNeed(), let id = takeReady(now) {
      resume(waiter, lend(id, waiter.kind, waiter.site, now))
      serveShared(now)
    }
    // What is left has to be pinged first. That is quick, so dials and resets under way are not waited for.
    while tally.checking < demand, let id = idle.popLast() { check(id) }
  }

  private mutating func serveShared(_ now: Deadline) {
    while let waiter = waiters.first(.shared), let id = sharedWithRoom(now) {
      resume(waiter, share(id, waiter.site, now))
    }
  }

  /// Who has waited for longest among those that need a connection of their own or a first one to share.
  private mutating func firstInNeed() -> Waiter? {
    let exclusive = waiters.first(.exclusive)
    guard shared.count < maximumShared, let first = waiters.first(.shared) else { return exclusive }
    guard let exclusive else { return first }
    return exclusive.arrival < first.arrival ? exclusive : first
  }

  private mutating func resume(_ waiter: Waiter, _ lease: LeaseID) {
    _ = waiters.remove(waiter.id)
    act(.resume(waiter.id, lease, waiter.kind, enqueued: waiter.enqueued))
  }

  private mutating func seekSupply(_ now: Deadline) {
    let forWaiters = demand - (tally.checking + tally.resetting + tally.dialling)
    let wanted = forWaiters > 0 ? forWaiters : forNobody(now)
    let mayBegin = min(
      health.concurrentDials(configuration, now) - tally.dialling,
      configuration.maximumConnections - tally.open - tally.closing - tally.dialling)
    want(max(min(wanted, mayBegin), 0), isUrgent: forWaiters > 0)
  }

  /// How many connections to open though no caller waits for them: up to the minimum, and one to probe a server that was down.
  private func forNobody(_ now: Deadline) -> Int {
    guard now >= wishAgainAt else { return 0 }
    return max(lacksMinimum && now >= health.refillAt ? minimumGap : 0, health.isProbing ? 1 - tally.dialling : 0)
  }

  private mutating func want(_ count: Int, isUrgent: Bool) {
    guard count != tally.asked || count > 0 && isUrgent != wish.isUrgent else { return }
    tally.asked = count
    wish = CapacityWish(number: wish.number + 1, count: count, isUrgent: isUrgent)
    act(.want(wish))
  }

  private var minimumGap: Int { configuration.minimumConnections - tally.open - tally.dialling }
  private var lacksMinimum: Bool { wasUsed && minimumGap > 0 }

  private mutating func learn(from error: DBError, dialledAt: Deadline, _ now: Deadline) {
    health.epoch += 1
    guard error.isMendedByDialling else {
      closeBreaker()
      health.refillAt = now + Self.hopelessPause
      return failAll(.dialFailed(error))
    }
    switch health.state {
    // A failure of long ago is not the beginning of this one.
    case .failing(let since, let attempts, let retryAt) where dialledAt <= retryAt + Self.refillPause:
      fail(error, since: since, attempts: attempts + 1, now)
    case .up, .failing: fail(error, since: now, attempts: 1, now)
    case .probing: trip(error, now)
    case .down: break
    }
  }

  /// A dial got through to the server, whatever the server said to it.
  private mutating func closeBreaker() {
    if health.summary == .down { act(.tell(.breakerClosed)) }
    health.state = .up
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
