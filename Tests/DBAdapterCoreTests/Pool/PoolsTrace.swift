import Testing

@testable import DBAdapterCore

/// Several pools under one directory, wired as ``PoolBroker`` wires them. What the machines want of the directory is carried out late and by
/// turns, as threads do it that are held up between leaving a lock and calling somebody.
final class PoolsTrace {
  private enum Effect {
    case want(CapacityWish, PoolID)
    case giveBack(PoolID)
    case granted(PoolID)
    case denied(CapacityWish, PoolID)
    /// The pool may have something to spare for others.
    case offer(PoolID)
    case relieve
    case dropClaim
  }

  private var directory: PoolDirectory
  private var pools: [PoolID: PoolDriver] = [:]
  private var ending: [PoolID: PoolDriver] = [:]
  private var targets: [Int: PoolID] = [:]
  /// What threads have still to do, each in its own order.
  private var threads: [[Effect]] = []
  private var random: SeededGenerator
  private let configuration: PoolConfiguration
  private let targetCount: Int
  private let maximumPools: Int
  private let maximumConnections: Int
  private let context: String
  private var nextPool: UInt64 = 0
  private var now = Deadline(nanoseconds: 1_000_000_000_000)
  private(set) var hasFault = false

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    context = "BOSDB_TEST_SEED=\(seed)"
    maximumPools = .random(in: 1...4, using: &random)
    maximumConnections = .random(in: 1...8, using: &random)
    targetCount = maximumPools + .random(in: 0...3, using: &random)
    directory = PoolDirectory(maximumPools: maximumPools, maximumConnections: maximumConnections)
    var configuration = PoolConfiguration()
    configuration.maximumConnections = .random(in: 1...4, using: &random)
    configuration.minimumConnections = [0, 0, 1].randomElement(using: &random)!
    configuration.validateAfterIdle = .milliseconds(20)
    self.configuration = configuration
  }

  func run(steps: Int) {
    for _ in 0..<steps where !hasFault {
      step()
      verify()
    }
    calmDown()
    end()
  }

  private func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<20: lease()
    case 20..<34: release()
    case 34..<37: if let (id, waiter) = anyone({ $0.waitingIDs }) { change(id) { $0.cancel(waiter) } }
    case 37..<60: answer()
    case 60..<92: carryOutOne()
    default: advance(by: .milliseconds(.random(in: 0...40, using: &random)))
    }
  }

  // MARK: As the manager and the broker do

  private func lease() {
    let target = Int.random(in: 0..<targetCount, using: &random)
    let id = targets[target] ?? makePool(for: target)
    change(id) { pool in
      pool.lease(timeout: .seconds(1_000))
    }
  }

  private func makePool(for target: Int) -> PoolID {
    let id = PoolID(number: nextPool)
    nextPool += 1
    let pool = PoolDriver(configuration, context: context)
    pool.setClock(now)
    pool.grantsAtOnce = false
    directory.add(id)
    pools[id] = pool
    targets[target] = id
    return id
  }

  private func release() {
    guard let (id, lease) = anyone({ $0.lent }), let pool = pools[id] ?? ending[id] else { return }
    let pressure = directory.isShort ? directory.claim(from: id) : nil
    let end: LeaseEnd = [.clean, .clean, .clean, .dirty, .spent].randomElement(using: &random)!
    let release = pool.release(lease, end, under: pressure)
    threads.append(effects(of: id, pool) + (pressure != nil && release?.hasYielded != true ? [.dropClaim] : []))
  }

  private func change(_ id: PoolID, _ body: (PoolDriver) -> Void) {
    guard let pool = pools[id] ?? ending[id] else { return }
    body(pool)
    threads.append(effects(of: id, pool))
  }

  private func effects(of id: PoolID, _ pool: PoolDriver) -> [Effect] {
    if pool.finishes > 0 { ending[id] = nil }
    if pool.hasFault { hasFault = true }
    defer { pool.forTheBroker = [] }
    return pool.forTheBroker.map { action in
      if case .want(let wish) = action { .want(wish, id) } else { .giveBack(id) }
    } + [.offer(id)]
  }

  private func carryOutOne() {
    guard let index = threads.indices.randomElement(using: &random) else { return }
    let effect = threads[index].removeFirst()
    // What an effect leads to is done by the same thread before it goes on.
    threads[index] = carryOut(effect) + threads[index]
    threads.removeAll { $0.isEmpty }
  }

  private func carryOut(_ effect: Effect) -> [Effect] {
    switch effect {
    case .want(let wish, let id): return want(wish, id)
    case .giveBack(let id): return directory.giveBack(id).map { .granted($0) }
    case .granted(let id):
      guard let pool = pools[id] else { return [.giveBack(id)] }
      pool.grantOne()
      return effects(of: id, pool)
    case .denied(let wish, let id):
      guard let pool = pools[id] ?? ending[id] else { return [] }
      pool.deny(wish)
      return effects(of: id, pool)
    case .offer(let id): return pools[id]?.machine.canYield == true && directory.isShort ? relieve() : []
    case .relieve: return relieve()
    case .dropClaim:
      directory.dropClaim()
      return []
    }
  }

  private func want(_ wish: CapacityWish, _ id: PoolID) -> [Effect] {
    let granted = directory.want(wish, id, now: now)
    var effects: [Effect] = []
    if wish.count == 0, !directory.isAdmitted(id), let pool = pools[id], pool.retire() { effects += remove(id, pool) }
    if wish.isUrgent, granted < wish.count { effects.append(.relieve) }
    effects += Array(repeating: .granted(id), count: granted)
    if !wish.isUrgent, granted < wish.count { effects.append(.denied(wish, id)) }
    return effects
  }

  private func relieve() -> [Effect] {
    var done: [Effect] = []
    while directory.needsSlot, let id = PoolDirectory.victim(among: standings.filter { directory.isAdmitted($0.id) }),
      let pool = pools[id], pool.retire()
    {
      done += remove(id, pool)
    }
    while let asking = directory.needsConnection, let id = PoolDirectory.lender(among: standings, to: asking),
      let pool = pools[id]
    {
      directory.promise()
      if !pool.surrenderIdle() { directory.dropClaim() }
      done += effects(of: id, pool).dropLast()
    }
    return done
  }

  private func remove(_ id: PoolID, _ pool: PoolDriver) -> [Effect] {
    pools[id] = nil
    ending[id] = pool
    targets = targets.filter { $0.value != id }
    return directory.remove(id).map { .granted($0) } + effects(of: id, pool).dropLast()
  }

  private var standings: [PoolStanding] {
    pools.map { id, pool in
      PoolStanding(
        id: id, isBusy: pool.machine.isBusy, isAlive: pool.machine.tally.open > 0,
        canSpare: pool.machine.waiters.isEmpty && !pool.machine.idle.isEmpty, lastUsed: pool.machine.lastUsed,
        createdAt: pool.machine.createdAt)
    }
  }

  // MARK: The world around

  private func anyone<Thing>(_ things: (PoolDriver) -> [Thing]) -> (PoolID, Thing)? {
    let all: [(PoolID, Thing)] = everyPool.flatMap { id, pool in things(pool).map { (id, $0) } }
    return all.randomElement(using: &random)
  }

  private var everyPool: [(PoolID, PoolDriver)] {
    pools.merging(ending) { pool, _ in pool }.sorted { $0.key.number < $1.key.number }
  }

  private func answer(failing share: Int = 10) {
    let fails = Int.random(in: 0..<100, using: &random) < share
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      guard let (id, dial) = anyone({ $0.dials }) else { return }
      change(id) { if fails { $0.dialFails(PoolDriver.refused, dial) } else { $0.dialSucceeds(dial) } }
    case 1:
      if let (id, check) = anyone({ $0.checks }) { change(id) { $0.checkEnds(fails ? PoolDriver.gone : nil, check) } }
    case 2: if let (id, reset) = anyone({ $0.resets }) { change(id) { $0.resetEnds(nil, reset) } }
    default: if let (id, closing) = anyone({ $0.closings }) { change(id) { $0.closeEnds(closing) } }
    }
  }

  private func advance(by duration: Duration) {
    now = now + duration
    for (id, _) in everyPool { change(id) { $0.advance(by: duration) } }
  }

  /// No new callers; whatever is lent comes back, and whatever is under way ends well: then nobody may be left waiting.
  private func calmDown() {
    for _ in 0..<400 where !hasFault && (waiting > 0 || !threads.isEmpty) {
      while !threads.isEmpty, !hasFault { carryOutOne() }
      for (id, _) in everyPool { change(id) { $0.answerAll() } }
      for (id, pool) in everyPool { for lease in pool.lent { change(id) { $0.release(lease) } } }
      advance(by: .milliseconds(5))
      verify()
    }
    if waiting > 0 { fault("\(waiting) callers wait for ever") }
  }

  private var waiting: Int { pools.values.reduce(0) { $0 + $1.waiting } }

  private func end() {
    for (id, _) in everyPool { change(id) { $0.stop() } }
    for _ in 0..<100 where !hasFault && !(threads.isEmpty && everyPool.allSatisfy { $0.1.finishes > 0 }) {
      while !threads.isEmpty, !hasFault { carryOutOne() }
      for (id, _) in everyPool { change(id) { $0.answerAll() } }
    }
    if directory.granted != 0 { fault("\(directory.granted) connections are still counted") }
  }

  // MARK: What must hold

  private func verify() {
    if directory.granted > maximumConnections { fault("more connections than the cap") }
    var underway = 0
    for effect in threads.joined() {
      switch effect {
      case .granted, .giveBack: underway += 1
      default: break
      }
    }
    let held = everyPool.reduce(0) { $0 + $1.1.granted }
    if directory.granted != held + underway {
      fault("\(directory.granted) are granted, \(held) held, \(underway) underway")
    }
    if pools.count(where: { !$0.value.machine.connections.isEmpty }) > maximumPools {
      fault("more pools than the maximum")
    }
    for (id, pool) in pools where !directory.isAdmitted(id) && pool.granted > 0 {
      fault("a pool has a connection that was not admitted")
    }
  }

  private func fault(_ text: String) {
    if !hasFault { Issue.record("\(text) [\(context)]") }
    hasFault = true
  }
}

@Suite struct PoolsTraceTests {
  /// 40,000 steps in all, and what follows from them.
  @Test func poolsShareTheirRoomWithoutLosingAnyOfItOrStarvingAnybody() async {
    let first = PoolTrace.seed
    for number in 0..<100 {
      let trace = PoolsTrace(seed: first &+ UInt64(number))
      trace.run(steps: 400)
      if trace.hasFault { return }
      await Task.yield()
    }
  }
}
