import DBAdapterCore
import DBAdapterTesting
import Testing

extension PoolingTests {
  /// Sessions that are lent may go on for the grace period; then they end, here and on the server.
  @Test(.timeLimit(.minutes(1)), arguments: [Duration.zero, .milliseconds(600)])
  func shuttingDownEndsInTime(grace: Duration) async throws {
    let fixture = try PoolFixture { _, pool in pool.maximumConnections = 6 }
    let sleepers = Task {
      await allOutcomes(5) { _ in
        try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT pg_sleep(60)") }
      }
    }
    try await fixture.untilItRuns("SELECT pg_sleep(60)", times: 5)
    let isLent = AsyncStream<Void>.makeStream()
    let quick = Task {
      await outcome {
        try await fixture.manager.withSession(fixture.target) { session in
          isLent.continuation.yield()
          _ = try await session.execute("SELECT pg_sleep(0.3)")
        }
      }
    }
    var lent = isLent.stream.makeAsyncIterator()
    await lent.next()
    let waiters = Task { await allOutcomes(20) { _ in try await fixture.manager.withSession(fixture.target) { _ in } } }
    try await eventually("nobody waits") { try fixture.pool().waiting >= 15 }
    let watch = Stopwatch()
    let shutdown = Task {
      await fixture.manager.shutdown(grace: grace)
      return watch.time
    }
    for (error, _) in await waiters.value where error != nil {
      #expect((error as? DBError)?.code == .poolClosed, "\(String(describing: error))")
    }
    #expect(watch.time.own < PoolFixture.slack, "waiters heard of it after \(watch.time)")
    let time = await shutdown.value
    #expect(time.total >= grace && time.own < grace + PoolFixture.slack, "\(time) for a grace of \(grace)")
    for (error, _) in await sleepers.value {
      let error = try #require(error as? DBError)
      // Closing stops the statement on the server, whose word of that may arrive before the connection is gone.
      let isStopped = error.code == .cancelled && error.server?.sqlState == "57014"
      #expect(
        isStopped || error.code == .connectionLost && error.retry == .ifIdempotent, "\(error.debugDescription)")
    }
    let (error, _) = await quick.value
    if grace > .zero { #expect(error == nil, "\(String(describing: error))") }
    let late = await #expect(throws: DBError.self) { try await fixture.manager.withSession(fixture.target) { _ in } }
    #expect(late?.code == .poolClosed)
    try await fixture.untilBackends(0)
  }

  /// A server that has fallen silent delays no shutdown: not by a statement, a reset, a dial or a connection that is idle.
  @Test(.timeLimit(.minutes(1))) func aSilentServerDelaysNoShutdown() async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy) { _, pool in pool.maximumConnections = 4 }
    try await fixture.openConnections(3)
    let statement = Task {
      await outcome {
        try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT pg_sleep(60)") }
      }
    }
    try await fixture.untilItRuns("SELECT pg_sleep(60)")
    try await fixture.manager.withSession(fixture.target) { session in
      _ = try await session.execute("SET lock_timeout = '1s'")
      proxy.fault = .blackHole
    }
    let others = Task {
      await allOutcomes(3) { _ in
        try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT 1") }
      }
    }
    try await eventually("nobody dials") { try fixture.pool().dialling == 1 }
    #expect(try fixture.pool().active == 3, "a statement, a reset, and a statement that nobody hears")
    let (_, time) = await Stopwatch.measure { await fixture.manager.shutdown(grace: .milliseconds(300)) }
    #expect(time.own < .milliseconds(300) + PoolFixture.slack, "\(time)")
    for (error, _) in await others.value + [statement.value] {
      let error = try #require(error as? DBError)
      #expect([.connectionLost, .poolClosed].contains(error.code), "\(error.debugDescription)")
    }
    // Its cancel request was not heard either.
    _ = try await fixture.look(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \(fixture.applicationName)")
    try await fixture.untilBackends(0)
  }

  /// As soon as nothing is lent any more there is nothing to wait for.
  @Test(.timeLimit(.minutes(1))) func shuttingDownWaitsNoLongerThanItMust() async throws {
    let fixture = try PoolFixture()
    let quick = Task {
      try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT pg_sleep(0.5)") }
    }
    try await fixture.untilItRuns("SELECT pg_sleep(0.5)")
    let (_, time) = await Stopwatch.measure { await fixture.manager.shutdown(grace: .seconds(30)) }
    #expect(time.own < .milliseconds(500) + PoolFixture.slack, "\(time)")
    try await quick.value
    try await fixture.untilBackends(0)
  }

  /// A manager that is forgotten closes its connections by itself.
  @Test(.timeLimit(.minutes(1))) func aForgottenManagerLeavesNothing() async throws {
    let name: String
    do {
      let fixture = try PoolFixture()
      try await fixture.openConnections(3)
      name = fixture.applicationName
    }
    let url = try TestServers.require(.postgres)
    try await eventually("a forgotten manager keeps connections") {
      let count: QueryRequest = "SELECT count(*) FROM pg_stat_activity WHERE application_name = \(name)"
      return try await PoolFixture.look(at: url, count).rows[0][0] == 0
    }
  }
}
