import DBAdapterCore
import DBAdapterTesting
import Testing

/// Real tasks on real threads: nothing is lost, nobody is overtaken by much.
@Suite(.timeLimit(.minutes(2))) struct PoolConcurrencyTests {
  @Test func tenThousandTasksOnTenConnections() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumWaiters = 10_000
    fixture.settings.leaseTimeout = .seconds(60)
    let manager = try fixture.manager(SystemTimeSource())
    let done = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<10_000 {
        group.addTask {
          try await manager.withSession(PoolFixture.target) { session in
            await Task.yield()
            return number
          }
        }
      }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }.count
    }
    #expect(done == 10_000 && fixture.server.mostAdapters <= 10)
    let pool = try #require(manager.snapshot().first)
    #expect(pool.sessions == 0 && pool.waiting == 0 && pool.total == pool.idle && pool.counters.leases == 10_000)
    await manager.shutdown(grace: .seconds(5))
    #expect(fixture.server.openAdapters == 0)
  }

  @Test func cancellationAtAnyMomentLosesNeitherCallerNorConnection() async throws {
    for mode in [LeaseMode.exclusive, .multiplexed(connections: 2, sessions: 3)] {
      var fixture = PoolFixture(mode)
      fixture.settings.maximumConnections = 3
      fixture.settings.maximumWaiters = 5_000
      fixture.settings.leaseTimeout = .seconds(60)
      let manager = try fixture.manager(SystemTimeSource())
      let tasks = (0..<3_000).map { number in
        Task {
          do {
            try await manager.withSession(PoolFixture.target, exclusively: number.isMultiple(of: 3)) { _ in
              await Task.yield()
            }
            return true
          } catch let error as DBError {
            #expect(error.code == .cancelled)
            return false
          }
        }
      }
      for task in tasks.shuffled().prefix(1_500) {
        task.cancel()
        if Bool.random() { await Task.yield() }
      }
      var served = 0
      for task in tasks where try await task.value { served += 1 }
      #expect(served >= 1_500)
      let pool = try #require(manager.snapshot().first)
      #expect(pool.sessions == 0 && pool.waiting == 0 && pool.total <= 3)
      await manager.shutdown(grace: .seconds(5))
      #expect(fixture.server.openAdapters == 0)
    }
  }

  @Test func aCancelledWaiterLeavesAtOnceAndItsDialServesTheNext() async throws {
    let fixture = PoolFixture()
    fixture.server.hold("connect")
    let manager = try fixture.manager()
    let caller = Task { await failure { try await manager.withSession(PoolFixture.target) { _ in } } }
    await until("a dial is under way") { fixture.server.countHeld("connect") == 1 }
    caller.cancel()
    let error = await caller.value
    #expect(error?.code == .cancelled && error?.underlying is CancellationError)
    fixture.server.letGo("connect")
    try await manager.withSession(PoolFixture.target) { _ in }
    #expect(fixture.server.calls.count { $0 == "connect" } == 1)
    await manager.shutdown(grace: .zero)
  }

  @Test func nobodyIsOvertakenByMoreThanTheConnections() async throws {
    var fixture = PoolFixture()
    let connections = 4
    fixture.settings.maximumConnections = connections
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(connections, manager)
    let served = Locked<[Int]>([])
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<200 {
      tasks.append(
        // On one thread, callers go on in the order in which they are resumed.
        Task(executorPreference: EventLoop.shared) {
          try await manager.withSession(PoolFixture.target) { _ in
            served.withLock { $0.append(number) }
            await Task.yield()
          }
        })
      await until("the next one waits") { manager.snapshot().first?.waiting == number + 1 }
    }
    await holder.giveBack()
    for task in tasks { try await task.value }
    for (place, number) in served.withLock({ $0 }).enumerated() {
      #expect(abs(place - number) <= connections, "caller \(number) was served as number \(place)")
    }
    await manager.shutdown(grace: .zero)
  }
}
