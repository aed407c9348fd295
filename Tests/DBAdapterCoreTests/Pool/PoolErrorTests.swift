import DBAdapterCore
import DBAdapterTesting
import Testing

/// What callers are told who get no session, and what is told of those who keep one.
@Suite(.timeLimit(.minutes(2))) struct PoolErrorTests {
  @Test func aLeaseTimeoutExplainsItself() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let caller = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    await until("the caller waits") { manager.snapshot().first?.waiting == 1 }
    fixture.time.advance(by: .seconds(10))
    let error = try #require(await caller.value)
    #expect(error.code == .leaseTimeout && error.retry == .safe && error.adapter?.rawValue == "memory")
    #expect(error.message.contains("no session within 10 s: 1 of at most 1 connections in use, 0 idle, 0 waiting"))
    #expect(error.message.contains("the longest lease is 10 s old, borrowed at DBAdapterCoreTests/PoolFixture.swift:"))
    #expect(error.origin.file == "DBAdapterCoreTests/PoolErrorTests.swift")
    let pool = try #require(error.pool)
    #expect(pool.active == 1 && pool.total == 1 && pool.counters.timedOutLeases == 1)
    #expect(pool.longestLease?.duration == .seconds(10))
    await holder.giveBack()
    await manager.shutdown(grace: .zero)
  }

  @Test func aLeaseTimeoutNamesTheLastDialFailure() async throws {
    let fixture = PoolFixture()
    fixture.server.fail("connect", with: PoolDriver.refused, times: 1)
    let manager = try fixture.manager()
    let caller = Task {
      await failure { try await manager.withSession(PoolFixture.target, timeout: .milliseconds(40)) { _ in } }
    }
    await until("the first dial failed") { manager.snapshot().first?.health == .failing }
    fixture.time.advance(by: .milliseconds(40))
    let error = await caller.value
    #expect(error?.code == .leaseTimeout && error?.message.contains("the last dial failed: connection refused") == true)
    #expect((error?.underlying as? DBError)?.code == .connectionFailed)
    await manager.shutdown(grace: .zero)
  }

  @Test func theServersOwnSentenceComesAtOnceToAllWhoWait() async throws {
    let fixture = PoolFixture()
    fixture.server.hold("connect")
    fixture.server.fail("connect", with: PoolDriver.wrongPassword)
    let manager = try fixture.manager()
    let callers = (0..<4).map { _ in
      Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    }
    await until("all wait") { manager.snapshot().first?.waiting == 4 }
    fixture.server.letGo("connect")
    for caller in callers {
      let error = await caller.value
      #expect(error?.code == .authenticationFailed && error?.message == "the password is wrong")
      #expect(error?.pool != nil && error?.origin.file == "DBAdapterCoreTests/PoolErrorTests.swift")
    }
    await manager.shutdown(grace: .zero)
  }

  @Test func aServerThatIsDownIsSaidToBeDownAtOnceAndComesBackByItself() async throws {
    var fixture = PoolFixture()
    fixture.settings.dialRetryDelays = []
    fixture.server.fail("connect", with: PoolDriver.refused)
    let manager = try fixture.manager()
    #expect(
      await failure { try await manager.withSession(PoolFixture.target) { _ in } }?.message == "connection refused")
    let error = await failure { try await manager.withSession(PoolFixture.target) { _ in } }
    #expect(error?.code == .connectionFailed && error?.retry == .safe)
    #expect(error?.message == "the server is down, and is tried again in a moment: connection refused")
    #expect(error?.pool?.health == .down && fixture.server.calls.count { $0 == "connect" } == 1)
    fixture.server.fail("connect", with: nil)
    fixture.time.advance(by: .milliseconds(500))
    try await manager.withSession(PoolFixture.target) { _ in }
    #expect(manager.snapshot().first?.health == .up)
    await manager.shutdown(grace: .zero)
  }

  @Test func oneWaiterTooManyIsRefused() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    fixture.settings.maximumWaiters = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let waiter = Task { try await manager.withSession(PoolFixture.target) { _ in } }
    await until("one waits") { manager.snapshot().first?.waiting == 1 }
    let error = await failure { try await manager.withSession(PoolFixture.target) { _ in } }
    #expect(error?.code == .tooManyWaiters && error?.pool?.waiting == 1)
    #expect(error?.message.hasPrefix("1 callers wait for a session already: 1 of at most 1") == true)
    await holder.giveBack()
    try await waiter.value
    await manager.shutdown(grace: .zero)
  }

  @Test func impossibleSettingsAreRefusedWithTheirName() async throws {
    var fixture = PoolFixture()
    fixture.settings.minimumConnections = 11
    let manager = try fixture.manager()
    let error = await failure { try await manager.withSession(PoolFixture.target) { _ in } }
    #expect(error?.code == .invalidParameter && error?.message.contains("minimumConnections") == true)
    await manager.shutdown(grace: .zero)
  }

  @Test func aSessionHeldForTooLongIsReportedOnce() async throws {
    var fixture = PoolFixture()
    fixture.settings.leakWarningAfter = .seconds(30)
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    let holder = Holder()
    await holder.borrow(1, manager)
    fixture.time.advance(by: .seconds(29))
    let leaks = { fixture.observer.count { if case .leakSuspected = $0 { true } else { false } } }
    #expect(leaks() == 0)
    fixture.time.advance(by: .seconds(1))
    #expect(leaks() == 1)
    fixture.time.advance(by: .seconds(300))
    #expect(leaks() == 1)
    await holder.giveBack()
    await manager.shutdown(grace: .zero)
  }

  // MARK: Sessions after their closure

  @Test func aSessionUsedLateThrowsAndItsConnectionIsLentOn() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    let session = try await manager.withSession(PoolFixture.target) { $0 }
    #expect(await failure { try await session.ping() }?.code == .sessionExpired)
    try await manager.withSession(PoolFixture.target) { _ in }
    #expect(fixture.server.calls == ["connect"])
    await manager.shutdown(grace: .zero)
  }

  @Test(arguments: [LeaseMode.exclusive, .multiplexed(connections: 1, sessions: 4)])
  func aCallUnderWayAtTheEndOfItsClosureCostsTheConnection(_ mode: LeaseMode) async throws {
    let fixture = PoolFixture(mode)
    fixture.server.hold("ping")
    let manager = try fixture.manager()
    let late = try await manager.withSession(PoolFixture.target) { session in
      let late = Task { try await session.ping() }
      await until("the call is under way") { fixture.server.countHeld("ping") == 1 }
      return late
    }
    await until("the connection is closed") { fixture.server.openAdapters == 0 }
    fixture.server.letGo("ping")
    _ = await late.result
    try await manager.withSession(PoolFixture.target) { _ in }
    #expect(fixture.server.calls.count { $0 == "connect" } == 2)
    await manager.shutdown(grace: .zero)
  }

  @Test func aLostServerCostsTheSiblingsToo() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(3, manager)
    await holder.giveBack()
    fixture.server.fail("ping", with: PoolDriver.gone, times: 1)
    #expect(
      await failure { try await manager.withSession(PoolFixture.target) { try await $0.ping() } }?.code
        == .connectionLost)
    await until("all are closed") { fixture.server.openAdapters == 0 }
    #expect(manager.snapshot().first?.generation == 1)
    await manager.shutdown(grace: .zero)
  }

  @Test func aSessionThatLeftSomethingIsResetBeforeTheNext() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    fixture.server.needsReset = true
    let manager = try fixture.manager()
    for _ in 0..<2 { try await manager.withSession(PoolFixture.target) { try await $0.ping() } }
    await until("it is reset twice") { manager.snapshot().first?.idle == 1 }
    #expect(fixture.server.calls == ["connect", "ping", "reset", "ping", "reset"])
    fixture.server.isReusable = false
    try await manager.withSession(PoolFixture.target) { _ in }
    await until("it is closed") { fixture.server.openAdapters == 0 }
    await manager.shutdown(grace: .zero)
  }
}
