import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// Stands in for the shell of a ``PoolStateMachine``: owns the clock, keeps what the machine wants done until a test answers it, and holds the
/// machine to its promises after every step.
final class PoolDriver {
  enum Answer {
    case lent(LeaseID)
    case refused(Refusal)
  }

  struct Wait {
    let kind: LeaseKind
    let since: Deadline
    let deadline: Deadline
    var answer: Answer?
  }

  var machine: PoolStateMachine
  private(set) var now: Deadline
  /// Whether wishes for room are granted as soon as they are made.
  var grantsAtOnce = true
  /// Said with every fault: what a trace needs to be repeated.
  let context: String

  private(set) var dials: [ConnectionID] = []
  private(set) var checks: [ConnectionID] = []
  private(set) var resets: [ConnectionID] = []
  private(set) var closings: [ConnectionID] = []
  private(set) var abandoned: Set<ConnectionID> = []
  private(set) var leases: [LeaseID: LeaseKind] = [:]
  private(set) var waits: [WaiterID: Wait] = [:]
  /// Who waits, by kind, in the order they came.
  private var queues: [LeaseKind: [WaiterID]] = [:]
  private(set) var waiting = 0
  private(set) var events: [PoolEvent] = []
  private(set) var wish = CapacityWish(number: 0, count: 0, isUrgent: false)
  /// Wishes for room and what was given back of it, for a test with several pools.
  var forTheBroker: [PoolAction] = []
  /// Room the pool has been granted, and not given back.
  private(set) var granted = 0
  private(set) var wakeAt = Deadline.never
  private(set) var finishes = 0
  private(set) var hasFault = false
  private var isClosingLent = false
  private var nextWaiter: UInt64 = 1 << 40

  init(
    _ configuration: PoolConfiguration = PoolConfiguration(), mode: LeaseMode = .exclusive,
    keepsConnections: Bool = true, context: String = ""
  ) {
    now = Deadline(nanoseconds: 1_000_000_000_000)
    machine = PoolStateMachine(configuration, mode: mode, keepsConnections: keepsConnections, now: now)
    self.context = context
  }

  static let site = CallSite(file: "App/Orders.swift", line: 7)
  static let refused = DBError(.connectionFailed, "connection refused", retry: .safe)
  static let wrongPassword = DBError(.authenticationFailed, "the password is wrong", retry: .never)
  static let gone = DBError(.connectionLost, "the server closed the connection", retry: .ifIdempotent)
}

// MARK: - Callers

extension PoolDriver {
  /// Asks for a session as the shell does: at once if possible, else waiting.
  @discardableResult
  func lease(_ kind: LeaseKind = .exclusive, timeout: Duration = .seconds(10)) -> WaiterID {
    let id = WaiterID(number: nextWaiter)
    nextWaiter += 1
    let atOnce = machine.leaseNow(kind, Self.site, now: now)
    if atOnce == nil { pump() }
    waiting += 1
    waits[id] = Wait(kind: kind, since: now, deadline: now + timeout)
    let waiter = Waiter(id: id, kind: kind, site: Self.site, enqueued: now, deadline: now + timeout)
    let decision = atOnce ?? machine.enqueue(waiter, now: now)
    switch decision {
    case .lend(let lease):
      if !queues[kind, default: []].isEmpty { fault("a caller overtook those of its kind that wait") }
      answer(id, .lent(lease))
    case .refuse(let refusal): answer(id, .refused(refusal))
    case .wait: queues[kind, default: []].append(id)
    }
    pump()
    return id
  }

  func cancel(_ id: WaiterID) {
    let wasWaiting = isWaiting(id)
    if machine.cancel(id, now: now) != wasWaiting { fault("a cancelled waiter was not found, or found twice") }
    if wasWaiting { answer(id, .refused(.cancelled)) }
    pump()
  }

  @discardableResult
  func release(
    _ lease: LeaseID, _ end: LeaseEnd = .clean, under pressure: CapacityPressure? = nil
  ) -> Release? {
    let wasLent = leases.removeValue(forKey: lease) != nil
    let release = machine.release(lease, end, under: pressure, now: now)
    if wasLent != (release != nil), !isClosingLent { fault("a loan ended that was none, or did not end") }
    pump()
    return release
  }

  func release(of waiter: WaiterID, _ end: LeaseEnd = .clean) {
    guard let lease = lease(of: waiter) else { return fault("the caller has no session to give back") }
    release(lease, end)
  }

  func lease(of waiter: WaiterID) -> LeaseID? {
    if case .lent(let lease)? = waits[waiter]?.answer { lease } else { nil }
  }

  func refusal(of waiter: WaiterID) -> Refusal? {
    if case .refused(let refusal)? = waits[waiter]?.answer { refusal } else { nil }
  }

  func isWaiting(_ waiter: WaiterID) -> Bool { waits[waiter].map { $0.answer == nil } ?? false }

  /// Sorted, so that a random choice among them can be repeated.
  var waitingIDs: [WaiterID] { queues.values.joined().sorted { $0.number < $1.number } }
  var lent: [LeaseID] { leases.keys.sorted { $0.number < $1.number } }
}

// MARK: - Answers

extension PoolDriver {
  /// Grants what is wished for, as far as there is room.
  func grant(_ count: Int = .max) {
    var left = count
    while left > 0, wish.count > 0 {
      left -= 1
      grantOne()
    }
  }

  /// Room arrives that may no longer be wished for.
  func grantOne() {
    acceptOne()
    pump()
  }

  private func acceptOne() {
    granted += 1
    wish = CapacityWish(number: wish.number, count: max(wish.count - 1, 0), isUrgent: wish.isUrgent)
    machine.capacityGranted(now: now)
  }

  func deny(_ wish: CapacityWish) {
    if wish.number == self.wish.number {
      self.wish = CapacityWish(number: wish.number, count: 0, isUrgent: wish.isUrgent)
    }
    machine.capacityDenied(wish, now: now)
    pump()
  }

  func dialSucceeds(_ id: ConnectionID? = nil, random: Double = 0) {
    guard let id = take(id, \.dials) else { return }
    machine.dialled(id, random: random, now: now)
    pump()
  }

  func dialFails(_ error: DBError = PoolDriver.refused, _ id: ConnectionID? = nil) {
    guard let id = take(id, \.dials) else { return }
    machine.dialFailed(id, error, now: now)
    pump()
  }

  func checkEnds(_ failure: DBError? = nil, _ id: ConnectionID? = nil) {
    guard let id = take(id, \.checks) else { return }
    machine.checked(id, failure, now: now)
    pump()
  }

  func resetEnds(_ failure: DBError? = nil, _ id: ConnectionID? = nil) {
    guard let id = take(id, \.resets) else { return }
    machine.resetEnded(id, failure, now: now)
    pump()
  }

  func closeEnds(_ id: ConnectionID? = nil) {
    guard let id = take(id, \.closings) else { return }
    machine.closed(id, now: now)
    pump()
  }

  /// Closes end until none is left.
  func closeAll() { while !closings.isEmpty { closeEnds() } }

  private func take(_ id: ConnectionID?, _ list: ReferenceWritableKeyPath<PoolDriver, [ConnectionID]>) -> ConnectionID?
  {
    guard let index = id.map({ self[keyPath: list].firstIndex(of: $0) }) ?? self[keyPath: list].indices.first else {
      fault("there is nothing of the kind to answer")
      return nil
    }
    return self[keyPath: list].remove(at: index)
  }

  /// A lender with open connections: as many as given, all idle.
  func warm(_ count: Int) {
    let waiters = (0..<count).map { _ in lease() }
    while !dials.isEmpty { dialSucceeds() }
    for waiter in waiters { release(of: waiter) }
  }
}

// MARK: - Time and the end

extension PoolDriver {
  /// Lets time pass, and wakes the machine whenever it asked for it.
  func advance(by duration: Duration) {
    let end = now + duration
    while wakeAt <= end {
      now = max(now, wakeAt)
      wake()
    }
    now = end
    verify()
  }

  func wake() {
    wakeAt = .never
    machine.timeReached(now: now)
    pump()
    if wakeAt <= now { fault("the machine was woken, and asks to be woken for the past") }
  }

  func housekeep() {
    machine.housekeep(now: now)
    pump()
  }

  func stop(_ refusal: Refusal = .shutDown) {
    machine.stop(refusal)
    pump()
  }

  func closeLent() {
    isClosingLent = true
    machine.closeLent()
    leases = [:]
    pump()
  }

  func retire() -> Bool {
    defer { pump() }
    return machine.retire()
  }

  func surrenderIdle() -> Bool {
    defer { pump() }
    return machine.surrenderIdle(now: now)
  }

  /// Moves the clock without waking anybody: for several pools with one clock.
  func setClock(_ moment: Deadline) { now = moment }

  func forgetEvents() { events = [] }
}

// MARK: - What the machine wants

extension PoolDriver {
  private func pump() {
    var actions = machine.drainActions()[...]
    while let action = actions.popFirst() {
      take(action)
      if grantsAtOnce, wish.count > 0, actions.isEmpty {
        acceptOne()
        actions = machine.drainActions()[...]
      }
    }
    verify()
  }

  private func take(_ action: PoolAction) {
    switch action {
    case .want(let wish):
      if wish.number <= self.wish.number { fault("a wish is no newer than the one before") }
      self.wish = wish
      forTheBroker.append(action)
    case .giveBackCapacity:
      granted -= 1
      forTheBroker.append(action)
    case .dial(let id): dials.append(id)
    case .abandonDial(let id):
      if !dials.contains(id) { fault("a dial was abandoned that is none") }
      abandoned.insert(id)
    case .check(let id): checks.append(id)
    case .reset(let id): resets.append(id)
    case .close(let id, _):
      if leases.keys.contains(where: { $0.connection == id }) { fault("a lent connection was closed") }
      closings.append(id)
    case .resume(let waiter, let lease, _, let enqueued):
      if waits[waiter]?.since != enqueued { fault("a waiter was mistaken for another") }
      answer(waiter, .lent(lease))
    case .fail(let waiter, let refusal):
      if case .timedOut = refusal, let wait = waits[waiter], wait.deadline > now { fault("a waiter gave up too early") }
      answer(waiter, .refused(refusal))
    case .wake(let moment): wakeAt = min(wakeAt, moment)
    case .tell(let event): events.append(event)
    case .finished: finishes += 1
    }
  }

  private func answer(_ id: WaiterID, _ answer: Answer) {
    guard let wait = waits[id], wait.answer == nil else { return fault("a waiter was answered twice") }
    waits[id]?.answer = answer
    waiting -= 1
    let index = queues[wait.kind, default: []].firstIndex(of: id)
    if let index { queues[wait.kind]?.remove(at: index) }
    guard case .lent(let lease) = answer else { return }
    if let index, index > 0 { fault("a waiter overtook one of its kind") }
    let others = leases.keys.filter { $0.connection == lease.connection }
    if others.contains(where: { leases[$0] == .exclusive }) || wait.kind == .exclusive && !others.isEmpty {
      fault("an exclusive session shares its connection")
    }
    if case .multiplexed(_, let limit) = machine.mode, others.count >= limit { fault("too many sessions share") }
    leases[lease] = wait.kind
  }

  func fault(_ text: String) {
    if !hasFault {
      Issue.record(
        """
        \(text) [\(context)] at \(now.nanoseconds): \(machine.phase), \(machine.health), \(machine.tally), idle \(machine.idle), \
        shared \(machine.shared), \(wish), waiting \(waiting), woken at \(wakeAt.nanoseconds), \(machine.mode), \(machine.configuration)
        """)
    }
    hasFault = true
  }
}
