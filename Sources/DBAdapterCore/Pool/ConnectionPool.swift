/// The pool of one configuration: a ``PoolStateMachine`` behind a lock, and the tasks that carry out what it says.
final class ConnectionPool: Sendable {
  private struct State: Sendable {
    var machine: PoolStateMachine
    var adapters: [ConnectionID: any IDBAdapter] = [:]
    var dials: [ConnectionID: Task<Void, Never>] = [:]
    var callers: [WaiterID: UnsafeContinuation<Result<Lease, Refusal>, Never>] = [:]
    var awaitingEnd: [UnsafeContinuation<Void, Never>] = []
    /// The last connection is closed, and the connector shut down.
    var hasEnded = false
    /// Pools that close before this one does.
    var readers: [ConnectionPool] = []
  }

  /// What is left to do once the lock is left.
  private enum Effect: Sendable {
    case resume(UnsafeContinuation<Result<Lease, Refusal>, Never>, Result<Lease, Refusal>)
    case cancel(Task<Void, Never>)
    case ping(ConnectionID, any IDBAdapter)
    case reset(ConnectionID, any IDBAdapter)
    case close(ConnectionID, any IDBAdapter)
    case dial(ConnectionID)
    case want(CapacityWish)
    case giveBackCapacity
    case wake(Deadline)
    case tell(PoolEvent)
    case finished
  }

  let id: PoolID
  let configuration: PoolConfiguration
  let telemetry: PoolTelemetry
  /// Whether sessions share connections, unless they ask for one to themselves.
  let isMultiplexed: Bool
  private let connector: any AdapterConnector
  private let capacity: any PoolCapacity
  private let time: any TimeSource
  private let alarm: any Alarm
  private let bell = Bell()
  private let state: Locked<State>

  /// - Parameters:
  ///   - capacity: who says whether a connection more may be opened.
  init(
    _ id: PoolID, _ connector: any AdapterConnector, _ configuration: PoolConfiguration, telemetry: PoolTelemetry,
    capacity: any PoolCapacity, time: any TimeSource
  ) {
    self.id = id
    self.connector = connector
    self.configuration = configuration
    self.telemetry = telemetry
    self.capacity = capacity
    self.time = time
    let traits = connector.poolTraits
    isMultiplexed = traits.leaseMode != .exclusive
    state = Locked(
      State(
        machine: PoolStateMachine(
          configuration, mode: traits.leaseMode, keepsConnections: traits.keepsConnections, now: time.now())))
    alarm = time.alarm { [bell] in bell.ring() }
    bell.pool = self
  }

  var identity: PoolIdentity { telemetry.identity }

  // MARK: Leasing

  /// Lends a session, waiting for one if it must.
  ///
  /// A cancelled caller leaves the queue at once; a dial that was begun for it goes on.
  /// - Parameter deadline: when the caller stops waiting.
  func lease(_ kind: LeaseKind, until deadline: Deadline, _ site: CallSite) async -> Result<Lease, Refusal> {
    var result = await leaseAny(kind, until: deadline, site)
    // What was lost while nobody used it is lent to nobody: its adapter may have seen what the pool was not told.
    while case .success(let lease) = result, !lease.adapter.isReusable, !deadline.hasPassed {
      release(lease, .spent)
      result = await leaseAny(kind, until: deadline, site)
    }
    if case .success(let lease) = result { telemetry.record(.leased(wait: lease.wait)) }
    return result
  }

  private func leaseAny(
    _ kind: LeaseKind, until deadline: Deadline, _ site: CallSite
  ) async -> Result<Lease, Refusal> {
    let result: Result<Lease, Refusal>
    switch update({ state, now in leaseNow(kind, until: deadline, site, &state, now) }) {
    case .answered(let answer): result = answer
    case .mustWait(let waiter):
      result = await withTaskCancellationHandler {
        await withUnsafeContinuation { continuation in
          enqueue(waiter, continuation)
        }
      } onCancel: {
        cancel(waiter.id)
      }
    }
    return result
  }

  private enum FirstAttempt {
    case answered(Result<Lease, Refusal>)
    case mustWait(Waiter)
  }

  private func leaseNow(
    _ kind: LeaseKind, until deadline: Deadline, _ site: CallSite, _ state: inout State, _ now: Deadline
  ) -> FirstAttempt {
    switch state.machine.leaseNow(kind, site, now: now) {
    case .lend(let id): return .answered(.success(makeLease(id, kind, state.adapters[id.connection], wait: .zero)))
    case .refuse(let refusal): return .answered(.failure(refusal))
    case .wait, nil:
      let id = WaiterID(number: state.machine.makeNumber())
      return .mustWait(Waiter(id: id, kind: kind, site: site, enqueued: now, deadline: deadline))
    }
  }

  private func enqueue(_ waiter: Waiter, _ continuation: UnsafeContinuation<Result<Lease, Refusal>, Never>) {
    let answer = update { state, now -> Result<Lease, Refusal>? in
      // A cancellation that came before is not announced again.
      if Task.isCancelled { return .failure(.cancelled) }
      switch state.machine.enqueue(waiter, now: now) {
      case .lend(let id):
        let wait = waiter.enqueued.elapsed(to: now)
        return .success(makeLease(id, waiter.kind, state.adapters[id.connection], wait: wait))
      case .refuse(let refusal): return .failure(refusal)
      case .wait:
        state.callers[waiter.id] = continuation
        return nil
      }
    }
    if let answer { continuation.resume(returning: answer) }
  }

  private func cancel(_ id: WaiterID) {
    let caller = update { state, now in
      state.machine.cancel(id, now: now) ? state.callers.removeValue(forKey: id) : nil
    }
    caller?.resume(returning: .failure(.cancelled))
  }

  /// Takes a session back.
  func release(_ lease: Lease, _ end: LeaseEnd) {
    let pressure = capacity.isShort ? capacity.claimPressure(from: id) : nil
    let release = update { state, now in state.machine.release(lease.id, end, under: pressure, now: now) }
    if let release { telemetry.record(.released(held: release.held)) }
    guard pressure != nil, release?.hasYielded != true else { return }
    capacity.dropClaim()
    // While the claim stood, others took it that a connection was on its way to who waits.
    if capacity.isShort { capacity.relieve() }
  }

  private func makeLease(_ id: LeaseID, _ kind: LeaseKind, _ adapter: (any IDBAdapter)?, wait: Duration) -> Lease {
    guard let adapter else { preconditionFailure("a pool lent a connection that it does not have") }
    return Lease(pool: self, id: id, kind: kind, adapter: adapter, wait: wait)
  }

  // MARK: For the manager

  func capacityGranted() { update { state, now in state.machine.capacityGranted(now: now) } }
  func housekeep() {
    update { state, now in state.machine.housekeep(now: now) }
    tellNumbers()
  }

  /// Stops the pool if nobody uses it.
  func retire() -> Bool { update(canYield: false) { state, _ in state.machine.retire() } }
  /// Stops the pool, whoever uses it.
  /// - Returns: `false` when it was stopped before.
  func evict() -> Bool { update(canYield: false) { state, _ in state.machine.evict() } }
  /// Closes a connection that is idle, for the sake of another pool.
  func surrenderIdle() -> Bool { update(canYield: false) { state, now in state.machine.surrenderIdle(now: now) } }
  /// From now on connections are closed after those of other pools, which must end by themselves.
  func closeAfter(_ readers: [ConnectionPool]) { state.withLock { $0.readers = readers } }
  func stop(_ refusal: Refusal) { update { state, _ in state.machine.stop(refusal) } }
  func closeLent() { update { state, _ in state.machine.closeLent() } }

  /// Returns once the pool has stopped, its last connection is closed and its connector shut down.
  func end() async {
    await withUnsafeContinuation { continuation in
      let isOver = state.withLock { state in
        if !state.hasEnded { state.awaitingEnd.append(continuation) }
        return state.hasEnded
      }
      if isOver { continuation.resume() }
    }
  }

  /// What the choice of a pool to be evicted needs to know.
  var standing: PoolStanding {
    state.withLock { state in
      PoolStanding(
        id: id, isBusy: state.machine.isBusy || !state.machine.isRunning, isAlive: state.machine.tally.open > 0,
        canSpare: state.machine.waiters.isEmpty && !state.machine.idle.isEmpty,
        lastUsed: state.machine.lastUsed, createdAt: state.machine.createdAt)
    }
  }

  func snapshot() -> PoolSnapshot {
    let (leaseWait, execution) = (telemetry.leaseWait, telemetry.execution)
    return state.withLock { state in
      state.machine.snapshot(identity, leaseWait: leaseWait, execution: execution, now: time.now())
    }
  }

  private func tellNumbers() {
    let (active, idle, waiting) = state.withLock { state in
      let idle = state.machine.idle.count
      return (state.machine.tally.open - idle, idle, state.machine.waiters.count)
    }
    telemetry.recordNumbers(active: active, idle: idle, waiting: waiting)
  }

  // MARK: Carrying out

  /// Changes the machine under the lock, and does outside of it what that leads to. The clock is read under the lock, so that time never goes
  /// back for the machine.
  /// - Parameter canYield: whether a pool that waits for room is to be helped if this one has something to spare afterwards.
  private func update<R>(canYield: Bool = true, _ body: (inout State, Deadline) -> R) -> R {
    let (result, effects, mayHelp) = state.withLock { state in
      let now = time.now()
      let result = body(&state, now)
      let effects = state.machine.drainActions().compactMap { effect(of: $0, &state, now) }
      return (result, effects, state.machine.canYield)
    }
    for effect in effects { carryOut(effect) }
    if canYield, mayHelp, capacity.isShort { capacity.relieve() }
    return result
  }

  /// Gathers under the lock what an action needs after it.
  private func effect(of action: PoolAction, _ state: inout State, _ now: Deadline) -> Effect? {
    switch action {
    case .want(let wish): return .want(wish)
    case .giveBackCapacity: return .giveBackCapacity
    case .dial(let id): return .dial(id)
    case .abandonDial(let id): return state.dials[id].map { .cancel($0) }
    case .check(let id): return state.adapters[id].map { .ping(id, $0) }
    case .reset(let id): return state.adapters[id].map { .reset(id, $0) }
    case .close(let id, _): return state.adapters.removeValue(forKey: id).map { .close(id, $0) }
    case .resume(let waiter, let lease, let kind, let enqueued):
      guard let caller = state.callers.removeValue(forKey: waiter) else { return nil }
      let adapter = state.adapters[lease.connection]
      return .resume(caller, .success(makeLease(lease, kind, adapter, wait: enqueued.elapsed(to: now))))
    case .fail(let waiter, let refusal):
      return state.callers.removeValue(forKey: waiter).map { .resume($0, .failure(refusal)) }
    case .wake(let moment): return .wake(moment)
    case .tell(let event): return .tell(event)
    case .finished: return .finished
    }
  }

  private func carryOut(_ effect: Effect) {
    switch effect {
    case .resume(let caller, let result): caller.resume(returning: result)
    case .cancel(let dial): dial.cancel()
    case .ping(let id, let adapter): ping(id, adapter)
    case .reset(let id, let adapter): reset(id, adapter)
    case .close(let id, let adapter): close(id, adapter)
    case .dial(let id): dial(id)
    case .want(let wish): want(wish)
    case .giveBackCapacity: capacity.giveBack(for: id)
    case .wake(let moment): alarm.set(moment)
    case .tell(let event):
      telemetry.record(event)
      switch event {
      case .opened, .closed: tellNumbers()
      default: break
      }
    case .finished: finish()
    }
  }

  private func want(_ wish: CapacityWish) {
    let granted = capacity.want(wish, for: id)
    for _ in 0..<granted { capacityGranted() }
    guard !wish.isUrgent, granted < wish.count else { return }
    update { state, now in state.machine.capacityDenied(wish, now: now) }
  }

  private func dial(_ id: ConnectionID) {
    let task = Task.detached { [self] in
      do throws(DBError) {
        let adapter = try connector.makeAdapter()
        do throws(DBError) {
          try await adapter.connect()
        } catch {
          await adapter.close()
          throw error.completed(adapter: type(of: adapter).descriptor.kind, endpoint: adapter.endpoint)
        }
        update { state, now in
          state.dials[id] = nil
          state.adapters[id] = adapter
          state.machine.dialled(id, random: .random(in: 0...1), now: now)
        }
      } catch {
        update { state, now in
          state.dials[id] = nil
          state.machine.dialFailed(id, error, now: now)
        }
      }
    }
    let isUnwanted = state.withLock { state in
      guard state.machine.isDialling(id) else { return false }
      state.dials[id] = task
      return !state.machine.isRunning
    }
    if isUnwanted { task.cancel() }
  }

  private func ping(_ id: ConnectionID, _ adapter: any IDBAdapter) {
    Task.detached { [self] in
      let failure = await adapter.failureOfPing(timeout: configuration.validationTimeout)
      update { state, now in state.machine.checked(id, failure, now: now) }
    }
  }

  private func reset(_ id: ConnectionID, _ adapter: any IDBAdapter) {
    Task.detached { [self] in
      let failure = await adapter.failureOfReset()
      update { state, now in state.machine.resetEnded(id, failure, now: now) }
    }
  }

  private func close(_ id: ConnectionID, _ adapter: any IDBAdapter) {
    Task.detached { [self] in
      for pool in state.withLock({ $0.readers }) { await pool.end() }
      await adapter.close()
      update { state, now in state.machine.closed(id, now: now) }
    }
  }

  private func finish() {
    alarm.cancel()
    bell.pool = nil
    Task.detached { [self] in
      await connector.shutdown()
      capacity.finished(self)
      let callers = state.withLock { state in
        state.hasEnded = true
        defer { state.awaitingEnd = [] }
        return state.awaitingEnd
      }
      for caller in callers { caller.resume() }
    }
  }

  fileprivate func timeReached() { update { state, now in state.machine.timeReached(now: now) } }
}

/// Rings for its pool until the pool has stopped, which every pool does in the end. A weak reference would need no end, but makes each
/// retain and release of the pool slower, and a lease has many.
private final class Bell: Sendable {
  private let held = Locked<ConnectionPool?>(nil)

  var pool: ConnectionPool? {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }

  func ring() { pool?.timeReached() }
}

/// The room that all pools of a manager share, as one pool sees it.
protocol PoolCapacity: Sendable {
  /// Whether some pool waits for room: only then a pool that gets a session back has to care. Cheap.
  var isShort: Bool { get }
  /// Says how many connections more a pool wants.
  /// - Returns: how many are granted at once; for the others `capacityGranted` is called later, unless the wish was not urgent.
  func want(_ wish: CapacityWish, for id: PoolID) -> Int
  func giveBack(for id: PoolID)
  /// Takes it on oneself to free a connection for whom waits longest, if nobody else has yet.
  func claimPressure(from id: PoolID) -> CapacityPressure?
  func dropClaim()
  /// Makes room for those who wait, as far as possible.
  func relieve()
  func finished(_ pool: ConnectionPool)
}

extension IDBAdapter {
  fileprivate func failureOfPing(timeout: Duration) async -> DBError? {
    do throws(DBError) {
      try await ping(timeout: timeout)
      return nil
    } catch {
      return error
    }
  }

  fileprivate func failureOfReset() async -> DBError? {
    do throws(DBError) {
      try await resetSession()
      return isReusable ? nil : DBError(.connectionBusy, "the session is still in use after its reset")
    } catch {
      return error
    }
  }
}
