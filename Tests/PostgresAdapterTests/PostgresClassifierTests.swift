import DBAdapterCore
import Testing

@testable import PostgresAdapter

@Suite struct PostgresClassifierTests {
  @Test(arguments: [
    ("SELECT 1", StatementClassification.Effect.read),
    ("-- a comment\n/* another */ select * from t where a = $1", .read),
    ("TABLE t", .read),
    ("VALUES (1), (2)", .read),
    ("SHOW work_mem", .read),
    ("EXPLAIN DELETE FROM t", .read),
    ("EXPLAIN ANALYZE SELECT 1", .read),
    ("EXPLAIN ANALYZE DELETE FROM t", .write),
    ("EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1", .write),
    ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", .write),
    ("SELECT * INTO copy FROM t", .write),
    ("SELECT lo_create(0)", .procedure),
    ("SELECT 1 FROM t WHERE pg_catalog.LO_UNLINK(t.a) = 1", .procedure),
    ("SELECT lo_create FROM t", .read),
    ("SELECT * FROM t FOR UPDATE", .write),
    ("INSERT INTO t VALUES (1)", .write),
    ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", .write),
    ("TRUNCATE t", .write),
    ("COPY t TO STDOUT", .read),
    ("COPY (SELECT 1) TO STDOUT", .read),
    ("COPY (DELETE FROM t RETURNING *) TO STDOUT", .write),
    ("COPY t TO PROGRAM 'cat'", .write),
    ("COPY t TO '/tmp/x'", .write),
    ("COPY t FROM STDIN", .write),
    ("CREATE TABLE t (a int)", .definition),
    ("DROP TABLE t", .definition),
    ("GRANT SELECT ON t TO r", .definition),
    ("BEGIN", .transactionControl),
    ("COMMIT", .transactionControl),
    ("SET TRANSACTION READ WRITE", .session),
    ("SET default_transaction_read_only = off", .session),
    ("RESET ALL", .session),
    ("DO $$ BEGIN END $$", .procedure),
    ("CALL p()", .procedure),
    ("EXECUTE s", .procedure),
    ("SELECT lo_from_bytea(0, 'x')", .procedure),
    ("SELECT a FROM t WHERE pg_catalog.LO_EXPORT(a, '/tmp/x') = 1", .procedure),
    ("SELECT * FROM dblink('dbname=shop', 'DELETE FROM t RETURNING 1') AS gone (a int)", .procedure),
    ("COPY (SELECT lo_unlink(a) FROM t) TO STDOUT", .procedure),
    ("EXPLAIN ANALYZE SELECT pg_notify('a', 'b')", .procedure),
    ("EXPLAIN SELECT pg_notify('a', 'b')", .read),
    ("SELECT lo_get(a), lo_put FROM t", .read),
    ("SELECT nextval('s')", .write),
    ("SELECT set_config('a.b', 'c', true)", .session),
    ("SELECT pg_advisory_xact_lock(1)", .procedure),
    ("LOAD 'x'", .procedure),
    ("CHECKPOINT", .write),
    ("IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c", .definition),
    ("EXPLAIN (ANALYZE false) DELETE FROM t", .write),
    ("EXPLAIN (COSTS off, FORMAT json) DELETE FROM t", .read),
    ("EXPLAIN (AN_OPTION_OF_AN_EXTENSION) DELETE FROM t", .write),
    ("EXPLAIN ANALYZE EXECUTE s", .procedure),
    ("SELEC 1", .unknown),
  ])
  func effect(_ text: String, _ effect: StatementClassification.Effect) {
    #expect(PostgresClassifier.classify(text).effect == effect)
  }

  /// Field selection is another way to write a call: PostgreSQL looks for a function where a value has no such field.
  @Test(arguments: [
    "SELECT ('/etc/passwd'::text).pg_read_file", "SELECT (f).pg_read_file FROM t", "SELECT t.pg_ls_dir FROM t",
    "SELECT 1 FROM t WHERE (t.f).lo_unlink > 1", "SELECT s.t.nextval FROM s.t",
  ])
  func fieldSelectionCalls(_ text: String) { #expect(PostgresClassifier.classify(text).effect != .read) }

  @Test(arguments: [
    "SELECT pg_read_file FROM t", "SELECT t.id, (t).name, (t.a).b FROM t", "SELECT 1 AS nextval, 'set_config(1)'",
    "SELECT ts_rewrite('a'::tsquery, 'b'::tsquery, 'c'::tsquery)", "SELECT my.pg_thing(1)",
    "SELECT st_area(geom) FROM t",
  ])
  func whatOnlyLooksLikeACall(_ text: String) { #expect(PostgresClassifier.classify(text).effect == .read) }

  @Test(arguments: [
    ("SELECT pg_read_file('x')", "calls pg_read_file, which reads or writes files of the server"),
    ("WITH gone AS (DELETE FROM t RETURNING *) TABLE gone", "holds a DELETE"),
    ("WITH new AS (INSERT INTO t VALUES (1)) SELECT 1", "holds an INSERT"),
    ("SELECT * FROM t FOR NO KEY UPDATE", "locks rows (FOR NO KEY UPDATE)"),
    ("SELECT 1 INTO t", "makes a table (INTO)"),
    ("EXPLAIN ANALYZE DELETE FROM t WHERE a = 1", "runs the DELETE it explains"),
    (
      "EXPLAIN ANALYZE SELECT nextval('s')",
      "runs the statement it explains, which calls nextval, which moves a sequence"
    ),
    ("COPY t TO PROGRAM 'x'", "runs a program on the server"),
    ("SELECT pg_unheard_of()", "calls pg_unheard_of, which is not known to only read"),
    ("SELECT cron.schedule('x', 'y')", "calls cron.schedule, which reaches outside the database"),
  ])
  func saysWhatDecided(_ text: String, _ finding: String) {
    #expect(PostgresClassifier.classify(text).finding == finding)
  }

  @Test(arguments: [
    ("DROP TABLE a, s.b", "removes a, s.b"),
    ("DROP FUNCTION s.f(int)", "removes s.f"),
    ("DROP SCHEMA a CASCADE", "removes a"),
    ("DROP TYPE s.t", "removes s.t"),
    ("DROP DATABASE shop", "removes the database shop"),
    ("DROP OWNED BY r, CURRENT_USER", "removes everything that belongs to r, the current user"),
    ("DROP ROLE r", "removes r"),
    ("DROP TABLESPACE t", "removes t"),
    ("TRUNCATE a, s.b", "empties a, s.b"),
    ("DELETE FROM s.t", "removes every row of s.t"),
    ("DELETE FROM t WHERE true", "removes every row of t"),
    ("DELETE FROM t WHERE 'a' = 'a' AND (false OR 1=1)", "removes every row of t"),
    ("DELETE FROM t WHERE a = a", "removes every row of t"),
    ("DELETE FROM t WHERE NOT 1 > 2", "removes every row of t"),
    ("DELETE FROM t WHERE 't'::bool", "removes every row of t"),
    ("UPDATE t SET a = 1", "changes every row of t"),
    ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "removes every row of t"),
    ("EXPLAIN ANALYZE DELETE FROM t", "removes every row of t"),
    ("ALTER TABLE s.t DROP COLUMN a, ADD b int, DROP COLUMN IF EXISTS c", "removes a, c of s.t"),
  ])
  func saysWhatIsDestroyed(_ text: String, _ destruction: String) {
    #expect(PostgresClassifier.classify(text).destruction == destruction)
  }

  @Test(arguments: [
    "SELECT 1", "DELETE FROM t WHERE a = 1", "DELETE FROM t WHERE false", "DELETE FROM t WHERE a = b",
    "DELETE FROM t WHERE $1", "DELETE FROM t WHERE random() < 0.5", "DELETE FROM t WHERE CURRENT OF c",
    "UPDATE t SET a = 1 WHERE b AND true", "EXPLAIN DELETE FROM t", "INSERT INTO t SELECT * FROM s", "VACUUM FULL t",
    "ALTER TABLE t DROP CONSTRAINT c", "CREATE RULE r AS ON UPDATE TO t DO ALSO DELETE FROM s",
  ])
  func destroysNothing(_ text: String) { #expect(PostgresClassifier.classify(text).destruction == nil) }

  /// libpg_query writes a tree by calling itself; without room for it these end the process.
  @Test(arguments: ["+1", "||1", " union select 1", "::int", "[1]", " IS NULL"])
  func treesMayBeDeep(_ part: String) {
    let text = "SELECT 1" + String(repeating: part, count: 9_000)
    let classification = PostgresClassifier.classify(text)
    #expect(classification.effect == .read || classification.effect == .unknown)
  }

  /// Equal strings to Swift, different statements to the server: a Kelvin sign for a K, the Greek question mark for a semicolon.
  @Test(arguments: [
    ("SELECT dblin\u{212A}('x')", "SELECT dblinK('x')"), ("SELECT 1 \u{37E}DELETE FROM t", "SELECT 1 ;DELETE FROM t"),
  ])
  func textsThatLookTheSameAreNotTheSame(_ first: String, _ second: String) throws {
    #expect(first == second)
    let classifier = PostgresClassifier()
    let harmless = try classifier.classify(QueryRequest(.text(first)), serverVersion: 150_000)
    let harmful = try classifier.classify(QueryRequest(.text(second)), serverVersion: 150_000)
    #expect(harmless.effect == .read && harmful.effect != .read)
  }

  @Test func whatIsTooLongIsNotRead() throws {
    let text = "SELECT 1" + String(repeating: "+1", count: 600_000)
    let classification = PostgresClassifier.classify(text)
    #expect(classification.effect == .unknown && classification.finding?.contains("1024 KiB") == true)
    let classifier = PostgresClassifier()
    #expect(try classifier.classify(QueryRequest(.text(text)), serverVersion: 150_000).effect == .unknown)
  }

  @Test func countsStatements() {
    #expect(PostgresClassifier.classify("SELECT 1; SELECT 2").statementCount == 2)
    #expect(PostgresClassifier.classify("SELECT ';' AS \";\"").statementCount == 1)
  }

  @Test func textThatLooksLikeANodeIsText() {
    #expect(PostgresClassifier.classify(#"SELECT '"DeleteStmt":{}' AS "intoClause""#).effect == .read)
  }

  @Test(arguments: [
    "COPY t TO STDOUT", " ;\n/* a /* b */ c */ -- d\n copy (SELECT 1) TO STDOUT", "-- a\rCOPY t TO STDOUT",
  ])
  func knowsCopyByItsFirstWord(_ text: String) { #expect(PostgresSession.isCopy(text)) }

  @Test(arguments: ["SELECT 1", "-- COPY\nSELECT 1", "/* COPY */ TABLE copy", "", "COP", "-- a"])
  func whatIsNoCopy(_ text: String) { #expect(!PostgresSession.isCopy(text)) }

  @Test func namesTheStatement() {
    #expect(PostgresClassifier.classify("/* x */ drop  table t").summary == "DROP TABLE")
    #expect(PostgresClassifier.classify("  -- x\n delete from t").summary == "DELETE")
  }
}

@Suite struct PostgresScriptTests {
  @Test func aCarriageReturnEndsALineComment() throws {
    let statements = try AdapterRegistration.postgres.statements(inScript: "-- first\rSELECT 1;\r-- second\rSELECT 2")
    #expect(statements.map(\.text) == ["SELECT 1", "SELECT 2"])
  }

  @Test func splitsByTheServersScanner() throws {
    let script = """
      -- first
      SELECT 'a;b', $$;$$, "c;d" /* ; */;

      CREATE FUNCTION f() RETURNS int LANGUAGE sql
      BEGIN ATOMIC
        SELECT 1; SELECT 2;
      END;
      ;
      SELECT 2
      """
    let statements = try AdapterRegistration.postgres.statements(inScript: script)
    #expect(statements.map(\.line) == [2, 4, 9])
    #expect(statements[0].text.hasSuffix("/* ; */"))
    #expect(statements[1].text.hasSuffix("END"))
    #expect(statements[2].text == "SELECT 2")
  }

  @Test func anErrorElsewhereLeavesTheOtherStatementsWhole() throws {
    let script = "SELECT 1;\nSELEC 2;\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\nSELECT 3"
    let statements = try AdapterRegistration.postgres.statements(inScript: script)
    #expect(statements.map(\.line) == [1, 2, 3, 4])
  }

  @Test func aScriptOfCommentsHoldsNothing() throws {
    #expect(try AdapterRegistration.postgres.statements(inScript: "-- only\n/* a /* nested */ comment */ ;;").isEmpty)
  }

  @Test func anUnfinishedStringNamesItsLine() {
    #expect {
      try AdapterRegistration.postgres.statements(inScript: "SELECT 1;\nSELECT 'abc")
    } throws: { error in
      (error as? DBError)?.code == .syntaxError && "\(error)".contains("line 2")
    }
  }
}
