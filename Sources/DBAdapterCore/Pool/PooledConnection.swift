/// One loan: who has it since when.
struct LeaseRecord: Sendable {
  let number: UInt64
  let since: Deadline
  let site: CallSite
  var isSuspected = false
}

/// A connection as its pool sees it.
struct PooledConnection: Sendable {
  enum State: Sendable {
    /// → `idle`, `closing`, or gone when the dial fails
    case dialling
    /// → `checking`, `leased`, `shared`, `closing`
    case idle
    /// Pinged before it is lent, or to keep it alive. → `idle`, `closing`
    case checking
    /// → `resetting`, `idle`, `closing`
    case leased(LeaseRecord)
    /// Carries several sessions. → `resetting`, `idle`, `closing`
    case shared([UInt64: LeaseRecord])
    /// → `idle`, `closing`
    case resetting
    /// → gone
    case closing
  }

  let generation: Int
  /// Of the dial health when the dial began.
  let epoch: Int
  let dialledAt: Deadline
  var state = State.dialling
  var expiresAt = Deadline.never
  var idleSince = Deadline.never
  /// When the server last answered on it.
  var lastProof = Deadline.never
  /// Takes no more sessions, and is closed when the last one leaves.
  var isCondemned = false

  var isDialling: Bool { if case .dialling = state { true } else { false } }

  var leaseCount: Int {
    switch state {
    case .leased: 1
    case .shared(let leases): leases.count
    case .dialling, .idle, .checking, .resetting, .closing: 0
    }
  }

  var isLent: Bool { leaseCount > 0 }

  mutating func rest(_ now: Deadline) {
    state = .idle
    idleSince = now
    lastProof = now
  }

  mutating func forEachLease(_ body: (inout LeaseRecord) -> Void) {
    switch state {
    case .leased(var record):
      body(&record)
      state = .leased(record)
    case .shared(let leases):
      state = .shared(
        leases.mapValues { lease in
          var lease = lease
          body(&lease)
          return lease
        })
    case .dialling, .idle, .checking, .resetting, .closing: break
    }
  }
}

/// How many connections a pool has in which state. `open` are those neither dialling nor closing.
struct PoolTally: Sendable, Equatable {
  var open = 0
  /// Asked for, and not granted yet.
  var asked = 0
  var dialling = 0
  var checking = 0
  var resetting = 0
  var closing = 0
  /// Lent sessions.
  var sessions = 0
}

extension PoolStateMachine {
  // MARK: Lending

  /// An idle connection that may be lent as it is, the one used last; those that may not be lent at all are closed on the way.
  mutating func takeReady(_ now: Deadline) -> ConnectionID? {
    var index = idle.endIndex
    while index > idle.startIndex {
      index -= 1
      guard let connection = connections[idle[index]] else { continue }
      if let reason = reasonToRetire(connection, now) {
        close(idle.remove(at: index), reason)
      } else if isProven(connection, now) {
        return idle.remove(at: index)
      }
    }
    return nil
  }

  mutating func lend(_ id: ConnectionID, _ kind: LeaseKind, _ site: CallSite, _ now: Deadline) -> LeaseID {
    guard kind == .exclusive else { return share(id, site, now) }
    let record = makeRecord(site, now)
    connections[id]?.state = .leased(record)
    return LeaseID(connection: id, number: record.number)
  }

  mutating func share(_ id: ConnectionID, _ site: CallSite, _ now: Deadline) -> LeaseID {
    let record = makeRecord(site, now)
    if case .shared(var leases)? = connections[id]?.state {
      leases[record.number] = record
      connections[id]?.state = .shared(leases)
    } else {
      connections[id]?.state = .shared([record.number: record])
      shared.append(id)
    }
    return LeaseID(connection: id, number: record.number)
  }

  /// The shared connection with the fewest sessions that takes one more.
  mutating func sharedWithRoom(_ now: Deadline) -> ConnectionID? {
    guard case .multiplexed(_, let limit) = mode else { return nil }
    for id in shared {
      guard let connection = connections[id] else { continue }
      if reasonToRetire(connection, now) != nil { condemn(id) }
    }
    return shared.dropFirst(mustFreeShared ? 1 : 0).filter { (connections[$0]?.leaseCount ?? limit) < limit }
      .min { (connections[$0]?.leaseCount ?? 0) < (connections[$1]?.leaseCount ?? 0) }
  }

  /// Whether all connections are shared while a caller waits for one of its own: the oldest then takes no new sessions, or that caller would
  /// wait for as long as sessions overlap.
  private var mustFreeShared: Bool {
    waiters.exclusiveCount > 0 && shared.count >= configuration.maximumConnections
  }

  private mutating func makeRecord(_ site: CallSite, _ now: Deadline) -> LeaseRecord {
    tally.sessions += 1
    counters.leases += 1
    watchForLeaks(since: now)
    return LeaseRecord(number: makeNumber(), since: now, site: site)
  }

  /// Ends one loan.
  /// - Returns: `nil` when there is none such, because its connection was closed under it.
  mutating func endLease(_ lease: LeaseID, _ now: Deadline) -> LeaseRecord? {
    switch connections[lease.connection]?.state {
    case .leased(let record) where record.number == lease.number:
      endLastLease(lease.connection, now)
      return record
    case .shared(var leases):
      guard let record = leases.removeValue(forKey: lease.number) else { return nil }
      if leases.isEmpty {
        endLastLease(lease.connection, now)
        shared.removeAll { $0 == lease.connection }
      } else {
        tally.sessions -= 1
        connections[lease.connection]?.state = .shared(leases)
      }
      return record
    default: return nil
    }
  }

  private mutating func endLastLease(_ id: ConnectionID, _ now: Deadline) {
    tally.sessions -= 1
    connections[id]?.rest(now)
  }

  /// A shared connection takes no more sessions; it no longer counts among those that are shared.
  mutating func condemn(_ id: ConnectionID) {
    connections[id]?.isCondemned = true
    shared.removeAll { $0 == id }
  }

  // MARK: Coming and going

  mutating func makeIdle(_ id: ConnectionID, _ now: Deadline) {
    connections[id]?.rest(now)
    idle.append(id)
  }

  mutating func check(_ id: ConnectionID) {
    connections[id]?.state = .checking
    tally.checking += 1
    act(.check(id))
  }

  /// Closes an open connection that is on no list any more.
  mutating func close(_ id: ConnectionID, _ reason: CloseReason) {
    connections[id]?.state = .closing
    tally.open -= 1
    tally.closing += 1
    counters.closedConnections += 1
    act(.tell(.closed(reason)))
    act(.close(id, reason))
  }

  mutating func closeIdle(_ reason: CloseReason) {
    let ids = idle
    idle = []
    for id in ids { close(id, reason) }
  }

  /// The server was lost: no connection of this generation is lent again. Said by a connection of an older one, it is no news.
  mutating func loseServer(through id: ConnectionID) {
    guard connections[id]?.generation == generation else { return }
    generation += 1
    act(.tell(.generationRaised(generation)))
    closeIdle(.staleGeneration)
    for id in shared { condemn(id) }
  }

  // MARK: Judging

  /// Why a connection must not be lent again, if so.
  func reasonToRetire(_ connection: PooledConnection, _ now: Deadline) -> CloseReason? {
    if connection.generation != generation { return .staleGeneration }
    if connection.expiresAt <= now { return .lifetime }
    // What became idle this moment may be lent even if the limit is nothing.
    guard case .idle = connection.state, let limit = configuration.idleTimeout, connection.idleSince < now,
      connection.idleSince + limit <= now, tally.open > configuration.minimumConnections
    else { return nil }
    return .idle
  }

  /// Whether the server answered on it so lately that it need not be asked again.
  func isProven(_ connection: PooledConnection, _ now: Deadline) -> Bool {
    connection.lastProof + configuration.validateAfterIdle >= now
  }

  func expiry(_ random: Double, _ now: Deadline) -> Deadline {
    guard let lifetime = configuration.maximumLifetime else { return .never }
    return now + lifetime * (1 - configuration.lifetimeJitter * random)
  }
}
