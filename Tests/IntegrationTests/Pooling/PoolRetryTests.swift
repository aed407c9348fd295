import DBAdapterCore
import DBAdapterTesting
import Testing

/// When ``ConnectionManager/execute(_:on:policy:file:line:)`` runs a statement again, and when it must not.
extension PoolingTests {
  struct Cut: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: FaultProxy.Fault
    /// Whether the server runs the statement.
    let arrives: Bool

    var testDescription: String { name }

    static let all = [FaultProxy.Ending.close, .reset].flatMap { ending in
      [
        Cut(name: "\(ending) on the way there", fault: .cut(.fromClient, after: 0, ending), arrives: false),
        Cut(name: "\(ending) on the way back", fault: .cut(.fromServer, after: 0, ending), arrives: true),
        Cut(name: "\(ending) in the answer", fault: .cut(.fromServer, after: 3, ending), arrives: true),
      ]
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: Cut.all)
  func aWriteIsNeverRunTwice(_ cut: Cut) async throws {
    let table = TestServers.uniqueName()
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    _ = try await fixture.look(QueryRequest(unsafeText: "CREATE TABLE \(table) (id int)"))
    let write = QueryRequest(unsafeText: "INSERT INTO \(table) VALUES ($1)", parameters: [1])
    let prepared = QueryRequest(unsafeText: "INSERT INTO \(table) VALUES ($1)", parameters: [0])

    // The statement is prepared already, so that the fault meets the write itself.
    try await fixture.manager.withSession(fixture.target) { session in
      _ = try await session.execute(prepared)
      proxy.fault = cut.fault
      let lost = await #expect(throws: DBError.self) { try await session.execute(write) }
      #expect(lost?.code == .connectionLost && lost?.retry == .ifIdempotent, "\(lost.debugDescription)")
      proxy.fault = .none
    }
    try await expectRows(cut.arrives ? 2 : 1, table, fixture)

    // The same through the manager, which might repeat it.
    try await fixture.openConnections(1)
    let end = endTheFault(proxy, fixture, lost: 2)
    proxy.fault = cut.fault
    let error = await #expect(throws: DBError.self) { try await fixture.manager.execute(write, on: fixture.target) }
    #expect(error?.code == .connectionLost && error?.retry == .ifIdempotent, "\(error.debugDescription)")
    try await end.value
    try await expectRows(nil, table, fixture, atMost: cut.arrives ? 3 : 1)

    // A read is repeated, and so is a write that its caller says may be.
    let before = try await count(table, fixture)
    var repeatable = write
    repeatable.isIdempotent = true
    let reads = QueryRequest(unsafeText: "SELECT count(*) FROM \(table)", intent: .read)
    for (number, request) in [reads, repeatable].enumerated() {
      try await fixture.openConnections(1, policy: request.intent == .read ? .readOnly : .readWrite)
      let end = endTheFault(proxy, fixture, lost: 3 + number)
      proxy.fault = cut.fault
      let result = try await fixture.manager.execute(request, on: fixture.target)
      if number == 0 { #expect(result.rows[0][0] == .int(before)) }
      try await end.value
    }
    let after = try await count(table, fixture)
    #expect((before + 1...before + 2).contains(after))
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP TABLE \(table)"))
    try await fixture.end()
  }

  private func count(_ table: String, _ fixture: PoolFixture) async throws -> Int64 {
    try await fixture.look(QueryRequest(unsafeText: "SELECT count(*) FROM \(table)")).rows[0].decode(Int64.self, at: 0)
  }

  private func expectRows(
    _ count: Int64?, _ table: String, _ fixture: PoolFixture, atMost limit: Int64 = .max
  ) async throws {
    // What arrived just before the cut may still run.
    try await Task.sleep(for: .milliseconds(50))
    let found = try await self.count(table, fixture)
    if let count { #expect(found == count) } else { #expect(found <= limit) }
  }

  /// Lets everything through again once so many connections were lost.
  private func endTheFault(_ proxy: FaultProxy, _ fixture: PoolFixture, lost: Int) -> Task<Void, any Error> {
    Task {
      try await eventually("no connection was lost") { fixture.events["generationRaised"] >= lost }
      proxy.fault = .none
    }
  }

  /// A dial that is cut before anything was asked is repeated, for a write too.
  @Test(.timeLimit(.minutes(1))) func whatWasNeverSentIsSentAgain() async throws {
    let table = TestServers.uniqueName()
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    _ = try await fixture.look(QueryRequest(unsafeText: "CREATE TABLE \(table) (id int)"))
    for after in [0, 40, 300] {
      try fixture.manager.evict(fixture.target)
      let failed = fixture.events["dialFailed"]
      proxy.fault = .cut(.fromServer, after: after, .reset)
      let end = Task {
        try await eventually("no dial failed") { fixture.events["dialFailed"] > failed }
        proxy.fault = .none
      }
      let write = QueryRequest(unsafeText: "INSERT INTO \(table) VALUES ($1)", parameters: [.int(Int64(after))])
      _ = try await fixture.manager.execute(write, on: fixture.target)
      try await end.value
    }
    #expect(try await count(table, fixture) == 3)
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP TABLE \(table)"))
    try await fixture.end()
  }

  /// A request that may be repeated was sent once, and cannot be sent again: its error must not say that nothing was sent.
  @Test(.timeLimit(.minutes(1))) func anErrorRemembersAnEarlierAttempt() async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    try await fixture.openConnections(1)
    let attempt = Task {
      var write: QueryRequest = "SELECT pg_sleep(60)"
      write.isIdempotent = true
      return try await fixture.manager.execute(write, on: fixture.target)
    }
    try await fixture.untilItRuns("SELECT pg_sleep(60)")
    proxy.fault = .refuse
    proxy.cutAll(.reset)
    let error = await #expect(throws: DBError.self) { try await attempt.value }
    #expect(error?.code == .connectionFailed && error?.retry == .ifIdempotent, "\(error.debugDescription)")
    #expect(error?.outcome == "unknown")
    await fixture.manager.shutdown(grace: .zero)
    _ = try await fixture.look(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \(fixture.applicationName)")
  }
}
