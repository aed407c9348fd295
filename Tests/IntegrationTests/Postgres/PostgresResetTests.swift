import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import PostgresAdapter

/// What a user of a session can leave in it, and what becomes of that.
@Suite(.requires(.postgres)) struct PostgresResetTests {
  /// Lends an adapter of its own, as a pool has it.
  private func withAdapter<R>(
    _ server: TestServer = .postgres, access: AccessLevel = .readWrite, parameters: String = "",
    _ body: (PostgresAdapter) async throws -> R
  ) async throws -> R {
    let url = try TestServers.require(server)
    let text = url + (parameters.isEmpty ? "" : (url.contains("?") ? "&" : "?") + parameters)
    let configuration = ConnectionConfiguration(try ConnectionString(text), access: access)
    let adapter = try AdapterRegistration.postgres.connector(configuration).makeAdapter() as! PostgresAdapter
    do {
      try await adapter.connect()
      let result = try await body(adapter)
      await adapter.close()
      return result
    } catch {
      await adapter.close()
      throw error
    }
  }

  private static let name = TestServers.uniqueName()

  @Test func plainStatementsLeaveNothing() async throws {
    let table = TestServers.uniqueName()
    try await withAdapter { other in
      try await other.run("CREATE TABLE \(table) (a int PRIMARY KEY, b text)")
      #expect(other.needsReset)
      try await withAdapter { adapter in
        #expect(!adapter.needsReset && adapter.isReusable)
        try await adapter.run("SELECT 1")
        try await adapter.run("INSERT INTO \(table) VALUES ($1, $2)", [1, "x"])
        try await adapter.run("UPDATE \(table) SET b = upper(b) WHERE a = 1")
        _ = try? await adapter.run("SELECT 1 / 0")
        _ = try? await adapter.run("SELEC")
        #expect(!adapter.needsReset, "the server has run nothing of it")
        for commits in [true, false] {
          try await adapter.begin(TransactionOptions())
          try await adapter.run("DELETE FROM \(table)")
          try await adapter.savepoint("s", .create)
          try await adapter.savepoint("s", .rollback)
          #expect(adapter.needsReset && adapter.isReusable)
          if commits { try await adapter.commit() } else { try await adapter.rollback() }
          #expect(!adapter.needsReset)
        }
        let cursor = try await adapter.openCursor("SELECT generate_series(1, 100000)", batchSize: 10)
        _ = try await cursor.nextBatch()
        #expect(adapter.needsReset && !adapter.isReusable, "a stream is half read")
        await cursor.close()
        #expect(!adapter.needsReset && adapter.isReusable)
        let sink = try await adapter.openCopyIn(QueryRequest(unsafeText: "COPY \(table) FROM STDIN"))
        try await sink.write(Array("7\tx\n".utf8))
        #expect(adapter.needsReset && !adapter.isReusable)
        _ = try await sink.finish()
        _ = try await adapter.executePipeline(["SELECT 1", "SELECT 2"])
        _ = try await adapter.executeQuery(QueryRequest(unsafeText: "SELECT 3", timeout: .seconds(3)))
        _ = try await adapter.listTables(in: nil, ListOptions())
        _ = try await adapter.describeTables(in: "public", ListOptions())
        _ = try await adapter.explainQuery("SELECT 1", mode: .plan)
        _ = try await adapter.serverInfo()
        try await adapter.ping(timeout: nil)
        #expect(!adapter.needsReset)
      }
      try await other.run("DROP TABLE \(table)")
    }
  }

  @Test(
    arguments: [
      ("SET work_mem = '7MB'", "SELECT current_setting('work_mem') <> '7MB'"),
      ("SET SESSION app.tenant = 'a'", "SELECT current_setting('app.tenant', true) IS DISTINCT FROM 'a'"),
      (
        "SELECT set_config('app.tenant', 'a', false)", "SELECT current_setting('app.tenant', true) IS DISTINCT FROM 'a'"
      ),
      ("CREATE TEMP TABLE bosdb_left (a int)", "SELECT to_regclass('pg_temp.bosdb_left') IS NULL"),
      ("SELECT 1 AS a INTO TEMP bosdb_left", "SELECT to_regclass('pg_temp.bosdb_left') IS NULL"),
      (
        "SELECT pg_advisory_lock(770001)",
        "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
      ),
      ("LISTEN bosdb_left", "SELECT NOT EXISTS (SELECT pg_listening_channels())"),
      (
        "PREPARE \"bosdb left\" AS SELECT 1",
        "SELECT NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'bosdb left')"
      ),
      (
        "DECLARE bosdb_left CURSOR WITH HOLD FOR SELECT 1",
        "SELECT NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'bosdb_left')"
      ),
      ("SET ROLE pg_read_all_data", "SELECT current_user = session_user"),
      ("SET SESSION AUTHORIZATION bosdb_plain", "SELECT current_user = 'bosdb' AND session_user = 'bosdb'"),
      (
        "DO $$ BEGIN PERFORM set_config('search_path', 'nowhere', false); END $$",
        "SELECT current_setting('search_path') <> 'nowhere'"
      ),
      ("SET TIME ZONE 'Asia/Tokyo'", "SELECT current_setting('TimeZone') = 'UTC'"),
      ("SET default_transaction_read_only = on", "SELECT current_setting('transaction_read_only') = 'off'"),
      ("SET statement_timeout = 100000", "SELECT current_setting('statement_timeout') = '0'"),
    ])
  func leftoversAreGoneAfterAReset(_ statement: String, _ isGone: String) async throws {
    try await withAdapter { adapter in
      let isGone = QueryRequest(unsafeText: isGone)
      try await adapter.run(statement)
      #expect(adapter.needsReset && adapter.isReusable)
      #expect(try await adapter.executeQuery(isGone).rows[0][0] == false, "the leftover cannot be seen")
      try await adapter.resetSession()
      #expect(!adapter.needsReset && adapter.isReusable)
      #expect(try await adapter.executeQuery(isGone).rows[0][0] == true)
      #expect(!adapter.needsReset)
    }
  }

  @Test func theStateOfSequencesIsGone() async throws {
    try await withAdapter { adapter in
      let name = TestServers.uniqueName()
      try await adapter.run("CREATE SEQUENCE \(name)")
      try await adapter.resetSession()
      try await adapter.run("SELECT nextval('\(name)')")
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      let error = await #expect(throws: DBError.self) { try await adapter.run("SELECT lastval()") }
      #expect(error?.server?.sqlState == "55000")
      try await adapter.run("DROP SEQUENCE \(name)")
    }
  }

  @Test func aFailedTransactionIsEnded() async throws {
    try await withAdapter { adapter in
      try await adapter.begin(TransactionOptions())
      try await adapter.run("SET LOCAL work_mem = '7MB'")
      _ = await #expect(throws: DBError.self) { try await adapter.run("SELECT 1 / 0") }
      #expect(adapter.needsReset && adapter.isReusable)
      try await adapter.resetSession()
      #expect(!adapter.needsReset && adapter.isReusable)
      #expect(try await adapter.run("SELECT current_setting('work_mem') <> '7MB'").rows[0][0] == true)
      try await adapter.run("SET work_mem = '7MB'")
      try await adapter.begin(TransactionOptions())
      _ = await #expect(throws: DBError.self) { try await adapter.run("SELECT 1 / 0") }
      try await adapter.resetSession()
      #expect(try await adapter.run("SELECT current_setting('work_mem') <> '7MB'").rows[0][0] == true)
    }
  }

  /// The server says it, though the statement does not.
  @Test func aSettingThatATriggerLeftIsReported() async throws {
    let name = TestServers.uniqueName()
    try await withAdapter { adapter in
      try await adapter.run("CREATE TABLE \(name) (a int)")
      try await adapter.run(
        """
        CREATE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM set_config('TimeZone', 'Asia/Tokyo', false); RETURN NEW; END $$
        """)
      try await adapter.run("CREATE TRIGGER t BEFORE INSERT ON \(name) FOR EACH ROW EXECUTE FUNCTION \(name)()")
      try await adapter.resetSession()
      #expect(!adapter.needsReset)
      try await adapter.run("INSERT INTO \(name) VALUES (1)")
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      #expect(!adapter.needsReset)
      try await adapter.run("DROP TABLE \(name)")
      try await adapter.run("DROP FUNCTION \(name)()")
    }
  }

  /// A backslash before the quote: the server sees a call where the grammar sees a text.
  @Test func anotherWayToReadStringsProvesNothing() async throws {
    try await withAdapter(parameters: "options=-c%20standard_conforming_strings%3Doff") { adapter in
      let text = #"SELECT '', set_config('app.tenant', 'a', false) --'"#
      _ = try? await adapter.run(text)
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      #expect(!adapter.needsReset)
    }
  }

  @Test func noticesAreNotForTheNextUser() async throws {
    try await withAdapter { adapter in
      try await adapter.begin(TransactionOptions())
      try await adapter.rollback()
      // A warning that no result carries: there is no transaction.
      try await adapter.commit()
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      #expect(try await adapter.run("SELECT 1").notices.isEmpty && !adapter.needsReset)
    }
  }

  // MARK: Prepared statements

  private func preparedStatements(_ adapter: PostgresAdapter) async throws -> Int64 {
    let text = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT \(Self.name)%'"
    return try await adapter.run(text.replacing(Self.name, with: "''kept''")).rows[0].decode(Int64.self, at: 0)
  }

  @Test(arguments: ["reset=auto", "reset=always"])
  func ownPreparedStatementsAreKept(_ reset: String) async throws {
    try await withAdapter(parameters: reset) { adapter in
      for number in 0..<5 { try await adapter.run("SELECT 'kept', \(number)") }
      try await adapter.run("SET app.tenant = 'a'")
      try await adapter.run("SELECT 'kept', 5")
      #expect(try await preparedStatements(adapter) == 6)
      try await adapter.resetSession()
      #expect(try await preparedStatements(adapter) == 6)
      try await adapter.run("PREPARE foreign_one AS SELECT 1")
      try await adapter.resetSession()
      let foreign = try await adapter.run("SELECT count(*) FROM pg_prepared_statements WHERE name = 'foreign_one'")
      #expect(foreign.rows[0][0] == 0)
      #expect(try await preparedStatements(adapter) == 6)
    }
  }

  /// Prepared while names meant something else, a statement would go on meaning that.
  @Test(arguments: ["reset=auto", "reset=always"])
  func statementsPreparedUnderAnotherSearchPathAreForgotten(_ reset: String) async throws {
    let name = TestServers.uniqueName()
    try await withAdapter(parameters: reset) { adapter in
      try await adapter.run("CREATE SCHEMA \(name)")
      try await adapter.run("CREATE TABLE \(name).\(name) (a int)")
      try await adapter.run("CREATE TABLE public.\(name) (a text)")
      try await adapter.resetSession()
      try await adapter.run("SET search_path = \(name)")
      let insert = "INSERT INTO \(name) VALUES ($1)"
      try await adapter.run(insert, [1])
      try await adapter.resetSession()
      try await adapter.begin(TransactionOptions())
      try await adapter.run(insert, ["text"])
      try await adapter.rollback()
      try await adapter.run("DROP TABLE public.\(name)")
      try await adapter.run("DROP SCHEMA \(name) CASCADE")
    }
  }

  private static let settings = [
    ("SET LOCAL TimeZone = 'Asia/Tokyo'", "SELECT extract(epoch FROM timestamptz '2020-01-01 00:00')::text"),
    ("SET LOCAL DateStyle = 'SQL, DMY'", "SELECT extract(month FROM date '01/02/2020')::text"),
    ("SELECT set_config('datestyle', 'SQL, DMY', true)", "SELECT extract(month FROM date '01/02/2020')::text"),
    ("SET LOCAL standard_conforming_strings = off", #"SELECT length('\\')::text"#),
    ("SET LOCAL transform_null_equals = on", "SELECT (1 = NULL)::text"),
  ]

  /// The server reads literals while it prepares: what a transaction set for itself is not what a later one means, and
  /// the other way round.
  @Test(arguments: settings)
  func statementsMeanWhatTheSettingsOfTheirTransactionSay(_ setting: String, _ statement: String) async throws {
    func value(_ adapter: PostgresAdapter) async throws -> DBValue { try await adapter.run(statement).rows[0][0] }
    func valueWithSetting(_ adapter: PostgresAdapter) async throws -> DBValue {
      try await adapter.begin(TransactionOptions())
      try await adapter.run(setting)
      let result = try await value(adapter)
      try await adapter.commit()
      return result
    }
    let plain = try await withAdapter { try await value($0) }
    let other = try await withAdapter { try await valueWithSetting($0) }
    #expect(plain != other)
    try await withAdapter { adapter in
      for _ in 0..<2 {
        #expect(try await valueWithSetting(adapter) == other)
        #expect(try await value(adapter) == plain)
        // Undone before the end of its transaction.
        try await adapter.begin(TransactionOptions())
        try await adapter.savepoint("s", .create)
        try await adapter.run(setting)
        #expect(try await value(adapter) == other)
        try await adapter.savepoint("s", .rollback)
        #expect(try await value(adapter) == plain)
        try await adapter.commit()
      }
      if adapter.needsReset { try await adapter.resetSession() }
      #expect(try await value(adapter) == plain)
      try await adapter.run(setting.replacing("LOCAL ", with: "").replacing("true", with: "false"))
      #expect(try await value(adapter) == other)
    }
  }

  @Test(arguments: ["SET LOCAL search_path = %", "SELECT set_config('search_path', '%', true)"])
  func statementsPreparedUnderTheSearchPathOfATransactionAreForItAlone(_ setting: String) async throws {
    let name = TestServers.uniqueName()
    try await withAdapter { adapter in
      try await adapter.run("CREATE SCHEMA \(name)")
      try await adapter.run("CREATE TABLE \(name).\(name) (a int)")
      try await adapter.run("CREATE TABLE public.\(name) (a text)")
      try await adapter.resetSession()
      let insert = "INSERT INTO \(name) VALUES ($1)"
      try await adapter.begin(TransactionOptions())
      try await adapter.run(setting.replacing("%", with: name))
      try await adapter.run(insert, [1])
      try await adapter.commit()
      if adapter.needsReset { try await adapter.resetSession() }
      try await adapter.begin(TransactionOptions())
      try await adapter.run(insert, ["text"])
      try await adapter.rollback()
      try await adapter.run("DROP TABLE public.\(name)")
      try await adapter.run("DROP SCHEMA \(name) CASCADE")
    }
  }

  @Test func deallocatedStatementsArePreparedAgain() async throws {
    try await withAdapter { adapter in
      try await adapter.run("SELECT 'kept', 1")
      try await adapter.run("DEALLOCATE ALL")
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      try await adapter.begin(TransactionOptions())
      try await adapter.run("SELECT 'kept', 1")
      try await adapter.commit()
    }
  }

  // MARK: Read-only sessions, poolers, standbys

  @Test(arguments: [TestServer.postgres, .postgresStandby, .pgBouncer])
  func aReadOnlySessionStaysReadOnly(_ server: TestServer) async throws {
    try await withAdapter(server, access: .readOnly) { adapter in
      for _ in 0..<3 {
        try await adapter.run("SELECT 1")
        #expect(!adapter.needsReset)
        try await adapter.run("SELECT set_config('default_transaction_read_only', 'off', false)")
        #expect(adapter.needsReset == (server != .pgBouncer))
        try await adapter.resetSession()
        #expect(!adapter.needsReset && adapter.isReusable)
        let error = await #expect(throws: DBError.self) { try await adapter.run("CREATE TABLE bosdb_never (a int)") }
        #expect(error?.server?.sqlState == "25006")
        try await adapter.resetSession()
        #expect(try await adapter.run("SHOW transaction_read_only").rows[0][0] == "on")
      }
    }
  }

  @Test func behindAPoolerOnlyATransactionIsEnded() async throws {
    try await withAdapter(.pgBouncer) { adapter in
      try await adapter.run("SELECT nextval('pg_catalog.pg_class'::regclass) WHERE false")
      #expect(!adapter.needsReset)
      try await adapter.begin(TransactionOptions())
      #expect(adapter.needsReset && adapter.isReusable)
      try await adapter.resetSession()
      #expect(!adapter.needsReset && adapter.isReusable)
    }
  }

  @Test func theConnectionStringDecides() async throws {
    try await withAdapter(parameters: "reset=always") { adapter in
      try await adapter.run("SELECT 1")
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      #expect(adapter.needsReset)
    }
    try await withAdapter(parameters: "reset=never") { adapter in
      try await adapter.run("SET app.tenant = 'a'")
      #expect(!adapter.needsReset)
      try await adapter.begin(TransactionOptions())
      #expect(adapter.needsReset)
      try await adapter.resetSession()
      #expect(!adapter.needsReset)
      #expect(try await adapter.run("SHOW app.tenant").rows[0][0] == "a")
    }
    let error = await #expect(throws: DBError.self) { try await withAdapter(parameters: "reset=maybe") { _ in } }
    #expect(error?.code == .invalidConnectionString && error?.message.contains("always") == true)
  }

  /// A request's limit is the server's setting too; the next user's inspection must not end by it.
  @Test func theLimitOfAnEarlierStatementEndsNoInspection() async throws {
    try await withAdapter { adapter in
      _ = try await adapter.executeQuery(QueryRequest(unsafeText: "SELECT 1", timeout: .milliseconds(300)))
      #expect(!adapter.needsReset)
      let limit = try await adapter.catalogQuery("SELECT current_setting('statement_timeout')", deadline: .never)
      #expect(limit[0][0] == "0")
    }
  }

  /// A roll-back that a user sends as text brings the limit back that the transaction found.
  @Test(arguments: ["ROLLBACK", "ROLLBACK TO SAVEPOINT s", "COMMIT"])
  func aTimeLimitThatARollBackBringsBackIsNotForTheNextUser(_ end: String) async throws {
    try await withAdapter { adapter in
      func run(_ text: String, limited: Bool) async throws {
        let limit: Duration? = limited ? .milliseconds(200) : nil
        _ = try await adapter.executeQuery(QueryRequest(unsafeText: text, timeout: limit))
      }
      try await run("BEGIN", limited: true)
      try await run("SAVEPOINT s", limited: true)
      try await run("SELECT 1", limited: false)
      if end == "COMMIT" { try? await run("SELECT 1 / 0", limited: false) }
      try await run(end, limited: false)
      if end.contains("SAVEPOINT") { try await run("COMMIT", limited: false) }
      if adapter.needsReset { try await adapter.resetSession() }
      try await run("SELECT pg_sleep(0.4)", limited: false)
    }
  }

  @Test func aSessionIsNotReusableWhileATaskUsesIt() async throws {
    try await withAdapter { adapter in
      async let sleeping = adapter.run("SELECT pg_sleep(0.3)")
      try await Task.sleep(for: .milliseconds(50))
      #expect(!adapter.isReusable && adapter.needsReset)
      let busy = await #expect(throws: DBError.self) { try await adapter.rollback() }
      #expect(busy?.code == .connectionBusy && !adapter.isReusable)
      _ = try await sleeping
      #expect(adapter.isReusable && !adapter.needsReset)
      try await adapter.begin(TransactionOptions())
      let cancelled = Task { try await adapter.rollback() }
      cancelled.cancel()
      _ = try? await cancelled.value
      // Whatever became of it, the session says what it needs, or is not lent again.
      if adapter.isReusable, adapter.needsReset { try await adapter.resetSession() }
      #expect(!adapter.isReusable || !adapter.needsReset)
    }
  }

  // MARK: The list

  @Test func functionsThatLeaveNothingAreWhatTheServerSaysTheyAre() async throws {
    try await withAdapter { adapter in
      let names = PostgresTracelessFunctions.names.sorted().map { DBValue.text($0) }
      let rows = try await adapter.executeQuery(
        """
        SELECT name, EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = name)
        FROM unnest(\(DBValue.array(DBArray(names)))::text[]) name
        WHERE NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = name)
          OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = name
            AND provolatile = 'v')
        """
      ).rows
      let volatile = Set(PostgresTracelessFunctions.volatile.map { String($0) })
      let unexpected = rows.compactMap { $0[0].description }.filter { !volatile.contains($0) }
      #expect(unexpected.isEmpty, "\(unexpected)")
      #expect(rows.allSatisfy { $0[1] == true })
    }
  }
}

extension PostgresAdapter {
  @discardableResult
  fileprivate func run(_ text: String, _ parameters: [DBValue] = []) async throws(DBError) -> QueryResult {
    try await executeQuery(QueryRequest(unsafeText: text, parameters: parameters))
  }
}
