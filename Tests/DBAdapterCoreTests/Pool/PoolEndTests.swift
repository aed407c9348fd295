import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// Stopping from every state, making room for other pools, and what is told on the way.
@Suite struct PoolEndTests {
  @Test func endsAtOnceWhenNothingIsOpen() {
    let pool = PoolDriver()
    pool.stop()
    #expect(pool.finishes == 1)
    pool.stop()
    #expect(pool.finishes == 1)
  }

  @Test func closesIdleConnectionsAndEndsAfterTheLast() {
    let pool = PoolDriver()
    pool.warm(2)
    pool.stop()
    #expect(pool.closings.count == 2 && pool.finishes == 0)
    pool.closeAll()
    #expect(pool.finishes == 1 && pool.granted == 0)
  }

  @Test func refusesWaitersAndLaterCallers() {
    let pool = PoolDriver()
    let waiter = pool.lease()
    pool.stop()
    for caller in [waiter, pool.lease()] {
      guard case .shutDown? = pool.refusal(of: caller) else {
        Issue.record("a pool that ends lends nothing")
        return
      }
    }
  }

  @Test func abandonsDialsAndClosesThoseThatSucceedAllTheSame() {
    let pool = PoolDriver()
    pool.lease()
    pool.lease()
    pool.stop()
    #expect(pool.abandoned.count == 2)
    pool.dialFails(DBError(.cancelled, "cancelled"))
    pool.dialSucceeds()
    #expect(pool.closings.count == 1 && pool.finishes == 0)
    pool.closeEnds()
    #expect(pool.finishes == 1 && pool.machine.counters.failedDials == 0)
  }

  @Test func letsLentSessionsComeBackAndClosesThem() {
    let pool = PoolDriver()
    pool.warm(1)
    let caller = pool.lease()
    pool.stop()
    #expect(pool.closings.isEmpty)
    pool.release(of: caller)
    #expect(pool.closings.count == 1)
    pool.closeEnds()
    #expect(pool.finishes == 1)
  }

  @Test func closesUnderTheBorrowersWhenToldTo() {
    let pool = PoolDriver()
    pool.warm(2)
    let caller = pool.lease()
    pool.lease()
    pool.stop()
    pool.closeLent()
    #expect(pool.closings.count == 2)
    #expect(pool.release(pool.lease(of: caller)!) == nil)
    pool.closeAll()
    #expect(pool.finishes == 1)
  }

  @Test func waitsForItsOwnPingsAndResetsOrClosesUnderThem() {
    for isPatient in [true, false] {
      let pool = PoolDriver()
      pool.warm(2)
      pool.advance(by: .seconds(2))
      pool.lease()
      let second = pool.lease()
      pool.checkEnds()
      pool.checkEnds()
      pool.release(of: second, .dirty)
      pool.advance(by: .seconds(2))
      pool.stop()
      #expect(pool.resets.count == 1 && pool.finishes == 0)
      if isPatient { pool.resetEnds() }
      pool.closeLent()
      #expect(pool.closings.count == 2)
      if !isPatient { pool.resetEnds(PoolDriver.gone) }
      pool.closeAll()
      #expect(pool.finishes == 1)
    }
  }

  @Test func endsInABackOffAndWithTheBreakerOpen() {
    for attempts in [1, 4] {
      let pool = PoolDriver()
      let caller = pool.lease()
      for _ in 0..<attempts {
        pool.dialFails()
        if attempts > 1 { pool.advance(by: .milliseconds(200)) }
      }
      pool.stop()
      #expect(pool.finishes == 1 && !pool.isWaiting(caller))
    }
  }

  @Test func withdrawsItsWishAndGivesBackRoomThatComesTooLate() {
    let pool = PoolDriver()
    pool.grantsAtOnce = false
    pool.lease()
    #expect(pool.wish.count == 1 && pool.wish.isUrgent)
    pool.stop()
    #expect(pool.wish.count == 0 && pool.finishes == 1)
    pool.grantOne()
    #expect(pool.granted == 0 && pool.dials.isEmpty)
  }

  // MARK: Room for others

  @Test func retiresOnlyWhenNobodyUsesIt() {
    let pool = PoolDriver()
    let waiter = pool.lease()
    #expect(!pool.retire())
    pool.dialSucceeds()
    #expect(!pool.retire(), "a session is lent")
    pool.release(of: waiter)
    #expect(pool.retire())
    guard case .evicted? = pool.refusal(of: pool.lease()) else {
      Issue.record("its callers have to ask for the new pool")
      return
    }
    pool.closeAll()
    #expect(pool.finishes == 1)
  }

  @Test func surrendersTheConnectionUnusedForLongestUnlessSomebodyWaits() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 2
    let pool = PoolDriver(configuration)
    let callers = [pool.lease(), pool.lease()]
    pool.dialSucceeds()
    pool.dialSucceeds()
    #expect(!pool.surrenderIdle())
    pool.release(of: callers[0])
    pool.release(of: callers[1])
    #expect(pool.surrenderIdle())
    #expect(pool.closings == [pool.lease(of: callers[0])!.connection])
  }

  @Test func yieldsAReturnedConnectionToAPoolThatHasNoneAndWaitedLonger() {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 1
    func yields(othersSince offset: Duration, isDesperate: Bool, waiters: Int) -> Bool {
      let pool = PoolDriver(configuration)
      pool.warm(1)
      let holder = pool.lease()
      for _ in 0..<waiters { pool.lease() }
      let pressure = CapacityPressure(since: pool.now + offset, isDesperate: isDesperate)
      return pool.release(pool.lease(of: holder)!, under: pressure)?.hasYielded == true
    }
    #expect(yields(othersSince: .seconds(1), isDesperate: false, waiters: 0))
    #expect(yields(othersSince: .seconds(-1), isDesperate: true, waiters: 2))
    #expect(!yields(othersSince: .seconds(1), isDesperate: true, waiters: 2))
    #expect(!yields(othersSince: .seconds(-1), isDesperate: false, waiters: 2))
  }

  @Test func wishesForItsMinimumOnlyFromRoomThatNobodyWaitsFor() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 2
    let pool = PoolDriver(configuration)
    pool.lease()
    while !pool.dials.isEmpty { pool.dialSucceeds() }
    #expect(pool.machine.tally.open == 2 && pool.machine.idle.count == 1)
    pool.grantsAtOnce = false
    #expect(pool.surrenderIdle())
    #expect(pool.wish.count == 1 && !pool.wish.isUrgent)
    pool.deny(pool.wish)
    #expect(pool.machine.tally.asked == 0)
    let denied = pool.wish.number
    pool.advance(by: .milliseconds(999))
    #expect(pool.wish.number == denied)
    pool.advance(by: .milliseconds(1))
    #expect(pool.wish.number == denied + 1, "it tries again a second later, and not before")
  }

  @Test func aDenialThatCameTooLateSaysNothing() {
    var configuration = PoolConfiguration()
    configuration.minimumConnections = 1
    let pool = PoolDriver(configuration)
    pool.warm(1)
    pool.grantsAtOnce = false
    #expect(pool.surrenderIdle())
    let old = pool.wish
    pool.lease()
    #expect(pool.wish.isUrgent)
    pool.deny(old)
    #expect(pool.wish.count == 1 && pool.machine.tally.asked == 1)
  }

  // MARK: Telling

  @Test func warnsOnceOfASessionHeldForTooLong() {
    var configuration = PoolConfiguration()
    configuration.leakWarningAfter = .seconds(30)
    let pool = PoolDriver(configuration)
    pool.warm(2)
    let first = pool.lease()
    pool.advance(by: .seconds(20))
    pool.forgetEvents()
    pool.lease()
    while !pool.checks.isEmpty { pool.checkEnds() }
    pool.advance(by: .seconds(60))
    let leaks = pool.events.compactMap {
      if case .leakSuspected(let held, let origin) = $0 { (held, origin) } else { nil }
    }
    #expect(
      leaks.map(\.0) == [.seconds(30), .seconds(30)] && leaks.allSatisfy { $0.1.description == "App/Orders.swift:7" })
    pool.release(of: first)
    #expect(pool.wakeAt.isNever)
  }

  @Test func warnsOfASessionThoughNothingElseHappens() {
    var configuration = PoolConfiguration()
    configuration.leakWarningAfter = .seconds(3)
    let pool = PoolDriver(configuration)
    pool.warm(1)
    pool.advance(by: .milliseconds(3_500))
    let caller = pool.lease()
    pool.checkEnds()
    pool.release(of: caller)
    pool.advance(by: .seconds(10))
    let next = pool.lease()
    pool.checkEnds()
    pool.release(of: next)
    pool.advance(by: .milliseconds(500))
    #expect(pool.wakeAt.isNever || pool.wakeAt > pool.now)
    pool.lease()
    pool.advance(by: .seconds(3))
    #expect(pool.names.last == "leakSuspected")
  }

  @Test func saysHowLongASessionWasHeld() {
    let pool = PoolDriver()
    pool.warm(1)
    let caller = pool.lease()
    pool.advance(by: .seconds(3))
    #expect(pool.release(pool.lease(of: caller)!)?.held == .seconds(3))
  }

  @Test func theSnapshotNamesTheLongestLeaseTheDialAndTheFailure() {
    let pool = PoolDriver()
    pool.warm(1)
    pool.lease()
    pool.advance(by: .seconds(2))
    pool.lease()
    pool.dialFails()
    pool.advance(by: .milliseconds(50))
    pool.advance(by: .seconds(1))
    let snapshot = pool.machine.snapshot(
      PoolDriver.identity, leaseWait: LatencySummary(), execution: LatencySummary(), now: pool.now)
    #expect(snapshot.longestLease?.duration == .milliseconds(3_050))
    #expect(snapshot.longestLease?.origin.description == "App/Orders.swift:7")
    #expect(snapshot.longestDial == .seconds(1) && snapshot.lastDialFailure?.message == "connection refused")
    #expect(snapshot.total == 1 && snapshot.active == 1 && snapshot.waiting == 1 && snapshot.dialling == 1)
    #expect(snapshot.health == .failing && snapshot.counters.failedDials == 1 && snapshot.counters.leases == 2)
  }
}
