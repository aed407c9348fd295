import DBAdapterCore
import DBAdapterTesting
import Testing

/// What ``ConnectionManager/run()`` does, in short settings; and a pool in front of another pool.
extension PoolingTests {
  private func withHousekeeping(_ fixture: PoolFixture, _ body: () async throws -> Void) async throws {
    let run = Task { await fixture.manager.run() }
    do {
      try await body()
    } catch {
      Issue.record(error)
    }
    run.cancel()
    await run.value
    try await fixture.end()
  }

  @Test(.timeLimit(.minutes(1))) func idleConnectionsAreClosedDownToTheMinimum() async throws {
    let fixture = try PoolFixture { _, pool in
      pool.minimumConnections = 2
      pool.idleTimeout = .milliseconds(300)
    }
    try await withHousekeeping(fixture) {
      try await fixture.openConnections(6)
      #expect(try fixture.pool().total == 6)
      try await eventually("idle connections stay open") { try fixture.pool().total == 2 }
      try await eventually("nobody was told of what was closed") { fixture.events["closed idle"] == 4 }
      try await Task.sleep(for: .milliseconds(1_200))
      #expect(try fixture.pool().total == 2 && fixture.events["opened"] == 6)
      try await fixture.untilBackends(2)
    }
  }

  @Test(.timeLimit(.minutes(1))) func oldConnectionsAreReplaced() async throws {
    let fixture = try PoolFixture { _, pool in
      pool.minimumConnections = 2
      pool.maximumLifetime = .milliseconds(500)
    }
    try await withHousekeeping(fixture) {
      let first = try await fixture.manager.withSession(fixture.target) { session in
        // Nobody is disturbed while the session is lent.
        let first = try await session.execute("SELECT pg_backend_pid(), pg_sleep(1)").rows[0][0]
        #expect(try await session.execute("SELECT pg_backend_pid()").rows[0][0] == first)
        return first
      }
      let next = try await fixture.manager.execute("SELECT pg_backend_pid()", on: fixture.target).rows[0][0]
      #expect(next != first && fixture.events["closed lifetime"] >= 1)
      try await eventually("the minimum is not kept") {
        try fixture.pool().total == 2 && fixture.events["closed lifetime"] >= 4
      }
    }
  }

  /// A connection that dies while nobody uses it is found and replaced without anybody asking for one.
  @Test(.timeLimit(.minutes(1))) func idleConnectionsAreKeptAlive() async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy) { _, pool in
      pool.minimumConnections = 2
      pool.keepAliveInterval = .milliseconds(200)
    }
    try await withHousekeeping(fixture) {
      try await fixture.openConnections(2)
      let silent = proxy.passedBytes.toServer
      try await eventually("nothing is sent to keep connections alive") { proxy.passedBytes.toServer > silent }
      #expect(try fixture.pool().total == 2)
      proxy.cutAll(.reset)
      try await eventually("dead connections are not found") { fixture.events["generationRaised"] == 1 }
      try await eventually("the minimum is not restored") { try fixture.pool().idle == 2 }
      #expect(fixture.events["opened"] == 4 && proxy.openConnections == 2)
    }
  }

  /// A server that was down is found to be up again without a caller who pays for it.
  @Test(.timeLimit(.minutes(1))) func aServerThatWasDownIsProbed() async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432, fault: .refuse)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    try await withHousekeeping(fixture) {
      let error = await #expect(throws: DBError.self) { try await fixture.openConnections(1) }
      #expect(error?.code == .connectionFailed && error?.stage == .dial, "\(error.debugDescription)")
      #expect(try fixture.pool().health == .down)
      proxy.fault = .none
      try await eventually("the server is not probed") { try fixture.pool().health == .up }
      try await fixture.openConnections(1)
      #expect(fixture.events["breakerOpened"] == 1 && fixture.events["breakerClosed"] == 1)
    }
  }

  @Test(.timeLimit(.minutes(1))) func poolsThatNobodyUsesAreForgotten() async throws {
    let fixture = try PoolFixture { manager, _ in manager.poolIdleTimeout = .milliseconds(300) }
    try await withHousekeeping(fixture) {
      try await fixture.openConnections(2)
      try await eventually("an idle pool stays") { fixture.manager.snapshot().isEmpty }
      try await fixture.untilBackends(0)
      try await fixture.openConnections(1)
    }
  }

  /// Behind a transaction pooler sessions share backends: nothing may stay on them, and nothing breaks.
  @Test(.timeLimit(.minutes(1)), .requires(.pgBouncer)) func aPoolerBehindThePool() async throws {
    let table = TestServers.uniqueName()
    let fixture = try PoolFixture(TestServers.require(.pgBouncer))
    _ = try await fixture.look(QueryRequest(unsafeText: "CREATE TABLE \(table) (id int)"))
    let outcomes = await allOutcomes(60) { number in
      let insert: QueryRequest = QueryRequest(
        unsafeText: "INSERT INTO \(table) VALUES ($1)", parameters: [.int(Int64(number))])
      switch number % 3 {
      case 0: _ = try await fixture.manager.execute(insert, on: fixture.target)
      case 1:
        try await fixture.manager.withSession(fixture.target) { session in
          try await session.withTransaction { _ = try await $0.execute(insert) }
        }
      default:
        // Left open: it is undone when the session comes back.
        try await fixture.manager.withSession(fixture.target) { session in
          _ = try await session.execute("BEGIN")
          _ = try await session.execute(insert)
        }
      }
    }
    for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
    try await eventually("transactions stay open") { try fixture.pool().active == 0 }
    let open: QueryRequest = QueryRequest(
      unsafeText: "SELECT count(*) FROM pg_locks WHERE relation = '\(table)'::regclass AND mode = 'RowExclusiveLock'")
    #expect(try await fixture.look(open).rows[0][0] == 0)
    #expect(try await fixture.look(QueryRequest(unsafeText: "SELECT count(*) FROM \(table)")).rows[0][0] == 40)
    #expect(fixture.events["opened"] <= 10 && fixture.events["closed broken"] == 0)
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP TABLE \(table)"))
    await fixture.manager.shutdown(grace: .seconds(1))
    #expect(fixture.manager.snapshot().isEmpty)
  }
}
