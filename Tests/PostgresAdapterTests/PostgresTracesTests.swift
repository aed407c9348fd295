import DBAdapterCore
import Testing

@testable import PostgresAdapter

@Suite struct PostgresTracesTests {
  @Test(arguments: [
    "SELECT 1", "TABLE t", "VALUES (1)", "SELECT lower(a), count(*), now() FROM t GROUP BY 1 ORDER BY 1",
    "SELECT pg_catalog.upper(a) FROM t WHERE a LIKE 'x' AND b BETWEEN 1 AND 2 AND c IN (SELECT max(d) FROM s)",
    "SELECT extract(year FROM a), trim(b), a AT TIME ZONE 'UTC', current_user, coalesce(a, b) FROM t",
    "SELECT row_number() OVER (ORDER BY a), string_agg(b, ',') FROM t",
    "SELECT * FROM generate_series(1, 3) FOR UPDATE",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "INSERT INTO t SELECT * FROM s RETURNING a",
    "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a", "UPDATE t SET a = a + 1",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "TRUNCATE t", "LOCK TABLE t", "NOTIFY c, 'x'",
    "SELECT pg_notify('c', 'x')", "SHOW work_mem", "EXPLAIN ANALYZE DELETE FROM t", "BEGIN", "COMMIT", "ROLLBACK TO s",
    "SAVEPOINT s", "COPY t FROM STDIN", "COPY (SELECT upper(a) FROM t) TO STDOUT", "SET LOCAL work_mem = '8MB'",
    "SELECT set_config('app.tenant', $1, true)", "SELECT pg_advisory_xact_lock(1)", "SELECT a OPERATOR(pg_catalog.+) 1",
    "SELECT jsonb_build_object('FuncCall', 'intoClause')", "SELECT pg_stat_get_live_tuples(1)", "SELECT pg_sleep(0)",
  ])
  func leavesNothing(_ text: String) { #expect(PostgresClassifier.analyse(text).traces == .none) }

  @Test(arguments: [
    "SET app.tenant = 'a'", "SELECT set_config('app.tenant', $1, false)",
    "SELECT set_config('app.tenant', $1, $2)", "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock_shared(1, 2)", "SELECT nextval('s')", "SELECT setval('s', 1)", "SELECT currval('s')",
    "LISTEN c", "UNLISTEN *", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "FETCH c", "CLOSE c",
  ])
  func leavesSomething(_ text: String) { #expect(PostgresClassifier.analyse(text).traces == .some) }

  @Test(arguments: [
    "SET search_path = a", "SET ROLE r", "RESET ALL", "SET SESSION AUTHORIZATION r", "SELECT set_config($1, $2, false)",
    "SELECT set_config('search_path', 'a', false)", "SELECT f(1)",
    "SELECT s.lower('A')",
    "SELECT 1 FROM t WHERE a IN (SELECT g(b) FROM u)", "INSERT INTO t VALUES (f(1))", "SELECT * FROM f()",
    "EXPLAIN ANALYZE SELECT f(1)", "COPY (SELECT f(1)) TO STDOUT", "DECLARE c CURSOR FOR SELECT f(1)",
    "SELECT a OPERATOR(s.+) 1", "SELECT 1 INTO t", "SELECT 1 INTO TEMP t", "CREATE TEMP TABLE t (a int)",
    "CREATE TABLE t (a int)", "CREATE TABLE t AS SELECT 1", "PREPARE p AS SELECT 1", "EXECUTE p", "EXPLAIN EXECUTE p",
    "DEALLOCATE ALL", "DISCARD ALL", "LOAD 'x'", "DO $$ BEGIN END $$", "CALL p()", "SELECT setseed(0)",
    "SELECT dblink('a')",
    "SELECT lo_open(1, 1)", "SELECT query_to_xml('SELECT f()', true, true, '')", "SELECT 1; SELECT 2", "SELEC 1", "",
    "SELECT ts_stat('SELECT f()')", "SELECT pg_export_snapshot()", "SELECT pg_replication_origin_session_setup('a')",
  ])
  func canLeaveAnything(_ text: String) { #expect(PostgresClassifier.analyse(text).traces == .names) }

  private struct Change: Equatable {
    var lastsForSession = false
    var parameters: Set<Int> = []
    var isKnown = true
  }

  @Test func settingsThatOthersAreReadUnder() {
    func change(_ text: String) -> Change? {
      PostgresClassifier.analyse(text).setting.map {
        Change(lastsForSession: $0.lastsForSession, parameters: $0.parameters, isKnown: $0.isKnown)
      }
    }
    #expect(change("SET LOCAL search_path = a") == Change())
    #expect(change("SELECT set_config('TimeZone', 'UTC', true)") == Change())
    #expect(change("SELECT set_config('search_path', $2, true) WHERE $1") == Change(parameters: [2]))
    #expect(change("SELECT set_config($1, $2::text, $3)") == Change(lastsForSession: true, parameters: [1, 2, 3]))
    #expect(
      change("EXPLAIN ANALYZE SELECT set_config('datestyle', a, false) FROM t")
        == Change(lastsForSession: true, isKnown: false))
    for text in ["SET TimeZone = 'UTC'", "RESET ALL", "RESET TimeZone", "SET ROLE a", "SET search_path TO DEFAULT"] {
      #expect(change(text) == Change(lastsForSession: true), "\(text)")
    }
    for text in [
      "SELECT 1", "SELECT lower('set_config')", "SET app.tenant = 'a'", "SELECT set_config('app.tenant', $1, true)",
      "SET LOCAL statement_timeout = 5", "SET TRANSACTION READ ONLY", "BEGIN", "SELECT current_setting('search_path')",
    ] {
      #expect(change(text) == nil, "\(text)")
    }
  }

  @Test func digestsOfSettings() {
    func setting(_ text: String) throws -> PostgresSetting { try #require(PostgresClassifier.analyse(text).setting) }
    var readings: [PostgresReading] = [.plain]
    func expectNew(_ reading: PostgresReading) {
      #expect(!readings.contains(reading))
      readings.append(reading)
    }
    #expect(throws: Never.self) {
      let text = "SELECT set_config('search_path', $2, true) WHERE $1"
      var first = PostgresReading.plain
      first.note(try setting(text), text, [true, "a"])
      expectNew(first)
      var second = PostgresReading.plain
      second.note(try setting(text), text, [1, "a"])
      #expect(first == second, "the other parameter does not count")
      second.note(try setting("SET LOCAL TimeZone = 'UTC'"), "SET LOCAL TimeZone = 'UTC'", [])
      expectNew(second)
      second.undo()
      expectNew(second)
      second.endTransaction()
      #expect(second == .plain)
      second.undo()
      #expect(second == .plain)
      second.note(try setting("SET TimeZone = 'UTC'"), "SET TimeZone = 'UTC'", [])
      second.endTransaction()
      expectNew(second)
      second.undo()
      expectNew(second)
    }
  }

  @Test func veryLongTextsAreNotRead() {
    let long = "SELECT 1 /* " + String(repeating: "x", count: 65_536) + " */"
    #expect(PostgresClassifier().traces(of: long) == .names && PostgresClassifier().traces(of: "SELECT 1") == .none)
  }

  @Test func functionsThatLeaveSomethingAreNotAmongThem() {
    #expect(PostgresTracelessFunctions.names.count > 400)
    #expect(!PostgresTracelessFunctions.contains("set_config") && !PostgresTracelessFunctions.contains("setseed"))
  }
}
