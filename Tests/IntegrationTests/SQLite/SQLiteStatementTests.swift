import DBAdapterCore
import Foundation
import SQLiteAdapter
import Testing

extension SQLiteTests {
  @Suite("statements")
  struct Statement {
    let fixture: SQLiteFixture

    init() throws { fixture = try SQLiteFixture() }

    @Test func textsThatLookTheSameAreKeptApart() async throws {
      try await SQLiteFixture.withSession("sqlite::memory:", policy: .readOnly) { session in
        for text in ["\u{E9}", "e\u{301}", "K", "\u{212A}"] {
          let row = try await session.execute(QueryRequest(.text("SELECT length(CAST('\(text)' AS BLOB))"))).rows[0]
          #expect(try row.decode(Int.self, at: 0) == text.utf8.count)
        }
      }
    }

    @Test("every storage class comes back as it was given, whatever the column was declared as")
    func values() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE v (id INTEGER PRIMARY KEY, x)")
        let values: [DBValue] = [
          .null, .int(0), .int(.max), .int(.min), .double(0.1), .double(.infinity), .double(-.infinity),
          .double(.greatestFiniteMagnitude), .double(.leastNonzeroMagnitude), .text(""),
          .text("naïve 🧪 \u{0} after NUL"),
          .bytes(DBBytes([])), .bytes(DBBytes([0, 255, 10])),
        ]
        for value in values {
          try await adapter.run("INSERT INTO v (x) VALUES (?)", [value])
          #expect(try await adapter.value("SELECT x FROM v ORDER BY id DESC LIMIT 1") == value)
        }
        try await adapter.run("CREATE TABLE d (i INTEGER, t TEXT, b BLOB, r REAL, n NUMERIC)")
        try await adapter.run("INSERT INTO d VALUES ('abc', x'00ff', 5, 'x', '1e3')")
        let row = try #require(try await adapter.run("SELECT * FROM d").rows.first)
        #expect(row.values == [.text("abc"), .bytes(DBBytes([0, 255])), .int(5), .text("x"), .int(1000)])
      }
    }

    @Test("values without a storage class of their own are stored as text")
    func textForms() async throws {
      try await fixture.withAdapter { adapter in
        let uuid = try #require(DBUUID("00112233-4455-6677-8899-aabbccddeeff"))
        let forms: [(DBValue, String)] = [
          (.decimal(try #require(DBDecimal("123456789012345678901234567890.10"))), "123456789012345678901234567890.10"),
          (.uuid(uuid), "00112233-4455-6677-8899-aabbccddeeff"),
          (.date(try #require(DBDate("2026-02-28"))), "2026-02-28"),
          (.time(try #require(DBTime("13:05:07.25"))), "13:05:07.25"),
          (.timestamp(try #require(DBTimestamp("2026-02-28T13:05:07Z"))), "2026-02-28T13:05:07Z"),
          (.json(DBJSON("{\"a\": 1}")), "{\"a\": 1}"),
        ]
        for (value, text) in forms {
          let row = try #require(try await adapter.run("SELECT ?1, typeof(?1)", [value]).rows.first)
          #expect(row.values == [.text(text), .text("text")])
        }
        #expect(try await adapter.value("SELECT ?", [.bool(true)]) == .int(1))
        #expect(try await adapter.value("SELECT ?", [.uint(7)]) == .int(7))
      }
    }

    @Test("what would be lost is refused, by the parameter's name")
    func refusedValues() async throws {
      try await fixture.withAdapter { adapter in
        let cases: [(DBValue, String)] = [
          (.double(.nan), "NaN"), (.uint(.max), "18446744073709551615"), (.array(DBArray([.int(1)])), "array"),
          (.document(DBDocument([DBDocument.Field("a", .int(1))])), "document"),
        ]
        for (value, word) in cases {
          let error = try await sqliteError { try await adapter.run("SELECT :wanted", [value]) }
          #expect(error.code == .invalidParameter)
          #expect(error.message.contains(":wanted") && error.message.contains(word))
        }
      }
    }

    @Test("parameters go by number, and a wrong count is named")
    func parameters() async throws {
      try await fixture.withAdapter { adapter in
        let row = try #require(
          try await adapter.run("SELECT ?2, :a, ?1, @b", [.int(1), .int(2), .int(3), .int(4)]).rows.first)
        #expect(row.values == [.int(2), .int(3), .int(1), .int(4)])
        let few = try await sqliteError { try await adapter.run("SELECT ?, :name", [.int(1)]) }
        #expect(few.code == .invalidParameter)
        #expect(few.message == "the statement has 2 parameters (?1, :name), 1 value was given")
        let many = try await sqliteError { try await adapter.run("SELECT 1", [.int(1), .int(2)]) }
        #expect(many.message == "the statement has no parameters, 2 values were given")
        #expect(try await adapter.executeQuery("SELECT \(5) + \(6)").rows.first?[0] == .int(11))
      }
    }

    @Test("a request holds one statement")
    func oneStatement() async throws {
      try await fixture.withAdapter { adapter async throws in
        #expect(try await adapter.value("SELECT 1 ; ; -- done\n /* really */ ;") == .int(1))
        #expect(try await adapter.value(" ; /* first */ SELECT 'a;b'") == .text("a;b"))
        let two = try await sqliteError { try await adapter.run("SELECT 'ü'; SELECT 2") }
        #expect(two.code == .invalidParameter)
        #expect(two.message.contains("character 13"))
        for text in ["", "  ;; ", "-- only a comment", "/* nothing"] {
          #expect(try await sqliteError { try await adapter.run(text) }.code == .invalidParameter)
        }
        // A pragma acts while it is compiled, so that the second statement has to be found before.
        _ = try await sqliteError { try await adapter.run("PRAGMA foreign_keys = OFF; SELECT 1") }
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(1))
      }
    }

    @Test("results say what was done")
    func results() async throws {
      try await fixture.withAdapter { adapter in
        let created = try await adapter.run("CREATE TEMP TABLE t (a INTEGER, b TEXT)")
        #expect(created.commandTag == "CREATE TABLE" && created.affectedRows == nil && created.reply == .acknowledged)
        let inserted = try await adapter.run("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')")
        #expect(inserted.commandTag == "INSERT" && inserted.affectedRows == 3 && inserted.reply == .affected(3))
        let selected = try await adapter.run("SELECT a, b AS a, a + 1 FROM t")
        #expect(selected.reply == .rows && selected.affectedRows == nil && selected.commandTag == "SELECT")
        #expect(selected.columns.names == ["a", "a", "a + 1"])
        #expect(selected.columns.columns.map(\.type.kind) == [.integer, .text, .unknown])
        #expect(selected.columns.columns.map(\.type.nativeName) == ["INTEGER", "TEXT", ""])
        let updated = try await adapter.run(
          "WITH k AS (SELECT 2 AS n) UPDATE t SET b = 'q' WHERE a IN (SELECT n FROM k)")
        #expect(updated.commandTag == "UPDATE" && updated.affectedRows == 1)
        let returned = try await adapter.run("DELETE FROM t RETURNING a")
        #expect(returned.rows.count == 3 && returned.affectedRows == 3 && returned.reply == .rows)
        #expect(try await adapter.run("SELECT * FROM t").columns.count == 2)
      }
    }

    @Test("a cached statement follows the schema")
    func schemaChange() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        #expect(try await adapter.run("SELECT * FROM t").columns.names == ["a"])
        try await adapter.run("ALTER TABLE t ADD COLUMN b")
        try await adapter.run("INSERT INTO t VALUES (1, 2)")
        let result = try await adapter.run("SELECT * FROM t")
        #expect(result.columns.names == ["a", "b"])
        #expect(result.rows.first?.values == [.int(1), .int(2)])
        try await adapter.run("DROP TABLE t")
        #expect(try await sqliteError { try await adapter.run("SELECT * FROM t") }.code == .objectNotFound)
      }
    }

    @Test("a result over its limit is cut and says so; a write is not cut short")
    func rowLimit() async throws {
      try await fixture.withAdapter { adapter in
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n"
        let cut = try await adapter.executeQuery(QueryRequest(unsafeText: numbers, rowLimit: 4))
        #expect(cut.rows.count == 4 && cut.truncation == Truncation(.rowLimit, limit: 4))
        let exact = try await adapter.executeQuery(QueryRequest(unsafeText: numbers, rowLimit: 10))
        #expect(exact.rows.count == 10 && exact.truncation == nil)
        let none = try await adapter.executeQuery(QueryRequest(unsafeText: numbers, rowLimit: 0))
        #expect(none.rows.isEmpty && none.truncation != nil)
        try await adapter.run("CREATE TABLE t (a)")
        let insert = QueryRequest(unsafeText: "INSERT INTO t \(numbers) RETURNING a", rowLimit: 3)
        let written = try await adapter.executeQuery(insert)
        #expect(written.rows.count == 3 && written.truncation != nil && written.affectedRows == 10)
        #expect(try await adapter.value("SELECT count(*) FROM t") == .int(10))
      }
    }

    @Test("text that is not UTF-8 arrives with its bytes")
    func invalidText() async throws {
      try await fixture.withAdapter { adapter in
        let value = try await adapter.value("SELECT CAST(x'61ff62' AS TEXT)")
        guard case .native(let native) = value, case .bytes(let bytes) = native.payload else {
          Issue.record("\(value)")
          return
        }
        #expect(bytes.bytes == [0x61, 0xFF, 0x62])
      }
    }

    @Test("errors give code, position and what was broken")
    func errors() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run(
          "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, n INT CONSTRAINT positive CHECK (n > 0))")
        try await adapter.run("CREATE TABLE c (p INT REFERENCES p)")
        try await adapter.run("INSERT INTO p VALUES (1, 'a', 1)")
        let syntax = try await sqliteError { try await adapter.run("SELECT 'ü', FORM") }
        #expect(syntax.code == .objectNotFound)
        #expect(syntax.server?.position == 13)
        let near = try await sqliteError { try await adapter.run("SELEC 1") }
        #expect(near.code == .syntaxError && near.server?.position == 1 && near.server?.nativeName == "SQLITE_ERROR")
        let unique = try await sqliteError { try await adapter.run("INSERT INTO p VALUES (2, 'a', 1)") }
        #expect(unique.code == .constraintViolation && unique.server?.nativeName == "SQLITE_CONSTRAINT_UNIQUE")
        #expect(unique.server?.table == "p" && unique.server?.column == "name")
        let missing = try await sqliteError { try await adapter.run("INSERT INTO p VALUES (2, NULL, 1)") }
        #expect(missing.server?.nativeName == "SQLITE_CONSTRAINT_NOTNULL" && missing.server?.column == "name")
        let check = try await sqliteError { try await adapter.run("INSERT INTO p VALUES (2, 'b', -1)") }
        #expect(check.server?.constraint == "positive")
        let foreign = try await sqliteError { try await adapter.run("INSERT INTO c VALUES (9)") }
        #expect(foreign.code == .constraintViolation && foreign.server?.nativeName == "SQLITE_CONSTRAINT_FOREIGNKEY")
        #expect(try await sqliteError { try await adapter.run("SELECT * FROM nowhere") }.code == .objectNotFound)
        #expect(try await sqliteError { try await adapter.run("CREATE TABLE p (a)") }.code == .objectExists)
        #expect(try await adapter.value("SELECT 1") == .int(1))
      }
    }

    @Test("a blob of 64 MiB goes there and back")
    func largeBlob() async throws {
      try await fixture.withAdapter { adapter in
        var bytes = [UInt8](repeating: 7, count: 64 << 20)
        bytes[12_345] = 1
        bytes[bytes.count - 1] = 2
        try await adapter.run("CREATE TABLE b (x BLOB)")
        try await adapter.run("INSERT INTO b VALUES (?)", [.bytes(DBBytes(bytes))])
        let value = try await adapter.value("SELECT x FROM b")
        #expect(value == .bytes(DBBytes(bytes)))
      }
    }

    private static let details: [(String, String?, String?)] = [
      ("SELECT * FROM t", nil, nil), ("DELETE FROM t WHERE a = 1", nil, nil), ("DROP TABLE t", nil, "removes t"),
      ("WITH x AS (SELECT 1) DELETE FROM main.t", nil, "removes every row of main.t"),
      ("DELETE FROM [t] WHERE 1=1 RETURNING a", nil, "removes every row of t"),
      ("UPDATE OR IGNORE t SET a = (SELECT 1 WHERE 1)", nil, "changes every row of t"),
      ("UPDATE t SET a = 1 WHERE true", nil, "changes every row of t"), ("EXPLAIN DELETE FROM t", nil, nil),
      ("UPDATE t SET a = 1 WHERE a = a", nil, nil), ("ALTER TABLE t ADD COLUMN b", nil, nil),
      ("VACUUM INTO '/tmp/never'", "writes another file (INTO)", nil),
      ("SELECT load_extension('x')", "calls load_extension, which loads code or touches files", nil),
    ]

    @Test("classification compiles and never runs")
    func classification() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        let cases: [(String, StatementClassification.Effect, String)] = [
          ("SELECT * FROM t", .read, "SELECT"), ("WITH x AS (SELECT 1) SELECT * FROM x", .read, "SELECT"),
          ("VALUES (1)", .read, "VALUES"), ("EXPLAIN DELETE FROM t", .read, "DELETE"),
          ("INSERT INTO t VALUES (1)", .write, "INSERT"), ("WITH x AS (SELECT 1) DELETE FROM t", .write, "DELETE"),
          ("REPLACE INTO t VALUES (1)", .write, "REPLACE"), ("VACUUM", .write, "VACUUM"),
          ("VACUUM INTO '/tmp/never'", .write, "VACUUM"), ("ANALYZE", .write, "ANALYZE"),
          ("CREATE TABLE u (a)", .definition, "CREATE TABLE"), ("DROP TABLE t", .definition, "DROP TABLE"),
          ("CREATE UNIQUE INDEX i ON t (a)", .definition, "CREATE INDEX"), ("BEGIN", .transactionControl, "BEGIN"),
          ("ROLLBACK TO x", .transactionControl, "ROLLBACK TO"), ("ATTACH 'x' AS y", .session, "ATTACH"),
          ("PRAGMA table_info(t)", .read, "PRAGMA"), ("PRAGMA journal_mode", .read, "PRAGMA"),
          ("PRAGMA main.journal_mode = delete", .session, "PRAGMA"), ("PRAGMA foreign_keys(0)", .session, "PRAGMA"),
          ("PRAGMA user_version = 9", .write, "PRAGMA"), ("PRAGMA wal_checkpoint", .write, "PRAGMA"),
          ("EXPLAIN PRAGMA foreign_keys = OFF", .session, "PRAGMA"),
          ("SELECT load_extension('x')", .procedure, "SELECT"),
        ]
        for (text, effect, summary) in cases {
          let found = try await adapter.classify(QueryRequest(unsafeText: text))
          #expect(found.effect == effect && found.summary == summary && found.statementCount == 1, "\(text)")
        }
        for (text, finding, destruction) in Self.details {
          let found = try await adapter.classify(QueryRequest(unsafeText: text))
          #expect(found.finding == finding && found.destruction == destruction, "\(text): \(found)")
        }
        #expect(try await adapter.classify("SELECT 1; DROP TABLE t").statementCount == 2)
        #expect(try await sqliteError { try await adapter.classify("SELEC 1") }.code == .syntaxError)
        #expect(try await adapter.value("SELECT count(*) FROM t") == .int(0))
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(1))
        #expect(try await adapter.value("PRAGMA user_version") == .int(0))
      }
    }
  }
}
