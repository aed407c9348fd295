@testable import DBAdapterCore

extension PoolDriver {
  /// What must hold after every step, whatever happened.
  func verify() {
    verifyTally()
    verifyLists()
    verifyWork()
    verifyLiveness()
  }

  private func verifyTally() {
    var recount = PoolTally()
    var idle = 0
    for connection in machine.connections.values {
      recount.sessions += connection.leaseCount
      switch connection.state {
      case .dialling: recount.dialling += 1
      case .closing: recount.closing += 1
      case .checking: recount.checking += 1
      case .resetting: recount.resetting += 1
      case .idle: idle += 1
      case .leased, .shared: break
      }
    }
    recount.open = machine.connections.count - recount.dialling - recount.closing
    recount.asked = machine.tally.asked
    let tally = machine.tally
    if recount != tally { fault("the tally \(tally) is not what a recount gives, \(recount)") }
    if tally.sessions != leases.count { fault("\(tally.sessions) sessions are counted, \(leases.count) are lent") }
    let taken = tally.open + tally.dialling + tally.closing
    if taken + tally.asked > machine.configuration.maximumConnections { fault("more connections than the maximum") }
    if taken != granted { fault("\(taken) connections have room for \(granted)") }
    if tally.asked != wish.count, machine.isRunning {
      fault("\(tally.asked) are asked for, the wish says \(wish.count)")
    }
    if tally.dialling > machine.configuration.maximumConcurrentDials { fault("too many dials at once") }
    let snapshot = machine.snapshot(
      Self.identity, leaseWait: LatencySummary(), execution: LatencySummary(), now: now)
    if snapshot.total != snapshot.active + snapshot.idle || snapshot.active < 0 || snapshot.idle != idle {
      fault("the snapshot's numbers do not add up")
    }
    if snapshot.waiting != waiting { fault("\(snapshot.waiting) callers wait, by the snapshot; really \(waiting)") }
  }

  private func verifyLists() {
    var idle: Set<ConnectionID> = []
    var shared: Set<ConnectionID> = []
    for (id, connection) in machine.connections {
      if case .idle = connection.state { idle.insert(id) }
      if case .shared(let leases) = connection.state {
        if leases.isEmpty { fault("a shared connection carries no session") }
        if !connection.isCondemned { shared.insert(id) }
      }
    }
    if Set(machine.idle) != idle || machine.idle.count != idle.count { fault("the list of idle connections is wrong") }
    if Set(machine.shared) != shared || machine.shared.count != shared.count {
      fault("the list of shared ones is wrong")
    }
    if shared.count > machine.maximumShared { fault("too many connections are shared") }
  }

  /// Every dial, check, reset and close of the machine's is one that waits for its answer.
  private func verifyWork() {
    func expected(_ isState: (PooledConnection.State) -> Bool) -> Set<ConnectionID> {
      Set(machine.connections.filter { isState($0.value.state) }.keys)
    }
    if Set(dials) != expected({ if case .dialling = $0 { true } else { false } }) {
      fault("dials are not those asked for")
    }
    // The pool's own pings and resets go on while their connections are closed under them.
    if !expected({ if case .checking = $0 { true } else { false } }).isSubset(of: checks) {
      fault("a check is missing")
    }
    if !expected({ if case .resetting = $0 { true } else { false } }).isSubset(of: resets) {
      fault("a reset is missing")
    }
    if Set(closings) != expected({ if case .closing = $0 { true } else { false } })
      || Set(closings).count != closings.count
    {
      fault("closes are not those asked for")
    }
  }

  private func verifyLiveness() {
    guard machine.isRunning else {
      if waiting > 0 { fault("callers wait for a pool that lends no more") }
      let isEmpty = machine.connections.isEmpty
      if finishes != (isEmpty ? 1 : 0) { fault("the end was told \(finishes) times") }
      return
    }
    if finishes > 0 { fault("a pool that runs has ended") }
    guard waiting > 0 else { return }
    if let next = machine.waiters.earliestDeadline, wakeAt > max(next, now) { fault("nobody is woken at a deadline") }
    var copy = machine
    if machine.waiters.sharedCount > 0, copy.sharedWithRoom(now) != nil {
      fault("a caller waits though there is room to share")
    }
    let tally = machine.tally
    let isAtWork = tally.checking + tally.resetting + tally.dialling + tally.asked > 0
    let hasRoom = tally.open + tally.closing + tally.dialling < machine.configuration.maximumConnections
    guard machine.demand > 0, !isAtWork else { return }
    if !machine.idle.isEmpty { fault("a caller waits though a connection is idle") }
    guard hasRoom else { return }
    switch machine.health.state {
    case .up, .probing: fault("a caller waits, and nobody dials")
    case .failing(_, _, let retryAt): if wakeAt > max(retryAt, now) { fault("nobody is woken to dial again") }
    case .down: fault("a caller waits though the breaker is open")
    }
  }

  static let identity = PoolIdentity(
    id: "memory-1", kind: DatabaseKind(rawValue: "memory"), endpoint: "memory", database: nil, access: .readOnly,
    preference: .primary)
}
