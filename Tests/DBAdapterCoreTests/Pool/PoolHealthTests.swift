import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// Failing dials, servers that are down, and connections that die with them.
@Suite struct PoolHealthTests {
  @Test func dialsAgainAfterGrowingPauses() {
    let pool = PoolDriver()
    let caller = pool.lease()
    pool.dialFails()
    for pause in [50, 100, 200] {
      #expect(pool.dials.isEmpty)
      pool.advance(by: .milliseconds(pause - 1))
      #expect(pool.dials.isEmpty)
      pool.advance(by: .milliseconds(1))
      #expect(pool.dials.count == 1 && pool.isWaiting(caller))
      if pause < 200 { pool.dialFails() }
    }
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller) && pool.machine.health.lastFailure == nil)
  }

  @Test func tellsAllWaitersWhenTheLastAttemptFailed() {
    let pool = PoolDriver()
    let callers = (0..<3).map { _ in pool.lease() }
    fail(pool)
    for caller in callers {
      guard case .dialFailed(let error)? = pool.refusal(of: caller) else {
        Issue.record("every waiter has to hear of it")
        return
      }
      #expect(error.message == "connection refused")
    }
    #expect(pool.machine.health.summary == .down && pool.names.contains("breakerOpened"))
  }

  @Test func dialsOneAtATimeWhileTheServerFails() {
    let pool = PoolDriver()
    for _ in 0..<5 { pool.lease() }
    #expect(pool.dials.count == 2)
    pool.dialFails()
    pool.dialFails()
    pool.advance(by: .milliseconds(50))
    #expect(pool.dials.count == 1, "the second failure of the same moment is no news")
    pool.advance(by: .milliseconds(500))
    #expect(pool.dials.count == 1)
  }

  @Test func keepsQuietWhileARetryIsUnderWay() {
    let pool = PoolDriver()
    for _ in 0..<3 { pool.lease() }
    pool.dialFails()
    pool.dialFails()
    pool.advance(by: .milliseconds(60))
    #expect(pool.dials.count == 1 && pool.wakeAt == pool.machine.waiters.earliestDeadline)
  }

  @Test(arguments: [
    PoolDriver.wrongPassword, DBError(.objectNotFound, "there is no such database"),
    DBError(.tlsFailed, "unknown issuer"),
  ])
  func tellsAllWaitersAtOnceWhatARetryCannotMend(_ error: DBError) {
    let pool = PoolDriver()
    let callers = (0..<3).map { _ in pool.lease() }
    pool.dialFails(error)
    for caller in callers {
      guard case .dialFailed(let told)? = pool.refusal(of: caller) else {
        Issue.record("every waiter has to hear of it")
        return
      }
      #expect(told.message == error.message)
    }
    #expect(pool.machine.health.isUp, "the server is there, it only says no")
  }

  @Test func doesNotRefillTheMinimumWithAWrongPassword() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 2
    let pool = PoolDriver(configuration)
    pool.lease()
    pool.dialFails(PoolDriver.wrongPassword)
    pool.dialFails(PoolDriver.wrongPassword)
    pool.advance(by: .seconds(29))
    #expect(pool.dials.isEmpty)
    pool.advance(by: .seconds(1))
    #expect(pool.dials.count == 2)
  }

  @Test func refusesAtOnceWhileTheBreakerIsOpen() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    let caller = pool.lease()
    guard case .down(let error)? = pool.refusal(of: caller) else {
      Issue.record("the breaker is open")
      return
    }
    #expect(error.message == "connection refused" && pool.dials.isEmpty)
  }

  @Test func probesWithOneDialAndClosesTheBreakerByItself() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.advance(by: .milliseconds(500))
    let callers = (0..<4).map { _ in pool.lease() }
    #expect(pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(callers[0]) && pool.dials.count == 2, "several at once again")
    #expect(pool.machine.health.isUp && pool.names.last { $0.hasPrefix("breaker") } == "breakerClosed")
  }

  @Test func opensAgainWhenTheProbeFails() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.forgetEvents()
    pool.advance(by: .milliseconds(500))
    let caller = pool.lease()
    pool.dialFails()
    #expect(!pool.isWaiting(caller) && pool.machine.health.summary == .down)
    #expect(!pool.names.contains("breakerOpened"), "it was not closed in between")
  }

  @Test func waitsASecondForTheProbeNotForItsTimeLimit() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.advance(by: .milliseconds(500))
    let caller = pool.lease()
    pool.advance(by: .seconds(1))
    guard case .down? = pool.refusal(of: caller), case .down? = pool.refusal(of: pool.lease()) else {
      Issue.record("callers do not wait for a dial that gets no answer")
      return
    }
    #expect(pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(pool.lease()))
  }

  @Test func waitsForRoomToProbeLikeAnyWaiter() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.grantsAtOnce = false
    pool.advance(by: .milliseconds(500))
    let caller = pool.lease()
    pool.advance(by: .seconds(5))
    #expect(pool.isWaiting(caller), "no dial has failed; there is only no room for it")
    pool.grant()
    #expect(pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func saysThatTheBreakerClosedWhenTheServerAnswersWithARefusal() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.advance(by: .milliseconds(500))
    pool.lease()
    pool.dialFails(PoolDriver.wrongPassword)
    #expect(pool.names.contains("breakerClosed") && pool.machine.health.isUp)
  }

  @Test func housekeepingProbesAServerThatWasDown() {
    let pool = PoolDriver()
    pool.lease()
    fail(pool)
    pool.advance(by: .seconds(1))
    pool.housekeep()
    #expect(pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(pool.machine.health.isUp && pool.machine.idle.count == 1)
  }

  @Test func opensTheBreakerAfterADialWithoutAnyAnswer() {
    let pool = PoolDriver()
    let caller = pool.lease(timeout: .seconds(60))
    pool.advance(by: .seconds(10))
    pool.dialFails(DBError(.timeout, "no answer within 10 s", retry: .safe))
    #expect(!pool.isWaiting(caller) && pool.machine.health.summary == .down)
  }

  @Test func opensTheBreakerWhenDialsFailForTooLongThoughAttemptsAreLeft() {
    var configuration = PoolConfiguration()
    configuration.dialRetryDelays = Array(repeating: .seconds(4), count: 20)
    let pool = PoolDriver(configuration)
    let caller = pool.lease(timeout: .seconds(60))
    for _ in 0..<4 {
      pool.dialFails()
      pool.advance(by: .seconds(4))
    }
    pool.dialFails()
    #expect(!pool.isWaiting(caller) && pool.machine.health.summary == .down)
  }

  @Test func servesWaitersFromOpenConnectionsThoughDialsFail() {
    let pool = PoolDriver()
    pool.warm(1)
    let holder = pool.lease()
    let caller = pool.lease()
    fail(pool)
    #expect(pool.isWaiting(caller) && pool.machine.health.summary == .failing)
    pool.release(of: holder)
    #expect(!pool.isWaiting(caller))
  }

  @Test func givesUpWhenTheLastOpenConnectionGoesToo() {
    let pool = PoolDriver()
    pool.warm(1)
    let holder = pool.lease()
    let caller = pool.lease()
    fail(pool)
    pool.release(of: holder, .spent)
    #expect(!pool.isWaiting(caller) && pool.machine.health.summary == .down)
  }

  @Test func beginsANewSeriesWhenTheLastFailureIsLongAgo() {
    let pool = PoolDriver()
    pool.cancel(pool.lease())
    pool.dialFails()
    pool.advance(by: .seconds(3_600))
    let caller = pool.lease()
    pool.dialFails()
    #expect(pool.isWaiting(caller) && pool.machine.health.summary == .failing)
    pool.advance(by: .milliseconds(50))
    #expect(pool.dials.count == 1)
  }

  @Test func withdrawsItsWishWhileItPauses() {
    let pool = PoolDriver()
    pool.warm(1)
    let holder = pool.lease()
    pool.grantsAtOnce = false
    for _ in 0..<2 { pool.lease() }
    pool.grant(1)
    #expect(pool.wish.count == 1 && pool.dials.count == 1)
    pool.dialFails()
    #expect(pool.wish.count == 0, "a dial in the pause would come too early")
    pool.advance(by: .milliseconds(50))
    #expect(pool.wish.count == 1)
    pool.release(of: holder)
  }

  // MARK: Generations

  @Test func aLostServerTakesTheSiblingsWithIt() {
    let pool = PoolDriver()
    let callers = (0..<3).map { _ in pool.lease() }
    for _ in 0..<3 { pool.dialSucceeds() }
    pool.release(of: callers[0])
    pool.release(of: callers[1], .serverLost)
    #expect(pool.closings.count == 2, "the one that told, and the idle one")
    #expect(pool.machine.generation == 1)
    pool.release(of: callers[2])
    #expect(pool.closings.count == 3, "the lent one goes when it comes back")
    #expect(pool.machine.tally.open == 0)
  }

  @Test func anOldGenerationsErrorIsNoNews() {
    let pool = PoolDriver()
    let callers = [pool.lease(), pool.lease()]
    pool.dialSucceeds()
    pool.dialSucceeds()
    pool.release(of: callers[0], .serverLost)
    pool.warm(1)
    pool.release(of: callers[1], .serverLost)
    #expect(pool.machine.generation == 1 && pool.machine.idle.count == 1)
  }

  @Test func doesNotLendADialBegunBeforeTheServerWasLost() {
    let pool = PoolDriver()
    pool.warm(1)
    let holder = pool.lease()
    let caller = pool.lease()
    pool.release(of: holder, .serverLost)
    pool.dialSucceeds()
    #expect(pool.isWaiting(caller) && pool.dials.count == 1, "a new dial finds out")
    pool.dialSucceeds()
    #expect(!pool.isWaiting(caller))
  }

  @Test func whatIsCheckedOrResetGoesWithItsGeneration() {
    let pool = PoolDriver()
    let callers = (0..<3).map { _ in pool.lease() }
    for _ in 0..<3 { pool.dialSucceeds() }
    pool.release(of: callers[0])
    pool.advance(by: .seconds(31))
    pool.release(of: callers[1], .dirty)
    pool.housekeep()
    #expect(pool.checks.count == 1 && pool.resets.count == 1)
    pool.release(of: callers[2], .serverLost)
    pool.checkEnds()
    pool.resetEnds()
    #expect(pool.closings.count == 3)
  }

  @Test(arguments: [PoolDriver.gone, DBError(.serverShuttingDown, "going down"), PoolLendingTests.timeout])
  func aFailedPingSpeaksForTheSiblings(_ failure: DBError) {
    let pool = PoolDriver()
    pool.warm(2)
    pool.advance(by: .seconds(2))
    pool.lease()
    pool.checkEnds(failure)
    #expect(pool.machine.generation == 1 && pool.closings.count == 2)
  }

  @Test func aFailedResetSpeaksForTheSiblingsOnlyWhenTheServerIsGone() {
    for (failure, generation) in [(PoolDriver.gone, 1), (PoolLendingTests.timeout, 0)] {
      let pool = PoolDriver()
      pool.warm(2)
      pool.release(of: pool.lease(), .dirty)
      pool.resetEnds(failure)
      #expect(pool.machine.generation == generation)
    }
  }

  /// Fails dials until the attempts are used up.
  private func fail(_ pool: PoolDriver) {
    for pause in [50, 100, 200, 0] {
      while !pool.dials.isEmpty { pool.dialFails() }
      pool.advance(by: .milliseconds(pause))
    }
  }
}

extension PoolDriver {
  /// The events' names.
  var names: [String] { events.map { String("\($0)".prefix { $0.isLetter }) } }
}
