import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// What a pool lends, to whom, and what becomes of what comes back.
@Suite struct PoolLendingTests {
  @Test func opensNothingBeforeSomebodyAsks() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 3
    let pool = PoolDriver(configuration)
    pool.housekeep()
    #expect(pool.dials.isEmpty && pool.wish.count == 0)
  }

  @Test func opensAConnectionForTheFirstCaller() {
    let pool = PoolDriver()
    let caller = pool.lease()
    #expect(pool.isWaiting(caller) && pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(pool.lease(of: caller) != nil && pool.machine.tally.open == 1)
  }

  @Test func lendsTheConnectionUsedLast() {
    let pool = PoolDriver()
    let callers = [pool.lease(), pool.lease()]
    pool.dialSucceeds()
    pool.dialSucceeds()
    pool.release(of: callers[1])
    pool.release(of: callers[0])
    let next = pool.lease()
    #expect(pool.lease(of: next)?.connection == pool.lease(of: callers[0])?.connection)
  }

  @Test func neverOpensMoreThanTheMaximum() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 3
    configuration.maximumConcurrentDials = 10
    let pool = PoolDriver(configuration)
    let callers = (0..<8).map { _ in pool.lease() }
    #expect(pool.dials.count == 3)
    for _ in 0..<3 { pool.dialSucceeds() }
    #expect(callers.map { pool.isWaiting($0) } == [false, false, false, true, true, true, true, true])
    pool.release(of: callers[1], .spent)
    #expect(pool.dials.isEmpty, "a connection that is being closed still takes its place")
    pool.closeEnds()
    #expect(pool.dials.count == 1)
  }

  @Test func dialsTwoAtATimeAndServesWaitersFromWhatComesBackMeanwhile() {
    let pool = PoolDriver()
    pool.warm(1)
    let callers = (0..<5).map { _ in pool.lease() }
    #expect(pool.dials.count == 2 && !pool.isWaiting(callers[0]))
    pool.release(of: callers[0])
    #expect(!pool.isWaiting(callers[1]), "the first waiter need not wait for the dials")
    #expect(pool.dials.count == 2)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(callers[2]) && pool.dials.count == 2, "the next dial begins when one has ended")
  }

  @Test func servesWaitersInTheOrderTheyCame() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 1
    let pool = PoolDriver(configuration)
    let callers = (0..<5).map { _ in pool.lease() }
    pool.dialSucceeds()
    for index in 0..<5 {
      #expect(callers.map { pool.isWaiting($0) } == (0..<5).map { $0 > index })
      pool.release(of: callers[index])
    }
  }

  @Test func refusesWhoComesWhenTooManyWait() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 1
    configuration.maximumWaiters = 2
    let pool = PoolDriver(configuration)
    let callers = (0..<3).map { _ in pool.lease() }
    guard case .tooManyWaiters? = pool.refusal(of: callers[2]) else {
      Issue.record("the third caller has to be refused")
      return
    }
    pool.cancel(callers[0])
    #expect(pool.isWaiting(pool.lease()), "there is a place again")
    #expect(pool.machine.counters.refusedLeases == 1)
  }

  @Test func tellsEveryWaiterAtItsOwnDeadline() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 1
    let pool = PoolDriver(configuration)
    pool.warm(1)
    _ = pool.lease()
    let late = pool.lease(timeout: .seconds(3))
    let soon = pool.lease(timeout: .seconds(1))
    pool.advance(by: .seconds(2))
    guard case .timedOut? = pool.refusal(of: soon), pool.isWaiting(late) else {
      Issue.record("only the waiter whose time is over may be told so")
      return
    }
    pool.advance(by: .seconds(2))
    guard case .timedOut? = pool.refusal(of: late) else {
      Issue.record("the other waiter's time is over too")
      return
    }
    #expect(pool.machine.counters.timedOutLeases == 2)
  }

  @Test func aCancelledWaiterLeavesAndItsDialGoesOn() {
    let pool = PoolDriver()
    let caller = pool.lease()
    pool.cancel(caller)
    #expect(pool.dials.count == 1 && pool.abandoned.isEmpty)
    pool.dialSucceeds()
    #expect(pool.machine.idle.count == 1)
    #expect(!pool.isWaiting(pool.lease()))
  }

  @Test func aSessionGivenBackTwiceIsGivenBackOnce() {
    let pool = PoolDriver()
    pool.warm(1)
    let caller = pool.lease()
    let lease = pool.lease(of: caller)!
    pool.release(of: caller)
    #expect(pool.machine.release(lease, .clean, now: pool.now) == nil)
    pool.verify()
  }

  @Test func resetsASessionThatLeftSomethingBehind() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 1
    let pool = PoolDriver(configuration)
    pool.warm(1)
    let caller = pool.lease()
    pool.release(of: caller, .dirty)
    let next = pool.lease()
    #expect(pool.resets.count == 1 && pool.isWaiting(next))
    pool.resetEnds()
    #expect(!pool.isWaiting(next) && pool.closings.isEmpty)
  }

  @Test func closesASessionThatCannotBeReset() {
    let pool = PoolDriver()
    pool.warm(1)
    pool.release(of: pool.lease(), .dirty)
    pool.resetEnds(DBError(.connectionBusy, "in use"))
    #expect(pool.closings.count == 1 && pool.machine.idle.isEmpty && pool.machine.generation == 0)
  }

  @Test func neverLendsAgainWhatEndedBadly() {
    let pool = PoolDriver()
    pool.warm(1)
    let caller = pool.lease()
    pool.release(of: caller, .spent)
    #expect(pool.closings == [pool.lease(of: caller)!.connection])
    pool.closeEnds()
    #expect(pool.isWaiting(pool.lease()))
  }

  @Test func closesEverySessionWithItsLeaseWhereTheAdapterWishesSo() {
    let pool = PoolDriver(keepsConnections: false)
    let caller = pool.lease()
    pool.dialSucceeds()
    pool.release(of: caller)
    #expect(pool.closings.count == 1)
    pool.closeEnds()
    #expect(pool.granted == 0)
  }

  // MARK: Idle connections

  @Test func lendsWithoutAPingWhatWasUsedJustNow() {
    let pool = PoolDriver()
    pool.warm(1)
    pool.advance(by: .seconds(1))
    let caller = pool.lease()
    #expect(!pool.isWaiting(caller) && pool.checks.isEmpty)
  }

  @Test func pingsBeforeItLendsWhatWasIdleForLonger() {
    let pool = PoolDriver()
    pool.warm(1)
    pool.advance(by: .milliseconds(1_001))
    let caller = pool.lease()
    #expect(pool.isWaiting(caller) && pool.checks.count == 1 && pool.dials.isEmpty)
    pool.checkEnds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func dialsWhenThePingFails() {
    let pool = PoolDriver()
    pool.warm(1)
    pool.advance(by: .seconds(2))
    let caller = pool.lease()
    pool.checkEnds(Self.timeout)
    #expect(pool.closings.count == 1 && pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func pingsAnIdleConnectionThoughADialIsUnderWay() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 2
    let pool = PoolDriver(configuration)
    let first = pool.lease()
    pool.dialSucceeds()
    pool.release(of: first)
    #expect(pool.dials.count == 1, "the minimum is being filled")
    pool.advance(by: .seconds(5))
    let caller = pool.lease()
    #expect(pool.checks.count == 1)
    pool.checkEnds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func prefersAProvenConnectionToOneUsedLater() {
    var configuration = PoolConfiguration()
    configuration.keepAliveInterval = .seconds(5)
    let pool = PoolDriver(configuration)
    let callers = [pool.lease(), pool.lease()]
    pool.dialSucceeds()
    pool.dialSucceeds()
    pool.release(of: callers[0])
    pool.advance(by: .seconds(3))
    pool.release(of: callers[1])
    pool.advance(by: .seconds(2))
    pool.housekeep()
    #expect(pool.checks == [pool.lease(of: callers[0])!.connection])
    pool.checkEnds()
    let next = pool.lease()
    #expect(pool.lease(of: next)?.connection == pool.lease(of: callers[0])!.connection)
  }

  @Test func closesWhatWasIdleForTooLongAndKeepsTheMinimum() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 1
    configuration.keepAliveInterval = nil
    let pool = PoolDriver(configuration)
    pool.warm(3)
    pool.advance(by: .seconds(60))
    pool.housekeep()
    #expect(pool.closings.count == 2 && pool.machine.idle.count == 1)
  }

  @Test func closesWhatWasIdleForTooLongWhenSomebodyAsksWithoutHousekeeping() {
    let pool = PoolDriver()
    pool.warm(2)
    pool.advance(by: .seconds(61))
    let caller = pool.lease()
    #expect(pool.closings.count == 2 && pool.checks.isEmpty && pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func pingsIdleConnectionsToKeepThemAlive() {
    var configuration = PoolConfiguration()
    configuration.idleTimeout = nil
    let pool = PoolDriver(configuration)
    pool.warm(2)
    pool.advance(by: .seconds(29))
    pool.housekeep()
    #expect(pool.checks.isEmpty)
    pool.advance(by: .seconds(1))
    pool.housekeep()
    #expect(pool.checks.count == 2)
    pool.checkEnds()
    pool.checkEnds(Self.timeout)
    #expect(pool.machine.idle.isEmpty, "a ping that gets no answer speaks for the siblings too")
  }

  @Test func endsConnectionsAtTheirLifetimeLessTheJitter() {
    var configuration = PoolConfiguration()
    configuration.idleTimeout = nil
    configuration.keepAliveInterval = nil
    configuration.maximumLifetime = .seconds(1_000)
    let pool = PoolDriver(configuration)
    let callers = [pool.lease(), pool.lease()]
    pool.dialSucceeds(random: 0)
    pool.dialSucceeds(random: 1)
    pool.release(of: callers[0])
    pool.advance(by: .seconds(899))
    pool.housekeep()
    #expect(pool.closings.isEmpty)
    pool.advance(by: .seconds(1))
    pool.release(of: callers[1])
    #expect(pool.closings == [pool.lease(of: callers[1])!.connection], "ten percent earlier")
    pool.advance(by: .seconds(100))
    pool.housekeep()
    #expect(pool.closings.count == 2)
  }

  @Test func fillsUpToTheMinimumInTheBackground() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 3
    let pool = PoolDriver(configuration)
    let caller = pool.lease()
    #expect(pool.dials.count == 2)
    pool.dialSucceeds()
    pool.dialSucceeds()
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller) && pool.machine.tally.open == 3 && pool.dials.isEmpty)
  }

  @Test func replacesADeadConnectionOfTheMinimum() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 2
    configuration.maximumConnections = 2
    let pool = PoolDriver(configuration)
    pool.warm(1)
    pool.release(of: pool.lease(), .spent)
    #expect(pool.dials.isEmpty)
    pool.closeEnds()
    #expect(pool.dials.count == 1)
  }

  static let timeout = DBError(.timeout, "no answer", retry: .ifIdempotent)
}
