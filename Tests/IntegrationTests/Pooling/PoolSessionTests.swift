import DBAdapterCore
import DBAdapterTesting
import Testing

/// What one borrower leaves behind must not reach the next.
extension PoolingTests {
  struct Leak: Sendable, CustomTestStringConvertible {
    let name: String
    let leave: [String]
    /// What the next borrower asks, and what a new session would say.
    let question: String
    let answer: DBValue

    var testDescription: String { name }

    init(_ name: String, _ leave: String..., asking question: String, answer: DBValue) {
      self.name = name
      self.leave = leave
      self.question = question
      self.answer = answer
    }

    static let all = [
      Leak("a setting", "SET lock_timeout = '7s'", asking: "SELECT current_setting('lock_timeout')", answer: "0"),
      Leak(
        "a setting by a function", "SELECT set_config('lock_timeout', '7s', false)",
        asking: "SELECT current_setting('lock_timeout')", answer: "0"),
      Leak(
        "the search path", "SET search_path = pg_catalog", asking: "SELECT current_setting('search_path')",
        answer: .text(#""$user", public"#)),
      Leak(
        "a variable", "SELECT set_config('shop.user', 'eve', false)",
        asking: "SELECT coalesce(current_setting('shop.user', true), '')", answer: ""),
      Leak("a role", "SET ROLE bosdb_plain", asking: "SELECT current_user::text", answer: "bosdb"),
      Leak("a user", "SET SESSION AUTHORIZATION bosdb_plain", asking: "SELECT session_user::text", answer: "bosdb"),
      Leak(
        "a temporary table", "CREATE TEMP TABLE basket AS SELECT 1 AS a",
        asking: "SELECT to_regclass('pg_temp.basket') IS NULL", answer: true),
      Leak(
        "a prepared statement", "PREPARE basket AS SELECT 1",
        asking: "SELECT count(*) FROM pg_prepared_statements WHERE name = 'basket'", answer: 0),
      Leak(
        "a cursor", "BEGIN", "DECLARE basket CURSOR WITH HOLD FOR SELECT generate_series(1, 3)", "COMMIT",
        asking: "SELECT count(*) FROM pg_cursors WHERE name = 'basket'", answer: 0),
      Leak("a channel", "LISTEN basket", asking: "SELECT count(*) FROM pg_listening_channels()", answer: 0),
      Leak(
        "an advisory lock", "SELECT pg_advisory_lock(4711)",
        asking: "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711", answer: 0),
      Leak(
        "a transaction", "BEGIN", "SELECT pg_current_xact_id()",
        asking: "SELECT pg_current_xact_id_if_assigned() IS NULL", answer: true),
      Leak(
        "a transaction's isolation", "BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT 1",
        asking: "SELECT current_setting('transaction_isolation')", answer: "read committed"),
      Leak(
        "a failed transaction", "BEGIN", "SELECT 1 / 0", asking: "SELECT current_setting('transaction_isolation')",
        answer: "read committed"),
    ]
  }

  @Test(.timeLimit(.minutes(1)), arguments: Leak.all)
  func nothingIsLeftToTheNextBorrower(_ leak: Leak) async throws {
    let fixture = try PoolFixture(policy: .administrative) { _, pool in pool.maximumConnections = 1 }
    func backend(_ session: DatabaseSession) async throws -> DBValue {
      try await session.execute("SELECT pg_backend_pid()").rows[0][0]
    }
    for round in 1...2 {
      let first = try await fixture.manager.withSession(fixture.target) { session in
        let backend = try await backend(session)
        for statement in leak.leave { _ = try? await session.execute(QueryRequest(unsafeText: statement)) }
        return backend
      }
      try await fixture.manager.withSession(fixture.target) { session in
        let answer = try await session.execute(QueryRequest(unsafeText: leak.question)).rows[0][0]
        #expect(answer == leak.answer, "round \(round)")
        let same = try await backend(session)
        #expect(same == first, "the connection was not kept")
      }
    }
    #expect(fixture.events["opened"] == 1)
    try await fixture.end()
  }

  /// What a trigger does no statement names: whoever has such triggers says so in the connection string.
  @Test(.timeLimit(.minutes(1))) func whatTriggersLeaveIsGoneWhenSessionsAreAlwaysReset() async throws {
    let table = TestServers.uniqueName()
    let fixture = try PoolFixture { _, pool in pool.maximumConnections = 1 }
    for statement in [
      "CREATE TABLE \(table) (a int)",
      """
      CREATE FUNCTION \(table)() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('shop.user', 'eve', false), pg_advisory_lock(4712);
        CREATE TEMP TABLE IF NOT EXISTS basket (a int);
        RETURN new;
      END $$
      """,
      "CREATE TRIGGER traces BEFORE INSERT ON \(table) FOR EACH ROW EXECUTE FUNCTION \(table)()",
    ] { _ = try await fixture.look(QueryRequest(unsafeText: statement)) }
    let target = try ConnectionString(fixture.target.withUnredacted { $0 } + "&reset=always")
    _ = try await fixture.manager.execute(QueryRequest(unsafeText: "INSERT INTO \(table) VALUES (1)"), on: target)
    let left = try await fixture.manager.execute(
      """
      SELECT coalesce(current_setting('shop.user', true), ''), to_regclass('pg_temp.basket') IS NULL,
        NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4712)
      """, on: target)
    #expect(left.rows[0].values == ["", true, true])
    #expect(fixture.events["opened"] == 1)
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP TABLE \(table)"))
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP FUNCTION \(table)()"))
    try await fixture.end()
  }

  /// A read-only session that was loosened is read-only for the next borrower too.
  @Test(.timeLimit(.minutes(1))) func readOnlyIsStillReadOnlyAfterAReset() async throws {
    let table = TestServers.uniqueName()
    let fixture = try PoolFixture(policy: .readOnly) { _, pool in pool.maximumConnections = 1 }
    _ = try await fixture.look(QueryRequest(unsafeText: "CREATE TABLE \(table) (a int)"))
    _ = try await fixture.look(
      QueryRequest(
        unsafeText: "CREATE FUNCTION \(table)() RETURNS void LANGUAGE sql AS 'INSERT INTO \(table) VALUES (1)'"))
    for loosening in ["default_transaction_read_only", "transaction_read_only"] {
      try await fixture.manager.withSession(fixture.target) { session in
        // The second of them cannot be set like this.
        _ = try? await session.execute("SELECT set_config(\(loosening), 'off', false)")
      }
      try await fixture.manager.withSession(fixture.target) { session in
        let state = try await session.execute("SELECT current_setting('transaction_read_only')").rows[0][0]
        #expect(state == "on")
        await #expect(throws: DBError.self) {
          try await session.execute(QueryRequest(unsafeText: "SELECT \(table)()"))
        }
      }
    }
    #expect(fixture.events["opened"] == 1)
    #expect(try await fixture.look(QueryRequest(unsafeText: "SELECT count(*) FROM \(table)")).rows[0][0] == 0)
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP FUNCTION \(table)()"))
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP TABLE \(table)"))
    try await fixture.end()
  }

  /// A statement that a task still runs after its closure: the connection is not lent again, and the statement is stopped.
  @Test(.timeLimit(.minutes(1))) func aStatementThatOutlivesItsClosureKeepsItsConnection() async throws {
    let fixture = try PoolFixture { _, pool in pool.maximumConnections = 1 }
    for _ in 1...3 {
      let (leaked, backend) = try await fixture.manager.withSession(fixture.target) { session in
        let backend = try await session.execute("SELECT pg_backend_pid()").rows[0][0]
        let leaked = Task { try await session.execute("SELECT pg_sleep(60)") }
        try await fixture.untilItRuns("SELECT pg_sleep(60)")
        return (leaked, backend)
      }
      try await fixture.manager.withSession(fixture.target) { session in
        let next = try await session.execute("SELECT pg_backend_pid()").rows[0][0]
        #expect(next != backend)
      }
      let error = await #expect(throws: DBError.self) { try await leaked.value }
      #expect(error?.retry != .safe, "\(error.debugDescription)")
      try await fixture.untilBackends(1)
    }
    try await fixture.end()
  }

  // MARK: Connections that die while nobody uses them

  enum Death: CaseIterable, Sendable {
    case terminated, closed, reset
  }

  /// Longer idle than a second: nobody sees that the connections are dead.
  @Test(.timeLimit(.minutes(1)), arguments: Death.allCases)
  func idleConnectionsDieUnseen(_ death: Death) async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    try await fixture.openConnections(4)
    #expect(try fixture.pool().idle == 4)
    try await kill(fixture, proxy, death)
    try await Task.sleep(for: .milliseconds(1_100))
    let write: QueryRequest = "SELECT set_config('lock_timeout', '1s', false)"
    let outcomes = await allOutcomes(8) { number in
      try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute(write) }
    }
    for error in outcomes.compactMap(\.error) { Issue.record("\(death): \(error)") }
    let pool = try fixture.pool()
    #expect(pool.generation == 1 && fixture.events["generationRaised"] == 1, "\(pool)")
    #expect(fixture.events["closed failedCheck"] >= 1)
    // Those that were being opened when the loss was found may be among them.
    #expect((4...6).contains(fixture.events["closed failedCheck"] + fixture.events["closed staleGeneration"]))
    try await fixture.end()
  }

  /// Shorter idle: the one who borrows the first dead connection sees it, unless the call may be repeated; the siblings are closed.
  @Test(.timeLimit(.minutes(1)), arguments: Death.allCases)
  func connectionsThatDiedJustNowCostOneCaller(_ death: Death) async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy) { _, pool in pool.validateAfterIdle = .seconds(30) }
    try await fixture.openConnections(4)
    try await kill(fixture, proxy, death)
    let error = await #expect(throws: DBError.self) {
      try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT 1") }
    }
    #expect(
      error.map { [.connectionLost, .serverShuttingDown].contains($0.code) } == true, "\(error.debugDescription)")
    #expect(error?.retry != .never, "\(error.debugDescription)")
    try await fixture.openConnections(4)
    #expect(fixture.events["generationRaised"] == 1 && fixture.events["closed broken"] == 1)
    #expect(fixture.events["closed staleGeneration"] == 3)

    // A read may be repeated, so nobody sees anything.
    try await fixture.openConnections(2, policy: .readOnly)
    try await kill(fixture, proxy, death)
    let read = QueryRequest(unsafeText: "SELECT 42", intent: .read)
    #expect(try await fixture.manager.execute(read, on: fixture.target).rows[0][0] == 42)
    #expect(fixture.events["generationRaised"] == 2)
    try await fixture.end()
  }

  private func kill(_ fixture: PoolFixture, _ proxy: FaultProxy, _ death: Death) async throws {
    switch death {
    case .terminated:
      let kill: QueryRequest =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \(fixture.applicationName)"
      _ = try await fixture.look(kill)
      try await fixture.untilBackends(0)
    case .closed, .reset:
      proxy.cutAll(death == .closed ? .close : .reset)
      try await eventually("the proxy still has connections") { proxy.openConnections == 0 }
    }
  }

  /// A server that falls silent while everything is idle: nobody waits for longer than a ping and a dial may take.
  @Test(.timeLimit(.minutes(1))) func aServerThatFellSilentIsFoundOut() async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy) { manager, pool in
      manager.connectTimeout = .milliseconds(400)
      pool.validateAfterIdle = .milliseconds(100)
      pool.validationTimeout = .milliseconds(300)
    }
    try await fixture.openConnections(3)
    try await Task.sleep(for: .milliseconds(200))
    proxy.fault = .blackHole
    let outcomes = await allOutcomes(20) { _ in try await fixture.manager.withSession(fixture.target) { _ in } }
    for (error, time) in outcomes {
      let error = try #require(error as? DBError)
      #expect(error.code == .timeout && error.stage == .authentication, "\(error.debugDescription)")
      #expect(time.own < .milliseconds(700) + PoolFixture.slack, "\(time)")
    }
    #expect(try fixture.pool().total == 0 && fixture.events["generationRaised"] == 1)
    proxy.fault = .none
    let (_, time) = try await Stopwatch.measure {
      try await eventually("the pool has not recovered") {
        (try? await fixture.manager.withSession(fixture.target) { try await $0.ping() }) != nil
      }
    }
    #expect(time.own < .seconds(1), "recovered after \(time)")
    try await fixture.untilQuiet()
    try await fixture.end()
  }

  /// A server that restarts while nobody uses it.
  @Test(.timeLimit(.minutes(1))) func aRestartWhileEverythingIsIdleIsNotSeen() async throws {
    try await withThrowawayPostgres { server in
      let fixture = try PoolFixture(server.url)
      try await fixture.openConnections(5)
      server.crash()
      _ = try await server.startAgain()
      try await Task.sleep(for: .seconds(1))
      let outcomes = await allOutcomes(20) { _ in
        try await fixture.manager.withSession(fixture.target) { _ = try await $0.execute("SELECT 1") }
      }
      for error in outcomes.compactMap(\.error) { Issue.record("\(error)") }
      #expect(try fixture.pool().generation == 1)
      try await fixture.end()
    }
  }
}
