/// The pool of one configuration: a ``PoolStateMachine`` behind a lock, and the tasks that carry out what it says.
final class ConnectionPool: Sendable {
  private struct State: Sendable {
    var machine: PoolStateMachine
    var adapters: [ConnectionID: any IDBAdapter] = [:]
    var dials: [ConnectionID: Task<Void, Never>] = [:]
    var callers: [WaiterID: UnsafeContinuation<Result<Lease, Refusal>, Never>] = [:]
    var awaitingEnd: [UnsafeContinuation<Void, Never>] = []
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
    case askForCapacity
    case withdrawAsks(Int)
    case giveBackCapacity
    case wake(Deadline)
    case tell(PoolEvent)
    case finished([UnsafeContinuation<Void, Never>])
  }

  let id: PoolID
  let configuration: PoolConfiguration
  let telemetry: PoolTelemetry
  private let connector: any AdapterConnector
  private let capacity: any PoolCapacity
  private let time: any TimeSource
  private let alarm: any Alarm
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
    state = Locked(
      State(
        machine: PoolStateMachine(
          configuration, mode: traits.leaseMode, keepsConnections: traits.keepsConnections, now: time.now())))
    let bell = Bell()
    alarm = time.alarm { bell.ring() }
    bell.pool = self
  }

  var identity: PoolIdentity { telemetry.identity }
  var isMultiplexed: Bool { connector.poolTraits.leaseMode != .exclusive }

  // MARK: Leasing

  /// Lends a session, waiting for one if it must.
  ///
  /// A cancelled caller leaves the queue at once; a dial that was begun for it goes on.
  /// - Parameter deadline: when the caller stops waiting.
  func lease(_ kind: LeaseKind, until deadline: Deadline, _ site: CallSite) async -> Result<Lease, Refusal> {
    let start = time.now()
    let atOnce = update(at: start) { state -> Result<Lease, Refusal>? in
      switch state.machine.leaseNow(kind, site, now: start) {
      case .lend(let id): return .success(makeLease(id, state, wait: .zero))
      case .refuse(let refusal): return .failure(refusal)
      case .wait, nil: return nil
      }
    }
    if let atOnce {
      if case .success = atOnce { telemetry.record(.leased(wait: .zero)) }
      return atOnce
    }
    let id = WaiterID(number: state.withLock { $0.machine.makeNumber() })
    let waiter = Waiter(id: id, kind: kind, site: site, enqueued: start, deadline: deadline)
    let result = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        enqueue(waiter, continuation)
      }
    } onCancel: {
      cancel(id)
    }
    if case .success(let lease) = result { telemetry.record(.leased(wait: lease.wait)) }
    return result
  }

  private func enqueue(_ waiter: Waiter, _ continuation: UnsafeContinuation<Result<Lease, Refusal>, Never>) {
    let answer = update { state, now -> Result<Lease, Refusal>? in
      // A cancellation that came before is not announced again.
      if Task.isCancelled { return .failure(.cancelled) }
      switch state.machine.enqueue(waiter, now: now) {
      case .lend(let id): return .success(makeLease(id, state, wait: waiter.enqueued.elapsed(to: now)))
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
    guard capacity.isShort else {
      return update { state, now in _ = state.machine.release(lease.id, end, now: now) }
    }
    let pressure = capacity.claimPressure(from: id)
    let isUsed = update { state, now in state.machine.release(lease.id, end, under: pressure, now: now) }
    if pressure != nil, !isUsed { capacity.dropClaim() }
    capacity.relieve()
  }

  private func makeLease(_ id: LeaseID, _ state: State, wait: Duration) -> Lease {
    guard let adapter = state.adapters[id.connection] else {
      preconditionFailure("a pool lent a connection that it does not have")
    }
    let isExclusive = state.machine.isLentExclusively(id.connection)
    return Lease(pool: self, id: id, adapter: adapter, isExclusive: isExclusive, wait: wait)
  }

  // MARK: For the manager

  func capacityGranted() { update { state, now in state.machine.capacityGranted(now: now) } }
  func housekeep() {
    update { state, now in state.machine.housekeep(now: now) }
    tellNumbers()
  }

  /// Stops the pool if nobody uses it.
  func retire() -> Bool { update { state, _ in state.machine.retire() } }
  func surrenderIdle() -> Bool { update { state, now in state.machine.surrenderIdle(now: now) } }
  /// From now on connections are closed after those of other pools, which must end by themselves.
  func closeAfter(_ readers: [ConnectionPool]) { state.withLock { $0.readers = readers } }
  func stop(_ refusal: Refusal) { update { state, _ in state.machine.stop(refusal) } }
  func closeLent() { update { state, _ in state.machine.closeLent() } }

  /// Returns once the pool has stopped and its last connection is closed.
  func end() async {
    await withUnsafeContinuation { continuation in
      let isOver = state.withLock { state in
        if case .stopped = state.machine.phase { return true }
        state.awaitingEnd.append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  /// What the choice of a pool to be evicted needs to know.
  var standing: PoolStanding {
    state.withLock { state in
      PoolStanding(
        id: id, isBusy: state.machine.isBusy, isAlive: state.machine.tally.open > 0,
        canSpare: state.machine.waiters.isEmpty && !state.machine.idle.isEmpty,
        lastUsed: state.machine.lastUsed, createdAt: state.machine.createdAt)
    }
  }

  func snapshot() -> PoolSnapshot {
    let now = time.now()
    let (leaseWait, execution) = (telemetry.leaseWait, telemetry.execution)
    return state.withLock { state in
      state.machine.snapshot(identity, leaseWait: leaseWait, execution: execution, now: now)
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

  private func update<R>(_ body: (inout State, Deadline) -> R) -> R {
    let now = time.now()
    return update(at: now) { body(&$0, now) }
  }

  private func update<R>(at now: Deadline, _ body: (inout State) -> R) -> R {
    let (result, effects) = state.withLock { state in
      let result = body(&state)
      return (result, state.machine.drainActions().compactMap { effect(of: $0, &state, now) })
    }
    for effect in effects { carryOut(effect) }
    return result
  }

  /// Gathers under the lock what an action needs after it.
  private func effect(of action: PoolAction, _ state: inout State, _ now: Deadline) -> Effect? {
    switch action {
    case .askForCapacity: return .askForCapacity
    case .withdrawAsks(let count): return .withdrawAsks(count)
    case .giveBackCapacity: return .giveBackCapacity
    case .dial(let id): return .dial(id)
    case .abandonDial(let id): return state.dials[id].map { .cancel($0) }
    case .check(let id): return state.adapters[id].map { .ping(id, $0) }
    case .reset(let id): return state.adapters[id].map { .reset(id, $0) }
    case .close(let id, _): return state.adapters.removeValue(forKey: id).map { .close(id, $0) }
    case .resume(let waiter, let lease, let enqueued):
      guard let caller = state.callers.removeValue(forKey: waiter) else { return nil }
      return .resume(caller, .success(makeLease(lease, state, wait: enqueued.elapsed(to: now))))
    case .fail(let waiter, let refusal):
      return state.callers.removeValue(forKey: waiter).map { .resume($0, .failure(refusal)) }
    case .wake(let moment): return .wake(moment)
    case .tell(let event): return .tell(event)
    case .finished:
      defer { state.awaitingEnd = [] }
      return .finished(state.awaitingEnd)
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
    case .askForCapacity: if capacity.ask(for: id) { capacityGranted() }
    case .withdrawAsks(let count): capacity.withdraw(count, for: id)
    case .giveBackCapacity: capacity.giveBack(for: id)
    case .wake(let moment): alarm.set(moment)
    case .tell(let event):
      telemetry.record(event)
      switch event {
      case .opened, .closed: tellNumbers()
      default: break
      }
    case .finished(let callers): finish(callers)
    }
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

  private func finish(_ callers: [UnsafeContinuation<Void, Never>]) {
    alarm.cancel()
    Task.detached { [self] in
      await connector.shutdown()
      capacity.finished(self)
      for caller in callers { caller.resume() }
    }
  }

  fileprivate func timeReached() { update { state, now in state.machine.timeReached(now: now) } }
}

/// Holds its pool weakly, so that an alarm does not keep a forgotten pool alive.
private final class Bell: Sendable {
  private let held = Locked<WeakPool>(WeakPool())

  var pool: ConnectionPool? {
    get { held.withLock { $0.pool } }
    set { held.withLock { $0.pool = newValue } }
  }

  func ring() { pool?.timeReached() }
}

private struct WeakPool: Sendable {
  weak var pool: ConnectionPool?
}

/// The room that all pools of a manager share, as one pool sees it.
protocol PoolCapacity: Sendable {
  /// Whether some pool waits for room: only then a pool that gets a session back has to care. Cheap.
  var isShort: Bool { get }
  /// Asks for one connection.
  /// - Returns: whether it is granted; otherwise `capacityGranted` is called later, unless withdrawn.
  func ask(for id: PoolID) -> Bool
  func withdraw(_ count: Int, for id: PoolID)
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
