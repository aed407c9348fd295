import DBAdapterCore
import DBAdapterTesting
import Testing

/// A manager ends from every state its pools can be in, and leaves nothing open.
@Suite(.timeLimit(.minutes(2))) struct PoolShutdownTests {
  private func expectEnded(_ server: InMemoryServer, sourceLocation: Testing.SourceLocation = #_sourceLocation) {
    #expect(server.openAdapters == 0, sourceLocation: sourceLocation)
    #expect(server.calls.last == "shutdown", sourceLocation: sourceLocation)
    #expect(server.calls.count { $0 == "shutdown" } == 1, sourceLocation: sourceLocation)
  }

  @Test func withNothingEverUsed() async throws {
    let fixture = PoolFixture()
    try await fixture.manager().shutdown(grace: .zero)
    #expect(fixture.server.calls.isEmpty)
  }

  @Test func withIdleConnections() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    await manager.shutdown(grace: .seconds(5))
    expectEnded(fixture.server)
    let error = await failure { try await manager.withSession(PoolFixture.target) { _ in } }
    #expect(error?.code == .poolClosed)
  }

  @Test func waitsForLentSessionsWithinTheGrace() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(2, manager)
    async let end: Void = manager.shutdown(grace: .seconds(5))
    await until("the pool lends no more") { manager.snapshot().isEmpty }
    #expect(fixture.server.openAdapters == 2)
    await holder.giveBack()
    await end
    expectEnded(fixture.server)
  }

  @Test func closesUnderBorrowersAfterTheGrace() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(2, manager)
    async let end: Void = manager.shutdown(grace: .seconds(5))
    await until("the grace began") { fixture.time.nextAlarm == fixture.time.now() + .seconds(5) }
    fixture.time.advance(by: .seconds(4))
    #expect(fixture.server.openAdapters == 2)
    fixture.time.advance(by: .seconds(1))
    await end
    expectEnded(fixture.server)
    await holder.giveBack()
  }

  @Test func refusesWhoWaits() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let waiters = (0..<5).map { _ in
      Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    }
    await until("five wait") { manager.snapshot().first?.waiting == 5 }
    async let end: Void = manager.shutdown(grace: .seconds(5))
    for waiter in waiters {
      let error = await waiter.value
      #expect(error?.code == .poolClosed && error?.origin.file.hasSuffix("PoolShutdownTests.swift") == true)
    }
    await holder.giveBack()
    await end
    expectEnded(fixture.server)
  }

  @Test func abandonsDials() async throws {
    let fixture = PoolFixture()
    fixture.server.hold("connect")
    let manager = try fixture.manager()
    let caller = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    await until("a dial is under way") { fixture.server.countHeld("connect") == 1 }
    await manager.shutdown(grace: .seconds(5))
    #expect(await caller.value?.code == .poolClosed)
    expectEnded(fixture.server)
  }

  @Test func whileDialsPause() async throws {
    let fixture = PoolFixture()
    fixture.server.fail("connect", with: PoolDriver.refused)
    let manager = try fixture.manager()
    let caller = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    await until("the first dial failed") { manager.snapshot().first?.health == .failing }
    await manager.shutdown(grace: .seconds(5))
    #expect(await caller.value?.code == .poolClosed)
    #expect(fixture.server.calls == ["connect", "close", "shutdown"])
  }

  @Test func withTheBreakerOpen() async throws {
    var fixture = PoolFixture()
    fixture.settings.dialRetryDelays = []
    fixture.server.fail("connect", with: PoolDriver.refused)
    let manager = try fixture.manager()
    #expect(await failure { try await manager.withSession(PoolFixture.target) { _ in } }?.code == .connectionFailed)
    #expect(manager.snapshot().first?.health == .down)
    await manager.shutdown(grace: .seconds(5))
    expectEnded(fixture.server)
  }

  @Test(arguments: ["ping", "reset"]) func closesUnderItsOwnPingsAndResetsAfterTheGrace(_ call: String) async throws {
    let fixture = PoolFixture()
    fixture.server.needsReset = call == "reset"
    fixture.server.hold(call)
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    var caller: Task<DBError?, Never>?
    if call == "ping" {
      fixture.time.advance(by: .seconds(2))
      caller = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    }
    await until("the pool is at it") { fixture.server.countHeld(call) == 1 }
    async let end: Void = manager.shutdown(grace: .seconds(5))
    await until("the grace began") { fixture.time.nextAlarm == fixture.time.now() + .seconds(5) }
    fixture.time.advance(by: .seconds(5))
    await end
    expectEnded(fixture.server)
    fixture.server.letGo(call)
    if let caller { #expect(await caller.value?.code == .poolClosed) }
  }

  @Test func withAPoolThatNeverGotRoom() async throws {
    var fixture = PoolFixture()
    fixture.configuration.maximumPools = 1
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    let caller = Task { await failure { try await manager.withSession("memory:other") { _ in } } }
    await until("it waits for room") {
      manager.snapshot().count == 2 && manager.snapshot().contains { $0.waiting == 1 }
    }
    async let end: Void = manager.shutdown(grace: .seconds(5))
    #expect(await caller.value?.code == .poolClosed)
    await holder.giveBack()
    await end
    #expect(fixture.server.openAdapters == 0 && fixture.server.calls.count { $0 == "shutdown" } == 2)
  }

  @Test func twiceAndAtTheSameTime() async throws {
    let fixture = PoolFixture()
    let manager = try fixture.manager()
    try await manager.withSession(PoolFixture.target) { _ in }
    fixture.server.hold("shutdown")
    let ends = (0..<3).map { _ in Task { await manager.shutdown(grace: .seconds(5)) } }
    await until("the connector is being shut down") { fixture.server.countHeld("shutdown") == 1 }
    let last = Task { await manager.shutdown(grace: .zero) }
    fixture.server.letGo("shutdown")
    for end in ends + [last] { await end.value }
    expectEnded(fixture.server)
    await manager.shutdown(grace: .zero)
    expectEnded(fixture.server)
  }

  @Test func whileHundredsLease() async throws {
    for _ in 0..<20 {
      let fixture = PoolFixture()
      let manager = try fixture.manager(SystemTimeSource())
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<100 {
          group.addTask {
            do {
              for _ in 0..<10 { try await manager.withSession(PoolFixture.target) { try await $0.ping() } }
            } catch {
              #expect((error as? DBError)?.code == .poolClosed)
            }
          }
        }
        group.addTask {
          await until("some have begun") { fixture.server.calls.count > 40 }
          await manager.shutdown(grace: .seconds(5))
          #expect(fixture.server.openAdapters == 0)
        }
      }
      expectEnded(fixture.server)
    }
  }

  @Test func aForgottenManagerClosesEverything() async throws {
    let fixture = PoolFixture()
    do {
      let manager = try fixture.manager(SystemTimeSource())
      try await manager.withSession(PoolFixture.target) { _ in }
      #expect(fixture.server.openAdapters == 1)
    }
    await until("everything is closed") { fixture.server.calls.last == "shutdown" }
    expectEnded(fixture.server)
  }

  @Test func withManagerShutsDownWhateverTheBodyDoes() async throws {
    struct Mine: Error {}
    let server = InMemoryServer()
    let result = try await ConnectionManager.withManager(registry: server.registry) { manager in
      try await manager.withSession(PoolFixture.target) { _ in 7 }
    }
    #expect(result == 7)
    expectEnded(server)
    await #expect(throws: Mine.self) {
      try await ConnectionManager.withManager(registry: server.registry) { manager in
        try await manager.withSession(PoolFixture.target) { _ in }
        throw Mine()
      }
    }
    #expect(server.openAdapters == 0 && server.calls.last == "shutdown")
  }
}
