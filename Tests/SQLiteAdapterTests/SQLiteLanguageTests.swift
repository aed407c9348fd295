import DBAdapterCore
import Testing

@testable import SQLiteAdapter

@Suite("SQLite's language")
struct SQLiteLanguageTests {
  private func tokens(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return SQLiteTokenizer.tokens(of: bytes).map { bytes.text($0.range) }
  }

  @Test("tokens are cut as SQLite cuts them")
  func tokenizer() {
    #expect(
      tokens("a.\"b\"\"c\"=x'0f'--d\n+[e f]*`g`") == [
        "a", ".", "\"b\"\"c\"", "=", "x", "'0f'", "+", "[e f]", "*", "`g`",
      ])
    #expect(tokens("1.5e-3+.5-0x1F") == ["1.5e-3", "+", ".5", "-", "0x1F"])
    #expect(tokens("?12 :name @n $x ?") == ["?12", ":name", "@n", "$x", "?"])
    #expect(tokens("\u{FEFF}été /* a /* b */ c") == ["été", "c"])
    #expect(tokens("'open; -- no comment") == ["'open; -- no comment"])
    #expect(tokens("/* open").isEmpty)
    #expect(tokens("[open") == ["[open"])
  }

  @Test("the verb of a statement, behind EXPLAIN and common tables")
  func verbs() {
    #expect(SQLiteVerb("-- x\n select 1").tag == "SELECT")
    #expect(SQLiteVerb("; ;VALUES (1)").tag == "VALUES")
    #expect(
      SQLiteVerb("WITH RECURSIVE a(x) AS (SELECT 1), replace AS (SELECT 2) INSERT INTO t SELECT * FROM a").tag
        == "INSERT")
    #expect(SQLiteVerb("with a as materialized (select 1) select * from a").tag == "SELECT")
    #expect(SQLiteVerb("CREATE TEMPORARY TABLE t (a)").tag == "CREATE TABLE")
    #expect(SQLiteVerb("create unique index i on t (a)").tag == "CREATE INDEX")
    #expect(SQLiteVerb("EXPLAIN QUERY PLAN DELETE FROM t").isExplained)
    #expect(!SQLiteVerb("EXPLAIN DELETE FROM t").isRowChange)
    #expect(SQLiteVerb("ROLLBACK").isRollback && SQLiteVerb("ROLLBACK TRANSACTION").isRollback)
    #expect(!SQLiteVerb("ROLLBACK TRANSACTION TO SAVEPOINT x").isRollback)
    #expect(SQLiteVerb("").word.isEmpty && SQLiteVerb("-- only").word.isEmpty && SQLiteVerb("EXPLAIN").isExplained)
    #expect(!SQLiteVerb("PRAGMA user_version").isCacheable && SQLiteVerb("SELECT 1").isCacheable)
  }

  @Test("pragmas that report are reads, the others are not")
  func pragmas() {
    func effect(_ text: String) -> StatementClassification.Effect? { SQLiteVerb(text).pragma?.effect }
    #expect(effect("PRAGMA table_info(t)") == .read)
    #expect(effect("PRAGMA main.\"Table_Info\"(t)") == .read)
    #expect(effect("PRAGMA foreign_keys") == .read)
    #expect(effect("PRAGMA foreign_keys=0") == .session)
    #expect(effect("PRAGMA temp . foreign_keys (0)") == .session)
    #expect(effect("PRAGMA /* x */ user_version = 3") == .write)
    #expect(effect("PRAGMA wal_checkpoint") == .write)
    // What is not known may do anything.
    #expect(effect("PRAGMA brand_new") == .session)
  }

  @Test("a table's text gives up its names, checks and expressions")
  func tableText() {
    let table = SQLiteTableDDL(
      """
      CREATE TABLE "a (b" ( -- comment with CHECK (1)
        id INTEGER CONSTRAINT key PRIMARY KEY ON CONFLICT FAIL AUTOINCREMENT NOT NULL DEFAULT (1 + (2)),
        [odd name] VARCHAR(10, 2) COLLATE "nocase" CHECK ([odd name] <> ')' /* ( */ AND (1)) UNIQUE,
        "check" TEXT DEFAULT 'CHECK (0)' REFERENCES other ON DELETE SET DEFAULT NOT DEFERRABLE,
        plain, typed_only DOUBLE PRECISION DEFAULT -1.5, x BLOB DEFAULT x'00' CONSTRAINT c CHECK (x),
        g INT GENERATED ALWAYS AS (id * 2) STORED,
        CONSTRAINT two CHECK (id > 0) CONSTRAINT three UNIQUE (id, "check" COLLATE nocase DESC)
        FOREIGN KEY (id, plain) REFERENCES other (p, q) MATCH partial ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED
      ) STRICT
      """)
    #expect(table.columns.map(\.name) == ["id", "odd name", "check", "plain", "typed_only", "x", "g"])
    #expect(table.columns.map(\.isAutoincrement) == [true, false, false, false, false, false, false])
    #expect(table.column("ODD NAME")?.collation == "nocase")
    #expect(table.column("g")?.generatedExpression == "id * 2")
    #expect(table.constraint(.primaryKey, ["ID"])?.name == "key")
    #expect(table.constraint(.unique, ["id", "check"])?.name == "three")
    #expect(table.constraint(.unique, ["odd name"])?.name == nil)
    let checks = table.constraints.filter { if case .check = $0.kind { true } else { false } }
    #expect(checks.map(\.kind) == [.check("[odd name] <> ')' /* ( */ AND (1)"), .check("x"), .check("id > 0")])
    #expect(checks.map(\.name) == [nil, "c", "two"])
    #expect(checks.last?.definition == "CONSTRAINT two CHECK (id > 0)")
    let foreign = table.constraints.filter { $0.kind == .foreignKey }
    #expect(foreign.map(\.columns) == [["check"], ["id", "plain"]])
    #expect(foreign.map(\.isInitiallyDeferred) == [false, true])
    #expect(foreign.map(\.match) == [nil, "PARTIAL"])
  }

  @Test("text that is no table is survived")
  func brokenText() {
    for text in [
      "", "CREATE TABLE", "CREATE TABLE t", "CREATE TABLE t (", "CREATE TABLE t (a CHECK (", "CREATE TABLE t (,,",
      "(((", "CREATE TABLE t (a REFERENCES",
    ] {
      _ = SQLiteTableDDL(text)
      var parser = SQLiteDDLParser(text)
      _ = parser.readIndex()
    }
    // Every beginning of a valid text, too.
    let whole =
      "CREATE TABLE t (a INT CHECK (a > (1)) DEFAULT -1, CONSTRAINT f FOREIGN KEY (a) REFERENCES u (b) ON DELETE SET NULL MATCH x DEFERRABLE INITIALLY DEFERRED)"
    for length in 0..<whole.count { _ = SQLiteTableDDL(String(whole.prefix(length))) }
  }

  @Test("an index's text gives up its expressions and its condition")
  func indexText() {
    var parser = SQLiteDDLParser(
      "CREATE UNIQUE INDEX i ON t (a DESC, lower(b, ')') COLLATE nocase ASC, c + (d) desc) WHERE a IN (1, 2) AND b <> ';'"
    )
    let (keys, predicate) = parser.readIndex()
    #expect(keys == ["a", "lower(b, ')')", "c + (d)"])
    #expect(predicate == "a IN (1, 2) AND b <> ';'")
  }
}
