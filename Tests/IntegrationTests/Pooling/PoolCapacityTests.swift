import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// Many databases, and servers without room.
extension PoolingTests {
  /// 200 connection strings, each a database and a user, through 32 pools and 64 connections.
  @Test(.timeLimit(.minutes(2))) func manyDatabasesShareTheRoom() async throws {
    try await withThrowawayPostgres(maxConnections: 120) { server in
      let places = try await makeDatabases(20, users: 10, on: server)
      let fixture = try PoolFixture(server.url) { _, pool in pool.leaseTimeout = .seconds(60) }
      let watch = Task { try await watchRoom(fixture) }
      let targets = try places.map { place in
        try ConnectionString(
          fixture.server.text(user: place.user, password: "sesame", database: place.database))
      }
      let outcomes = await allOutcomes(3 * targets.count) { number in
        // A stride that has no factor with 200: neighbours in time are strangers.
        let index = number * 37 % targets.count
        switch (number / targets.count + number) % 10 {
        case 3: return await self.failToOpen("shelf\(100 + index % 20)", fixture)
        case 7: return await self.leaveEarly(targets[index], fixture)
        default: break
        }
        try await fixture.manager.withSession(targets[index]) { session in
          let row = try await session.execute("SELECT current_database()::text, current_user::text, pg_sleep(0.005)")
            .rows[0]
          #expect(row[0] == .text(places[index].database) && row[1] == .text(places[index].user))
        }
      }
      for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
      watch.cancel()
      let seen = try await watch.value
      #expect(fixture.events.most.pools <= 32 && fixture.events.most.connections <= 64, "\(fixture.events.most)")
      // Pools are looked at one after the other: a connection that goes from one to the next may be seen in both.
      #expect(seen.pools <= 32 + 4 && seen.connections <= 64 + 4, "pools with connections, and connections: \(seen)")
      // The server's own count lags behind: a session that was closed takes it a moment to end.
      #expect(seen.backends <= 64 + 16, "\(seen)")
      #expect(fixture.manager.snapshot().count <= 32)
      try await expectAllRoom(of: fixture, in: Array(targets.prefix(8)))
      #expect(Set(fixture.events.entries.map(\.pool)).count >= 200 && fixture.events["evicted"] >= 168)
      print(
        "many databases: most at once \(seen), by events \(fixture.events.most); opened \(fixture.events["opened"]),",
        "slowest of \(outcomes.count) \(outcomes.map(\.time.total).percentile(1))")
      try await fixture.end()
    }
  }

  /// A database that is not there takes up room for a moment only.
  private func failToOpen(_ database: String, _ fixture: PoolFixture) async {
    let error = await #expect(throws: DBError.self) {
      try await fixture.manager.withSession(ConnectionString(fixture.server.text(database: database))) { _ in }
    }
    #expect(error?.code == .objectNotFound, "\(error.debugDescription)")
  }

  /// Somebody who does not wait until it is their turn.
  private func leaveEarly(_ target: ConnectionString, _ fixture: PoolFixture) async {
    let task = Task {
      try await fixture.manager.withSession(target) { _ = try await $0.execute("SELECT pg_sleep(60)") }
    }
    try? await Task.sleep(for: .milliseconds(.random(in: 0..<300)))
    task.cancel()
    let error = await #expect(throws: DBError.self) { try await task.value }
    #expect(error?.code == .cancelled, "\(error.debugDescription)")
  }

  /// Nothing of the room was lost on the way: 64 sessions can be held at once.
  private func expectAllRoom(of fixture: PoolFixture, in targets: [ConnectionString]) async throws {
    let held = Locked(0)
    let outcomes = await allOutcomes(64) { number in
      try await fixture.manager.withSession(targets[number % targets.count]) { _ in
        held.withLock { $0 += 1 }
        try await eventually("some of the room is lost", within: .seconds(20)) { held.withLock { $0 } == 64 }
      }
    }
    for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
    try await fixture.untilQuiet()
  }

  private func makeDatabases(
    _ count: Int, users: Int, on server: ThrowawayPostgres
  ) async throws -> [(database: String, user: String)] {
    let names = (0..<count).map { "shelf\($0)" }
    let roles = (0..<users).map { "reader\($0)" }
    try await ConnectionManager.withManager(registry: AdapterRegistry([.postgres]), policy: .administrative) {
      manager in
      for role in roles {
        _ = try await manager.execute(
          QueryRequest(unsafeText: "CREATE ROLE \(role) LOGIN PASSWORD 'sesame'"), on: ConnectionString(server.url))
      }
      let failures = await allOutcomes(4) { worker in
        for name in names[worker...].enumerated().filter({ $0.offset % 4 == 0 }).map(\.element) {
          _ = try await manager.execute(
            QueryRequest(unsafeText: "CREATE DATABASE \(name) TEMPLATE template0 STRATEGY wal_log"),
            on: ConnectionString(server.url))
        }
      }
      for error in failures.compactMap(\.error) { throw error }
    }
    return names.flatMap { name in roles.map { (name, $0) } }
  }

  /// The most of everything until it is cancelled.
  private func watchRoom(_ fixture: PoolFixture) async throws -> (pools: Int, connections: Int, backends: Int64) {
    var most: (pools: Int, connections: Int, backends: Int64) = (0, 0, 0)
    let target = fixture.server
    try await ConnectionManager.withManager(registry: AdapterRegistry([.postgres])) { manager in
      try await manager.withSession(target) { session in
        while !Task.isCancelled {
          let alive = fixture.manager.snapshot().map { $0.total + $0.dialling + $0.closing }.filter { $0 > 0 }
          most.pools = max(most.pools, alive.count)
          most.connections = max(most.connections, alive.reduce(0, +))
          let count: QueryRequest =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = \(fixture.applicationName)"
          guard let row = try? await session.execute(count).rows.first else { break }
          most.backends = max(most.backends, try row.decode(Int64.self, at: 0))
          try? await Task.sleep(for: .milliseconds(5))
        }
      }
    }
    return most
  }

  /// Somebody else holds the server's connections.
  @Test(.timeLimit(.minutes(1))) func aFullServerIsUsedAsFarAsItGoes() async throws {
    try await withThrowawayPostgres(maxConnections: 8) { server in
      let fixture = try PoolFixture(server.url)
      let other = try PoolFixture(server.url)

      // None left: the server's own sentence, after the retries.
      try await other.hold(8) {
        for _ in 1...2 {
          let (error, time) = await outcome { try await fixture.manager.withSession(fixture.target) { _ in } }
          let refused = try #require(error as? DBError)
          #expect(
            refused.code == .tooManyConnections && refused.server?.sqlState == "53300", "\(refused.debugDescription)")
          #expect(refused.retry == .safe && refused.stage != nil && refused.outcome == "rejected")
          #expect(refused.message.contains("too many clients"), "\(refused.message)")
          #expect(time.own < .milliseconds(350) + PoolFixture.slack, "refused after \(time)")
          try await Task.sleep(for: .milliseconds(600))
        }
        #expect(fixture.events["dialFailed"] == 5, "four attempts, and one probe")
        #expect(try fixture.pool().health == .down)
      }
      await other.manager.shutdown(grace: .zero)
      try await eventually("the server has no room again") {
        (try? await fixture.manager.withSession(fixture.target) { try await $0.ping() }) != nil
      }

      // Some: whoever comes is served by those.
      try await fixture.openConnections(3)
      try await other.untilBackends(0)
      let rest = try PoolFixture(server.url)
      try await rest.hold(5) {
        let outcomes = await allOutcomes(40) { _ in
          try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT pg_sleep(0.05)") }
        }
        for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
        let pool = try fixture.pool()
        #expect(pool.total == 3 && pool.lastDialFailure?.code == .tooManyConnections, "\(pool)")
      }
      await rest.manager.shutdown(grace: .zero)

      // The other has let go: no word from anybody is needed.
      let watch = Stopwatch()
      while try fixture.pool().total < 5, watch.time.total < .seconds(5) {
        _ = await allOutcomes(8) { _ in
          try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT pg_sleep(0.05)") }
        }
      }
      #expect(try fixture.pool().total >= 5)
      #expect(watch.time.own < .seconds(1) + PoolFixture.slack, "recovered after \(watch.time)")
      try await fixture.end()
    }
  }
}

extension PoolFixture {
  /// Holds so many sessions while a closure runs.
  fileprivate func hold(_ count: Int, _ body: () async throws -> Void) async throws {
    if count == 0 { return try await body() }
    try await manager.withSession(target) { session in
      _ = try await session.execute("SELECT 1")
      try await hold(count - 1, body)
    }
  }
}
