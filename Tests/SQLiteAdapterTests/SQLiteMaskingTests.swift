import DBAdapterCore
import Testing

@testable import SQLiteAdapter

@Suite struct SQLiteMaskingTests {
  private static let corpus = [
    "SELECT 'hunter2', x'68756e74657232', X'77771', 77771, 7777.1e+3, .77771, 0x77771", "SELECT 1 -- hunter2",
    "/* hunter2 */ SELECT 1",
    "SELECT * FROM t WHERE a = 'it''s hunter2'",
    "SELECT * FROM t WHERE a = \"hunter2\" OR b LIKE \"hunter2\" LIMIT 77771",
    "SELECT * FROM t WHERE a IN (\"hunter2\", \"hunter2\") AND b <> \"hunter2\"",
    "INSERT INTO t (\"a\", \"b\") VALUES (\"hunter2\", 'hunter2'), (\"hunter2\", 77771)",
    "REPLACE INTO t VALUES (\"hunter2\")",
    "UPDATE t SET \"a\" = \"hunter2\" WHERE b IS \"hunter2\"",
    "SELECT lower(\"hunter2\"), \"hunter2\" || \"hunter2\" FROM t".replacing(
      "(\"hunter2\"), \"hunter2\"", with: "(\"hunter2\"), 1"),
    "CREATE TABLE t (a TEXT DEFAULT 'hunter2' CHECK (a <> 'hunter2'))", "CREATE TABLE t (a TEXT DEFAULT \"hunter2\")",
    "ATTACH 'hunter2' AS x KEY 'hunter2'", "ATTACH DATABASE 'a' AS x KEY hunter2", "PRAGMA key = 'hunter2'",
    "PRAGMA key = hunter2",
    "PRAGMA rekey(hunter2)", "PRAGMA main.hexkey = \"hunter2\"", "VACUUM INTO 'hunter2'", "SELECT 'hunter2",
    "SELECT \"hunter2",
    "SELECT /* hunter2", "SELECT [hunter2", "INSERT INTO t VALUES ('hunter2'",
    "WITH x AS (SELECT 'hunter2') SELECT * FROM x",
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u VALUES ('hunter2'); END",
    "SELECT CASE a WHEN 1 THEN \"hunter2\" ELSE \"hunter2\" END FROM t",
  ]

  @Test(arguments: corpus)
  func noLiteralIsLeft(_ statement: String) {
    let normalized = SQLiteMasking.normalize(statement)
    for marker in ["hunter2", "7777", "68756e"] { #expect(!normalized.text.contains(marker), "\(normalized.text)") }
    #expect(!normalized.text.isEmpty)
    let other = SQLiteMasking.normalize(statement.replacing("hunter2", with: "melon9").replacing("7777", with: "5555"))
    #expect(other.fingerprint == normalized.fingerprint)
  }

  @Test(arguments: [
    (
      "SELECT  \"name\",\n [a b] FROM \"orders\" WHERE `id` = 5 -- why",
      "SELECT \"name\", [a b] FROM \"orders\" WHERE `id` = ?"
    ),
    ("INSERT INTO \"t\" (\"a\", \"b\") VALUES (?1, :b)", "INSERT INTO \"t\" (\"a\", \"b\") VALUES (?1, :b)"),
    ("CREATE TABLE t (\"a\" INTEGER PRIMARY KEY, b)", "CREATE TABLE t (\"a\" INTEGER PRIMARY KEY, b)"),
    ("SELECT x'00ff' FROM x", "SELECT ? FROM x"), ("PRAGMA journal_mode = WAL", "PRAGMA journal_mode = WAL"),
    (
      "SELECT \"o\".\"id\" FROM \"o\" JOIN p ON \"o\".\"id\" = \"p\".\"id\"",
      "SELECT \"o\".\"id\" FROM \"o\" JOIN p ON \"o\".\"id\" = ?.\"id\""
    ),
  ])
  func readsAsTheStatementDoes(_ statement: String, _ expected: String) {
    #expect(SQLiteMasking.normalize(statement).text == expected)
  }

  @Test func differentStatementsHaveDifferentFingerprints() {
    let statements = [
      "SELECT a FROM t", "SELECT b FROM t", "SELECT a FROM u", "DELETE FROM t", "DELETE FROM t WHERE a = 1",
      "DELETE FROM t WHERE a > 1",
    ]
    #expect(Set(statements.map { SQLiteMasking.normalize($0).fingerprint }).count == statements.count)
  }

  @Test func secretsAreKnown() {
    for statement in [
      "ATTACH 'a' AS b KEY 'c'", "PRAGMA key = 'x'", "PRAGMA rekey = x", "SELECT 'a",
      "SELECT * FROM u WHERE password = 'x'",
    ] {
      #expect(SQLiteMasking.normalize(statement).mayHoldSecret, "\(statement)")
    }
    #expect(!SQLiteMasking.normalize("SELECT * FROM t WHERE a = 'b'").mayHoldSecret)
  }

  @Test func longTextsAreBounded() {
    let values = (0..<100_000).map { "(\($0), 'hunter2')" }.joined(separator: ", ")
    let normalized = SQLiteMasking.normalize("INSERT INTO t VALUES " + values)
    #expect(normalized.text.utf8.count <= 4_105 && normalized.text.hasSuffix("…") && normalized.mayHoldSecret)
    #expect(!normalized.text.contains("hunter2"))
    #expect(SQLiteMasking.normalize("SELECT '" + String(repeating: "hunter2", count: 100_000)).text == "SELECT …")
  }
}
