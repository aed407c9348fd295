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
    ("SELEC 1", .unknown),
  ])
  func effect(_ text: String, _ effect: StatementClassification.Effect) {
    #expect(PostgresClassifier.classify(text).effect == effect)
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
