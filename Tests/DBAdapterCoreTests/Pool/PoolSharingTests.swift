import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// Many sessions on few connections, and sessions that need one to themselves beside them.
@Suite struct PoolSharingTests {
  private func pool(connections: Int = 1, sessions: Int = 3, maximum: Int = 4) -> PoolDriver {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = maximum
    return PoolDriver(configuration, mode: .multiplexed(connections: connections, sessions: sessions))
  }

  @Test func manySessionsShareOneConnection() {
    let pool = pool()
    let callers = (0..<3).map { _ in pool.lease(.shared) }
    #expect(pool.dials.count == 1)
    pool.dialSucceeds()
    #expect(Set(callers.compactMap { pool.lease(of: $0)?.connection }).count == 1)
    #expect(pool.machine.tally.sessions == 3 && pool.machine.tally.open == 1)
  }

  @Test func oneMoreThanFitWaitsForItsTurn() {
    let pool = pool()
    let callers = (0..<5).map { _ in pool.lease(.shared) }
    pool.dialSucceeds()
    #expect(callers.map { pool.isWaiting($0) } == [false, false, false, true, true])
    pool.release(of: callers[1])
    #expect(callers.map { pool.isWaiting($0) } == [false, false, false, false, true])
  }

  @Test func opensASecondWhenTheFirstIsFullAndSpreadsTheSessions() {
    let pool = pool(connections: 2)
    let callers = (0..<4).map { _ in pool.lease(.shared) }
    pool.dialSucceeds()
    #expect(pool.dials.count == 1 && pool.isWaiting(callers[3]))
    pool.dialSucceeds()
    #expect(!pool.isWaiting(callers[3]))
    let next = pool.lease(.shared)
    #expect(pool.lease(of: next)?.connection == pool.lease(of: callers[3])?.connection, "the one with fewer sessions")
  }

  @Test func exclusiveSessionsHaveConnectionsOfTheirOwn() {
    let pool = pool()
    let callers = [pool.lease(.shared), pool.lease(.exclusive), pool.lease(.shared), pool.lease(.exclusive)]
    while !pool.dials.isEmpty { pool.dialSucceeds() }
    #expect(Set(callers.compactMap { pool.lease(of: $0)?.connection }).count == 3)
    #expect(pool.machine.tally.open == 3 && pool.machine.tally.sessions == 4)
  }

  @Test func anExclusiveCallerGetsItsTurnThoughSharedSessionsOverlapForEver() {
    let pool = pool(maximum: 1)
    var holder = pool.lease(.shared)
    pool.dialSucceeds()
    let exclusive = pool.lease(.exclusive)
    for _ in 0..<3 {
      let next = pool.lease(.shared)
      #expect(pool.isWaiting(next), "no new session while somebody needs the connection")
      if !pool.isWaiting(holder), pool.isWaiting(exclusive) { pool.release(of: holder) }
      holder = next
    }
    #expect(!pool.isWaiting(exclusive))
    pool.release(of: exclusive)
    #expect(!pool.isWaiting(holder))
  }

  @Test func theConnectionIsFreeForAnyUseAfterItsLastSession() {
    let pool = pool(maximum: 1)
    let callers = [pool.lease(.shared), pool.lease(.shared)]
    pool.dialSucceeds()
    pool.release(of: callers[0])
    #expect(pool.machine.idle.isEmpty)
    pool.release(of: callers[1])
    #expect(pool.machine.idle.count == 1 && pool.machine.shared.isEmpty)
    #expect(!pool.isWaiting(pool.lease(.exclusive)))
  }

  @Test func isResetOnlyAfterTheLastSession() {
    let pool = pool()
    let callers = [pool.lease(.shared), pool.lease(.shared)]
    pool.dialSucceeds()
    pool.release(of: callers[0], .dirty)
    #expect(pool.resets.isEmpty)
    pool.release(of: callers[1], .dirty)
    #expect(pool.resets.count == 1)
  }

  @Test func takesNoMoreSessionsAfterOneEndedBadlyAndIsClosedAfterTheLast() {
    let pool = pool()
    let callers = [pool.lease(.shared), pool.lease(.shared)]
    pool.dialSucceeds()
    pool.release(of: callers[0], .spent)
    let next = pool.lease(.shared)
    #expect(pool.isWaiting(next) && pool.dials.count == 1 && pool.closings.isEmpty)
    pool.release(of: callers[1])
    #expect(pool.closings.count == 1)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(next))
  }

  @Test func takesNoMoreSessionsAtTheEndOfItsLifetime() {
    let pool = pool()
    let holder = pool.lease(.shared)
    pool.dialSucceeds()
    pool.advance(by: .seconds(1_800))
    let next = pool.lease(.shared)
    #expect(pool.isWaiting(next))
    pool.dialSucceeds()
    #expect(pool.lease(of: next)?.connection != pool.lease(of: holder)?.connection)
  }

  @Test func aWaiterHearsOfTheEndOfALifetimeThoughTheCallerWhoFoundItIsRefused() {
    var configuration = PoolConfiguration()
    configuration.maximumWaiters = 1
    let pool = PoolDriver(configuration, mode: .multiplexed(connections: 1, sessions: 1))
    pool.lease(.shared)
    pool.dialSucceeds()
    pool.advance(by: .seconds(1_799))
    let waiter = pool.lease(.shared)
    pool.advance(by: .seconds(1))
    pool.lease(.shared)
    pool.dialSucceeds()
    #expect(!pool.isWaiting(waiter))
  }

  @Test func aLostServerEndsTheSharingOnEveryConnection() {
    let pool = pool(connections: 2, sessions: 1)
    let callers = [pool.lease(.shared), pool.lease(.shared)]
    pool.dialSucceeds()
    pool.dialSucceeds()
    pool.release(of: callers[0], .serverLost)
    #expect(pool.machine.shared.isEmpty && pool.closings.count == 1)
    pool.release(of: callers[1])
    #expect(pool.closings.count == 2)
  }

  @Test func whoCameFirstGetsTheFreeConnectionWhateverItsKind() {
    let pool = pool(maximum: 1)
    let holder = pool.lease(.exclusive)
    pool.dialSucceeds()
    let shared = pool.lease(.shared)
    let exclusive = pool.lease(.exclusive)
    pool.release(of: holder)
    #expect(!pool.isWaiting(shared) && pool.isWaiting(exclusive))
    pool.release(of: shared)
    #expect(!pool.isWaiting(exclusive))
  }

  @Test func closingUnderTheBorrowersEndsAllTheirSessions() {
    let pool = pool()
    let callers = (0..<3).map { _ in pool.lease(.shared) }
    pool.dialSucceeds()
    pool.stop()
    pool.closeLent()
    #expect(pool.closings.count == 1 && pool.machine.tally.sessions == 0)
    #expect(pool.machine.release(pool.lease(of: callers[0])!, .clean, now: pool.now) == nil)
    pool.closeEnds()
    #expect(pool.finishes == 1)
  }
}
