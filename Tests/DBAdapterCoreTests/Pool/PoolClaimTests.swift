import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// What a pool does with the room it took upon itself to free.
@Suite struct PoolClaimTests {
  /// Room for this pool, and somebody else who always waits for some.
  private final class Room: PoolCapacity {
    let calls = Locked<[String]>([])
    let isShort = true

    func want(_ wish: CapacityWish, for id: PoolID) -> Int { wish.count }
    func giveBack(for id: PoolID) {}
    func claimPressure(from id: PoolID) -> CapacityPressure? {
      calls.withLock { $0.append("claim") }
      return CapacityPressure(since: .now(), isDesperate: false)
    }
    func dropClaim() { calls.withLock { $0.append("drop") } }
    func relieve() { calls.withLock { $0.append("relieve") } }
    func finished(_ pool: ConnectionPool) {}
  }

  /// As long as the claim stands nobody else frees a connection; when nothing comes of it, somebody has to look again.
  @Test func aClaimThatCameToNothingIsMadeGood() async throws {
    let traits = PoolTraits(leaseMode: .multiplexed(connections: 1, sessions: 2))
    let server = InMemoryServer(poolTraits: traits)
    let configuration = ConnectionConfiguration(try ConnectionString("memory:"), access: .readWrite)
    let registration = try server.registry.registration(forScheme: "memory")
    let room = Room()
    let identity = PoolIdentity(
      id: "memory-0", kind: registration.descriptor.kind, endpoint: "local", database: nil, access: .readWrite,
      preference: .primary)
    let pool = ConnectionPool(
      PoolID(number: 0), try registration.connector(configuration), PoolConfiguration(),
      telemetry: PoolTelemetry(identity, observer: nil), capacity: room, time: SystemTimeSource())
    func lease() async throws -> Lease {
      try await pool.lease(.shared, until: Deadline(after: .seconds(10)), CallSite(file: #fileID, line: #line)).get()
    }
    let (first, second) = (try await lease(), try await lease())
    room.calls.withLock { $0 = [] }
    pool.release(first, .clean)
    #expect(room.calls.withLock { $0 } == ["claim", "drop", "relieve"], "the connection is still shared")
    pool.release(second, .clean)
    #expect(room.calls.withLock { $0.filter { $0 == "drop" } }.count == 1, "this one is closed for the other pool")
    pool.stop(.shutDown)
    await pool.end()
    #expect(server.openAdapters == 0)
  }

  /// A pool's metrics end when it says that it is evicted. Its successor has the same name, so that it must not be
  /// there yet.
  @Test func anEvictedPoolSaysSoOnceAndBeforeItsSuccessorIsMade() async throws {
    final class Watcher: PoolObserver {
      let manager = Locked<ConnectionManager?>(nil)
      let listed = Locked<[Int]>([])

      func pool(_ pool: PoolIdentity, _ event: PoolEvent) {
        guard case .evicted = event, let manager = manager.withLock({ $0 }) else { return }
        let count = manager.snapshot().count
        listed.withLock { $0.append(count) }
      }
    }
    let watcher = Watcher()
    let target = try ConnectionString("memory:")
    try await ConnectionManager.withManager(registry: InMemoryServer().registry, observer: watcher) { manager in
      watcher.manager.withLock { $0 = manager }
      try await manager.withSession(target) { _ in
        try manager.evict(target)
        try manager.evict(target)
      }
      try await manager.withSession(target) { _ in }
    }
    watcher.manager.withLock { $0 = nil }
    #expect(watcher.listed.withLock { $0 } == [1])
  }

  @Test func aPingMayNotBeTooOldAtOnce() async throws {
    var configuration = PoolConfiguration()
    configuration.validateAfterIdle = .milliseconds(-1)
    #expect { try configuration.validated() } throws: { ($0 as? DBError)?.code == .invalidParameter }
  }

  @Test func aManagerWithoutRoomIsRefused() async throws {
    for change in [
      { $0.maximumPools = 0 }, { $0.maximumTotalConnections = -1 },
    ] as [(inout ConnectionManagerConfiguration) -> Void] {
      var configuration = ConnectionManagerConfiguration()
      change(&configuration)
      let manager = ConnectionManager(registry: try InMemoryServer().registry, configuration: configuration)
      let error = await #expect(throws: DBError.self) { try await manager.withSession("memory:") { _ in } }
      #expect(error?.code == .invalidParameter && error?.message.contains("has to be at least 1") == true)
    }
  }

  /// No limit that a caller can name may end the process.
  @Test(arguments: [Duration.seconds(Int64.min), .seconds(Int64.max), .nanoseconds(Int64.min), .zero, .seconds(-1)])
  func anyLimitIsTaken(_ limit: Duration) async throws {
    let server = InMemoryServer()
    var settings = ConnectionManagerConfiguration()
    settings.poolIdleTimeout = limit
    settings.retry.delays = [limit]
    var pool = PoolConfiguration()
    pool.idleTimeout = limit
    pool.keepAliveInterval = limit
    pool.leakWarningAfter = limit
    pool.circuitBreakerCoolDown = limit
    pool.circuitBreakerTripAfter = limit
    pool.dialRetryDelays = [limit]
    if limit > .zero {
      pool.leaseTimeout = limit
      pool.maximumLifetime = limit
      pool.validateAfterIdle = limit
      pool.validationTimeout = limit
    }
    settings.pool = pool
    try await ConnectionManager.withManager(
      registry: server.registry, configuration: settings, policy: .readWrite, grace: limit
    ) { manager in
      let target = try ConnectionString("memory:")
      _ = try? await manager.execute(QueryRequest(unsafeText: "SELECT 1", timeout: limit), on: target)
      _ = try? await manager.withSession(target, timeout: limit) { _ in }
      try await manager.withSession(target, timeout: .seconds(10)) { session in
        _ = try? await session.execute(QueryRequest(unsafeText: "SELECT 1", timeout: limit))
        manager.broker.housekeep()
        _ = session.pool.description
      }
      manager.broker.housekeep()
    }
  }
}
