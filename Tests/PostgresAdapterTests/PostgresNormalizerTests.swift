import DBAdapterCore
import Testing

@testable import PostgresAdapter

@Suite struct PostgresNormalizerTests {
  /// Statements whose literals all hold the marker, or the number that stands for it.
  private static let corpus: [String] = [
    "SELECT 'hunter2', E'hunter2\\n', $$hunter2$$, $a$hunter2$a$, U&'hunter2', B'0101', X'77771', 77771, 7777.1e3",
    "SELECT * FROM t WHERE a = 'hunter2' AND b IN (77771, 77772) LIMIT 77771 -- hunter2",
    "/* hunter2 /* nested hunter2 */ */ SELECT 1",
    "INSERT INTO t VALUES ('hunter2', 77771), ('b', 2) RETURNING 'hunter2'",
    "UPDATE t SET a = 'hunter2' WHERE b = 'hunter2'", "DELETE FROM t WHERE a LIKE '%hunter2%'",
    "WITH x AS (SELECT 'hunter2' AS s) SELECT * FROM x WHERE s = 'hunter2'",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 'hunter2'",
    "CREATE ROLE x PASSWORD 'hunter2' VALID UNTIL 'hunter2'", "ALTER USER x WITH PASSWORD 'hunter2'",
    "ALTER ROLE x SET app.token TO hunter2", "ALTER ROLE x SET app.token = 'hunter2', hunter2",
    "ALTER SYSTEM SET primary_conninfo = 'password=hunter2'", "ALTER DATABASE d SET app.x = hunter2",
    "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'x', password 'hunter2')",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'hunter2')", "ALTER SERVER s OPTIONS (SET host 'hunter2')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=x password=hunter2' PUBLICATION p",
    "ALTER SUBSCRIPTION s CONNECTION 'host=x password=hunter2'", "COMMENT ON TABLE t IS 'hunter2'",
    "SECURITY LABEL ON TABLE t IS 'hunter2'", "DO $$ BEGIN PERFORM 'hunter2'; END $$", "DO LANGUAGE plpgsql 'hunter2'",
    "COPY t FROM STDIN WITH (NULL 'hunter2', DELIMITER ',')", "COPY t TO PROGRAM 'curl hunter2'",
    "COPY t FROM '/tmp/hunter2' CSV", "SET app.x = 'hunter2'", "SET app.x = hunter2",
    "SET LOCAL app.x TO hunter2, hunter2",
    "SET SESSION app.x TO 'hunter2'", "SET TIME ZONE 'hunter2'", "CREATE TABLE t AS VALUES ('hunter2', 77771)",
    "CREATE TABLE t (a int DEFAULT 77771, b text CHECK (b <> 'hunter2'))", "CREATE VIEW v AS SELECT 'hunter2' AS a",
    "CREATE MATERIALIZED VIEW v AS SELECT 'hunter2'", "CREATE INDEX i ON t (a) WHERE b = 'hunter2'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'hunter2' $$",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql SET app.x TO hunter2 AS 'SELECT ''hunter2'''",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql RETURN 'hunter2'",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'hunter2'; END",
    "CREATE FUNCTION f(a text DEFAULT 'hunter2') RETURNS text LANGUAGE sql AS 'x'",
    "CREATE TYPE e AS ENUM ('hunter2', 'b')", "ALTER TYPE e ADD VALUE 'hunter2'",
    "CREATE POLICY p ON t USING (a = 'hunter2')", "CREATE RULE r AS ON INSERT TO t DO INSTEAD SELECT 'hunter2'",
    "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f('hunter2')",
    "CREATE DOMAIN d AS text CHECK (VALUE <> 'hunter2')", "CREATE SEQUENCE s START 77771",
    "ALTER TABLE t ALTER a SET DEFAULT 'hunter2'",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a <> 'hunter2')", "PREPARE p AS SELECT 'hunter2'",
    "EXECUTE p('hunter2', 77771)",
    "CALL p('hunter2')", "NOTIFY c, 'hunter2'", "EXPLAIN SELECT 'hunter2'",
    "EXPLAIN (ANALYZE) DELETE FROM t WHERE a = 'hunter2'",
    "DECLARE c CURSOR FOR SELECT 'hunter2'", "LOAD 'hunter2'", "PREPARE TRANSACTION 'hunter2'",
    "COMMIT PREPARED 'hunter2'",
    "CREATE TABLESPACE s LOCATION '/hunter2'", "SELECT dblink_connect('password=hunter2')",
    "SELECT set_config('a', 'hunter2', false)",
    "SELECT interval '77771 days', date 'hunter2', 'hunter2'::text, CAST('hunter2' AS varchar(77771))",
    "SELECT 1; SELECT 'hunter2'", "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y OPTIONS (a 'hunter2')",
    "CREATE PUBLICATION p FOR TABLE t WHERE (a = 'hunter2')", "VALUES ('hunter2')", "TABLE t -- hunter2",
    // What the grammar does not know.
    "selec 'hunter2' 77771", "SELECT 'hunter2", "SELECT $$hunter2", "SELECT \"a\" FROM 'hunter2'",
    "INSERT INTO t VALUES ('hunter2'",
    "SELECT 'a\\' hunter2 \\''", "SELECT 0x77771hunter2", "SELECT /* hunter2", "SELECT U&'hunter2' UESCAPE 'hunter2'",
  ]

  @Test(arguments: corpus)
  func noLiteralIsLeft(_ statement: String) {
    let normalized = PostgresNormalizer.normalize(statement)
    for marker in ["hunter2", "7777"] { #expect(!normalized.text.contains(marker), "\(normalized.text)") }
    #expect(!normalized.text.isEmpty && normalized.fingerprint.utf8.count == 16)
  }

  /// Wherever literals stand, others make no other statement.
  @Test(arguments: corpus.prefix { !$0.hasPrefix("selec") })
  func valuesMakeNoOtherFingerprint(_ statement: String) {
    let other = statement.replacing("hunter2", with: "melon9").replacing("7777", with: "5555")
    let (left, right) = (PostgresNormalizer.normalize(statement), PostgresNormalizer.normalize(other))
    #expect(left.fingerprint == right.fingerprint && left.text == right.text)
  }

  @Test func differentStatementsHaveDifferentFingerprints() {
    let fingerprints = Self.corpus.filter { !$0.contains("0x") }.map { PostgresNormalizer.normalize($0) }
    let texts = Set(fingerprints.map(\.text))
    #expect(
      Set(fingerprints.map(\.fingerprint)).count >= texts.count - 6, "libpg_query sees equal queries in few of these")
    for (left, right) in [
      ("SELECT a FROM t", "SELECT b FROM t"), ("SELECT a FROM t", "SELECT a FROM u"),
      ("CREATE ROLE a", "CREATE ROLE b"),
      ("SET a.b = 1", "SET a.c = 1"), ("DELETE FROM t WHERE a = 1", "DELETE FROM t WHERE a > 1"),
    ] {
      #expect(PostgresNormalizer.normalize(left).fingerprint != PostgresNormalizer.normalize(right).fingerprint)
    }
  }

  @Test(arguments: [
    ("SELECT  a,\n b FROM t WHERE c = 'x' -- why", "SELECT a, b FROM t WHERE c = $1"),
    ("CREATE ROLE x PASSWORD 'y'", "CREATE ROLE x PASSWORD $1"),
    ("COMMENT ON TABLE t IS 'y'", "COMMENT ON TABLE t IS ?"),
    ("SET app.x = y", "SET app.x = ?"), ("SET TIME ZONE utc", "SET TIME ZONE $1"),
    ("ALTER ROLE x SET a TO b", "ALTER ROLE x SET a TO ?"), ("UPDATE t SET a = b", "UPDATE t SET a = b"),
    ("SELECT \"A b\" FROM \"S\".\"T\" WHERE x = $1", "SELECT \"A b\" FROM \"S\".\"T\" WHERE x = $1"),
    ("selec 'a' b", "selec ? b"), ("SELECT 'a", "SELECT …"), ("/* a */ -- b\n ;; sel'", "sel …"),
  ])
  func readsAsTheStatementDoes(_ statement: String, _ expected: String) {
    #expect(PostgresNormalizer.normalize(statement).text == expected)
  }

  @Test(arguments: [
    "CREATE ROLE x PASSWORD 'y'", "ALTER USER x PASSWORD 'y'", "CREATE USER MAPPING FOR u SERVER s",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SERVER s FOREIGN DATA WRAPPER w",
    "SELECT dblink_connect('x')",
    "COPY t FROM PROGRAM 'x'", "SELECT set_config('a', 'b', true)", "SET a.b = 'c'", "selec 1", "SELECT 'a",
    "DO $$ x $$", "SELECT * FROM users WHERE password = 'x'", "SELECT pgp_sym_decrypt(a, 'x') FROM t",
  ])
  func whatMayHoldASecretSaysSo(_ statement: String) {
    #expect(PostgresNormalizer.normalize(statement).mayHoldSecret)
  }

  @Test func whatHoldsNoneDoesNot() {
    for statement in ["SELECT 1", "SELECT * FROM orders WHERE id = 7", "CREATE TABLE t (a int)", "DELETE FROM t"] {
      #expect(!PostgresNormalizer.normalize(statement).mayHoldSecret)
    }
  }

  @Test func longTextsAreBounded() {
    let values = (0..<100_000).map { "(\($0), 'hunter2')" }.joined(separator: ", ")
    let start = ContinuousClock.now
    let normalized = PostgresNormalizer.normalize("INSERT INTO t VALUES " + values)
    #expect(normalized.text.utf8.count <= 4_100 && normalized.text.hasSuffix(" …") && normalized.mayHoldSecret)
    #expect(!normalized.text.contains("hunter2") && normalized.text.hasPrefix("INSERT INTO t VALUES (?, ?), (?, ?)"))
    for text in [
      "SELECT '" + String(repeating: "hunter2", count: 500_000), "SELECT $é$" + String(repeating: "é", count: 500_000),
    ] {
      let normalized = PostgresNormalizer.normalize(text)
      #expect(
        normalized.text.hasPrefix("SELECT") && !normalized.text.contains("hunter2") && normalized.text.utf8.count < 20)
    }
    #expect(start.duration(to: .now) < .seconds(5))
  }

  /// Without quotes it is no statement, and its words would be kept.
  @Test(arguments: ["ALTER USER bob PASSWORD hunter2", "create role r password hunter2 login"])
  func aPasswordWithoutQuotesIsNotKept(_ text: String) {
    let normalized = PostgresNormalizer.normalize(text)
    #expect(!normalized.text.contains("hunter2") && normalized.mayHoldSecret, "\(normalized.text)")
  }

  @Test func interpolatedValuesNeverComeThrough() throws {
    let adapter = PostgresAdapter(
      ConnectionConfiguration(try ConnectionString("postgres://localhost/x")),
      try PGConnectionParameters(ConnectionConfiguration(try ConnectionString("postgres://localhost/x"))),
      PostgresClassifier())
    for value in ["hunter2", "a' OR 'hunter2", "$1 hunter2", "; hunter2"] {
      let normalized = adapter.normalized("SELECT * FROM \(identifier: "s", "t") WHERE a = \(value) AND b = \(77_771)")
      #expect(normalized.text == #"SELECT * FROM "s"."t" WHERE a = $1 AND b = $2"#)
    }
    #expect(adapter.normalized(QueryRequest(.command([.text("hunter2")]))).text == "…")
    #expect(adapter.normalized(QueryRequest(unsafeText: "SELECT 1\0hunter2")).text == "…")
  }
}
