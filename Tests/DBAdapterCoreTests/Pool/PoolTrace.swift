import Testing

@testable import DBAdapterCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One pool under a random life: callers of all kinds, a server that comes and goes, time that passes in small and large steps.
struct PoolTrace {
  /// The seed of this run: random, or `BOSDB_TEST_SEED` to see a failure again.
  static var seed: UInt64 {
    getenv("BOSDB_TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0 ... .max)
  }

  let pool: PoolDriver
  private var random: SeededGenerator
  private let isMultiplexed: Bool
  /// Whether dials, checks and resets succeed just now.
  private var isServerUp = true

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (configuration, mode, keepsConnections) = Self.configuration(&random)
    isMultiplexed = mode != .exclusive
    pool = PoolDriver(
      configuration, mode: mode, keepsConnections: keepsConnections, context: "BOSDB_TEST_SEED=\(seed)")
    pool.grantsAtOnce = .random(using: &random)
    self.random = random
  }

  static func configuration(_ random: inout SeededGenerator) -> (PoolConfiguration, LeaseMode, Bool) {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = .random(in: 1...6, using: &random)
    configuration.minimumConnections =
      Bool.random(using: &random) ? 0 : .random(in: 0...configuration.maximumConnections, using: &random)
    configuration.maximumWaiters = [1, 4, 50].randomElement(using: &random)!
    configuration.maximumConcurrentDials = .random(in: 1...3, using: &random)
    configuration.idleTimeout = [nil, .zero, .milliseconds(300), .seconds(5)].randomElement(using: &random)!
    configuration.maximumLifetime = [nil, .milliseconds(500), .seconds(20)].randomElement(using: &random)!
    configuration.validateAfterIdle = [.zero, .milliseconds(100), .seconds(1)].randomElement(using: &random)!
    configuration.keepAliveInterval = [nil, .milliseconds(200), .seconds(3)].randomElement(using: &random)!
    configuration.leakWarningAfter = [nil, .milliseconds(400)].randomElement(using: &random)!
    configuration.dialRetryDelays = [[], [.milliseconds(50)], configuration.dialRetryDelays].randomElement(
      using: &random)!
    configuration.circuitBreakerTripAfter = [.milliseconds(100), .seconds(15)].randomElement(using: &random)!
    configuration.circuitBreakerCoolDown = [.zero, .milliseconds(500)].randomElement(using: &random)!
    let mode: LeaseMode =
      Bool.random(using: &random)
      ? .exclusive
      : .multiplexed(connections: .random(in: 1...2, using: &random), sessions: .random(in: 1...4, using: &random))
    return (configuration, mode, Int.random(in: 0..<8, using: &random) > 0)
  }

  /// Lives for a number of steps, and ends in one of the ways a pool can end.
  mutating func run(steps: Int) {
    for _ in 0..<steps where !pool.hasFault { step() }
    if Bool.random(using: &random) { calmDown() }
    end()
  }

  private mutating func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<26:
      let kind = isMultiplexed && Int.random(in: 0..<3, using: &random) > 0 ? LeaseKind.shared : .exclusive
      pool.lease(kind, timeout: [.milliseconds(80), .seconds(1), .seconds(10)].randomElement(using: &random)!)
    case 26..<44: if let lease = pool.lent.randomElement(using: &random) { release(lease) }
    case 44..<48: if let waiter = pool.waitingIDs.randomElement(using: &random) { pool.cancel(waiter) }
    case 48..<72: answer()
    case 72..<76: pool.grant(.random(in: 1...2, using: &random))
    case 76..<78: if !pool.wish.isUrgent, pool.wish.count > 0 { pool.deny(pool.wish) }
    case 78..<90: pool.advance(by: pause())
    case 90..<94: pool.housekeep()
    case 94..<95: _ = pool.surrenderIdle()
    case 95..<97: isServerUp.toggle()
    case 97..<98: pool.wake()
    default: isServerUp = true
    }
  }

  private mutating func pause() -> Duration {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<7: .milliseconds(.random(in: 0...60, using: &random))
    case 7..<9: .milliseconds(.random(in: 60...900, using: &random))
    default: .seconds(.random(in: 1...40, using: &random))
    }
  }

  private mutating func release(_ lease: LeaseID) {
    let ends: [LeaseEnd] = [.clean, .clean, .clean, .clean, .dirty, .dirty, .spent, isServerUp ? .clean : .serverLost]
    let pressure =
      Int.random(in: 0..<5, using: &random) > 0
      ? nil : CapacityPressure(since: pool.now + .milliseconds(-50), isDesperate: .random(using: &random))
    pool.release(lease, ends.randomElement(using: &random)!, under: pressure)
  }

  private mutating func answer() {
    let kinds = Int.random(in: 0..<4, using: &random)
    if kinds == 0, let id = pool.dials.randomElement(using: &random) {
      if isServerUp {
        pool.dialSucceeds(id, random: .random(in: 0...1, using: &random))
      } else {
        pool.dialFails(failure(), id)
      }
    } else if kinds == 1, let id = pool.checks.randomElement(using: &random) {
      pool.checkEnds(isServerUp ? nil : Bool.random(using: &random) ? PoolDriver.gone : PoolLendingTests.timeout, id)
    } else if kinds == 2, let id = pool.resets.randomElement(using: &random) {
      pool.resetEnds(isServerUp ? nil : failure(), id)
    } else if let id = pool.closings.randomElement(using: &random) {
      pool.closeEnds(id)
    }
  }

  private mutating func failure() -> DBError {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: PoolDriver.wrongPassword
    case 1: PoolLendingTests.timeout
    case 2...3: PoolDriver.gone
    default: PoolDriver.refused
    }
  }

  /// The server is up, room is there, and whatever is under way ends: then nobody may be left waiting.
  private mutating func calmDown() {
    isServerUp = true
    pool.grantsAtOnce = true
    for _ in 0..<500 where !pool.hasFault && (pool.waiting > 0 || pool.isAtWork) {
      pool.grant()
      pool.answerAll()
      if let lease = pool.lent.randomElement(using: &random) { pool.release(lease) }
      pool.advance(by: .milliseconds(5))
    }
    if pool.waiting > 0 { pool.fault("callers wait for ever with a healthy server") }
    pool.verify()
  }

  private mutating func end() {
    pool.stop([.shutDown, .evicted].randomElement(using: &random)!)
    if Bool.random(using: &random) { pool.closeLent() }
    for _ in 0..<1_000 where !pool.hasFault && pool.finishes == 0 {
      if let lease = pool.lent.randomElement(using: &random) { release(lease) }
      answer()
      if pool.waiting > 0 { pool.fault("a waiter was not told of the end") }
    }
    if pool.finishes != 1 { pool.fault("the pool did not end") }
    if pool.granted != 0 || !pool.machine.connections.isEmpty { pool.fault("room was not given back") }
  }
}

extension PoolDriver {
  var isAtWork: Bool { !dials.isEmpty || !checks.isEmpty || !resets.isEmpty || !closings.isEmpty }

  /// Everything under way ends well.
  func answerAll() {
    for id in dials { dialSucceeds(id) }
    for id in checks { checkEnds(nil, id) }
    for id in resets { resetEnds(nil, id) }
    for id in closings { closeEnds(id) }
  }
}

@Suite struct PoolTraceTests {
  /// 100,000 steps in all.
  @Test func aPoolKeepsItsPromisesInEveryLife() async {
    let first = PoolTrace.seed
    for number in 0..<250 {
      var trace = PoolTrace(seed: first &+ UInt64(number))
      trace.run(steps: 400)
      if trace.pool.hasFault { return }
      // Other tests wait for a thread, by the clock.
      await Task.yield()
    }
  }
}
