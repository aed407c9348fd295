import DBAdapterCore
import DBAdapterTesting
import Testing

/// Many pools in one manager: who goes, who waits, and who shares.
@Suite(.timeLimit(.minutes(2))) struct PoolRoomTests {
  @Test func twoHundredStringsPassThroughEightPools() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumPools = 8
    let manager = try fixture.manager()
    for number in 0..<200 {
      fixture.time.advance(by: .milliseconds(1))
      try await manager.withSession("memory:\(number)") { _ in }
      #expect(manager.snapshot().count <= 8)
    }
    let left = Set(manager.snapshot().compactMap(\.identity.database))
    #expect(left == Set((192..<200).map { "\($0)" }), "those used last")
    await until("the others are shut down") { fixture.server.calls.count { $0 == "shutdown" } == 192 }
    #expect(fixture.server.openAdapters == 8)
    #expect(fixture.observer.count { if case .evicted = $0 { true } else { false } } == 192)
    await manager.shutdown(grace: .zero)
    #expect(fixture.server.openAdapters == 0)
  }

  @Test func spellingsOfOneMeaningShareAPool() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    for _ in 0..<3 { try await manager.withSession(PoolFixture.target) { _ in } }
    try await manager.withSession(PoolFixture.target, policy: .readOnly) { _ in }
    #expect(manager.snapshot().count == 2, "one for each level of access")
    await manager.shutdown(grace: .zero)
  }

  @Test func whenEveryPoolIsBusyTheNextWaitsAndIsServed() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumPools = 8
    let manager = try fixture.manager()
    let (first, others) = (Holder(), Holder())
    await first.borrow(1, manager, "memory:0")
    for number in 1..<8 { await others.borrow(1, manager, "memory:\(number)") }
    let ninth = Task { try await manager.withSession("memory:9") { _ in true } }
    await until("the ninth waits") { manager.snapshot().contains { $0.identity.database == "9" && $0.waiting == 1 } }
    #expect(fixture.server.openAdapters == 8)
    await first.giveBack()
    #expect(try await ninth.value)
    #expect(!manager.snapshot().contains { $0.identity.database == "0" })
    await others.giveBack()
    await manager.shutdown(grace: .zero)
  }

  @Test func aPoolWhoseCallersLeftBeforeItGotRoomIsForgotten() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumPools = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let caller = Task { await failure { try await manager.withSession("memory:other") { _ in } } }
    await until("it waits") { manager.snapshot().contains { $0.waiting == 1 } }
    caller.cancel()
    #expect(await caller.value?.code == .cancelled)
    await until("the pool is gone") { manager.snapshot().count == 1 }
    await holder.giveBack()
    await manager.shutdown(grace: .zero)
  }

  @Test func aPoolThatIsFreeBecauseItsServerIsDownMakesRoom() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumPools = 1
    fixture.settings.dialRetryDelays = []
    fixture.server.hold("connect")
    fixture.server.fail("connect", with: PoolDriver.refused, times: 1)
    let manager = try fixture.manager()
    let unlucky = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    await until("a dial is under way") { fixture.server.countHeld("connect") == 1 }
    let other = Task { try await manager.withSession("memory:other") { _ in true } }
    await until("the other waits") {
      manager.snapshot().contains { $0.identity.database == "other" && $0.waiting == 1 }
    }
    fixture.server.letGo("connect")
    #expect(await unlucky.value?.code == .connectionFailed)
    #expect(try await other.value)
    await manager.shutdown(grace: .zero)
  }

  @Test func aConnectionThatBecomesIdleByItsResetGoesToWhoWaitsForRoom() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumTotalConnections = 1
    fixture.server.needsReset = true
    fixture.server.hold("reset")
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    await until("it is being reset") { fixture.server.countHeld("reset") == 1 }
    let other = Task { try await manager.withSession("memory:other") { _ in true } }
    await until("the other waits") {
      manager.snapshot().contains { $0.identity.database == "other" && $0.waiting == 1 }
    }
    fixture.server.letGo("reset")
    #expect(try await other.value)
    await manager.shutdown(grace: .zero)
    #expect(fixture.server.mostAdapters == 1)
  }

  @Test func idleConnectionsOfOnePoolMakeRoomForAnother() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumTotalConnections = 3
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(3, manager)
    await holder.giveBack()
    let other = Holder()
    await other.borrow(2, manager, "memory:other")
    #expect(fixture.server.mostAdapters == 3)
    await other.giveBack()
    await manager.shutdown(grace: .zero)
  }

  @Test func aPoolWithNothingGetsItsTurnBesideOneThatIsSaturated() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumTotalConnections = 4
    fixture.settings.leaseTimeout = .seconds(60)
    let manager = try fixture.manager(SystemTimeSource())
    let isOver = Locked(false)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask {
          while !isOver.withLock({ $0 }) {
            try await manager.withSession(PoolFixture.target) { _ in await Task.yield() }
          }
        }
      }
      await until("the cap is reached") { fixture.server.openAdapters == 4 }
      for number in 0..<3 {
        try await manager.withSession("memory:other\(number)") { _ in }
      }
      isOver.withLock { $0 = true }
      try await group.waitForAll()
    }
    #expect(fixture.server.mostAdapters <= 4)
    await manager.shutdown(grace: .seconds(5))
    #expect(fixture.server.openAdapters == 0)
  }

  @Test func manyPoolsUnderASmallCapAllMakeProgress() async throws {
    for mode in [LeaseMode.exclusive, .multiplexed(connections: 1, sessions: 4)] {
      var fixture = PoolFixture(mode)
      fixture.configuration.maximumPools = 3
      fixture.configuration.maximumTotalConnections = 4
      fixture.settings.maximumConnections = 3
      fixture.settings.leaseTimeout = .seconds(60)
      let manager = try fixture.manager(SystemTimeSource())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<60 {
          group.addTask {
            for round in 0..<20 {
              let target = "memory:\((number + round) % 7)"
              try await manager.withSession(target, exclusively: round.isMultiple(of: 5)) { _ in await Task.yield() }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(fixture.server.mostAdapters <= 4)
      #expect(manager.snapshot().allSatisfy { $0.sessions == 0 && $0.waiting == 0 })
      await manager.shutdown(grace: .seconds(5))
      #expect(fixture.server.openAdapters == 0)
    }
  }

  @Test func evictingForgetsAPoolWithoutHurtingItsBorrowers() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(2, manager)
    try await manager.withSession(PoolFixture.target) { _ in }
    #expect(fixture.server.openAdapters == 3)
    try manager.evict(try ConnectionString(PoolFixture.target))
    await until("the idle one is closed") { fixture.server.openAdapters == 2 }
    #expect(manager.snapshot().isEmpty)
    try await manager.withSession(PoolFixture.target) { _ in }
    await holder.giveBack()
    await until("the borrowed ones are closed") { fixture.server.openAdapters == 1 }
    await manager.shutdown(grace: .zero)
  }

  @Test func whoWaitsInAnEvictedPoolIsServedByTheNext() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let waiter = Task { try await manager.withSession(PoolFixture.target) { _ in true } }
    await until("one waits") { manager.snapshot().first?.waiting == 1 }
    try manager.evict(try ConnectionString(PoolFixture.target))
    #expect(try await waiter.value)
    await holder.giveBack()
    await manager.shutdown(grace: .zero)
  }

  @Test func housekeepingClosesIdleConnectionsAndThenThePool() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    let house = Task { await manager.run() }
    func tick(_ duration: Duration) async {
      await fixture.time.waitForAlarm(by: fixture.time.now() + .seconds(1))
      fixture.time.advance(by: duration)
      await fixture.time.waitForAlarm(by: fixture.time.now() + .seconds(1))
    }
    await tick(.seconds(61))
    await until("it is closed") { fixture.server.openAdapters == 0 }
    #expect(manager.snapshot().count == 1)
    await tick(.seconds(300))
    await until("the pool is gone") { manager.snapshot().isEmpty && fixture.server.calls.last == "shutdown" }
    house.cancel()
    await house.value
    await manager.shutdown(grace: .zero)
  }

  @Test func bothModesEndToEnd() async throws {
    let fixture = PoolFixture(.multiplexed(connections: 1, sessions: 8))
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(8, manager)
    let pool = try #require(manager.snapshot().first)
    #expect(pool.sessions == 8 && pool.active == 1 && pool.total == 1)
    try await manager.withSession(PoolFixture.target, exclusively: true) { _ in
      let pool = try #require(manager.snapshot().first)
      #expect(pool.sessions == 9 && pool.active == 2)
    }
    await holder.giveBack()
    await until("both are idle") { manager.snapshot().first?.idle == 2 }
    await manager.shutdown(grace: .zero)
  }
}
