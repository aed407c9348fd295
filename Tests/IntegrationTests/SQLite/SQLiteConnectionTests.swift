import DBAdapterCore
import Foundation
import SQLiteAdapter
import Testing

extension SQLiteTests {
  @Suite("connections")
  struct Connection {
    let fixture: SQLiteFixture

    init() throws { fixture = try SQLiteFixture() }

    private func connectError(_ url: String, access: AccessLevel = .readWrite) async throws -> DBError {
      try await sqliteError { try await SQLiteFixture.withAdapter(url, access: access) { _ in } }
    }

    private func make() async throws {
      try await fixture.withAdapter { try await $0.run("CREATE TABLE t (a)") }
    }

    @Test("WAL, foreign keys and the busy time-out are on by default, and follow the connection string")
    func settings() async throws {
      try await fixture.withAdapter { adapter async throws in
        #expect(try await adapter.value("PRAGMA journal_mode") == .text("wal"))
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(1))
      }
      try await fixture.withAdapter("mode=rw&journal_mode=delete&foreign_keys=off&synchronous=normal") {
        adapter async throws in
        #expect(try await adapter.value("PRAGMA journal_mode") == .text("delete"))
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(0))
        #expect(try await adapter.value("PRAGMA synchronous") == .int(1))
      }
    }

    @Test("forms of the address")
    func forms() async throws {
      try await SQLiteFixture.withAdapter("sqlite:\(fixture.directory)/a%20b%25%3F.db?mode=rwc") {
        try await $0.run("CREATE TABLE t (a)")
      }
      let encoded = fixture.directory + "/a%20b%25%3F.db"
      for url in ["sqlite:\(encoded)", "sqlite://\(encoded)", "file:\(encoded)?mode=ro", "file://\(encoded)"] {
        try await SQLiteFixture.withAdapter(url, access: .readOnly) { adapter async throws in
          #expect(try await adapter.value("SELECT count(*) FROM t") == .int(0))
          #expect(adapter.endpoint == fixture.path("a b%?.db"))
        }
      }
      try await SQLiteFixture.withAdapter("sqlite::memory:") { adapter in
        try await adapter.run("CREATE TABLE m (a)")
        let info = try await adapter.serverInfo()
        #expect(info.product == "SQLite" && info.role == "embedded" && info.endpoint == ":memory:" && !info.isReadOnly)
        #expect(info.version.hasPrefix("3.") && info.capabilities == SQLiteAdapter.descriptor.capabilities)
      }
      try await SQLiteFixture.withAdapter("file:shared?mode=memory&cache=shared") { first in
        try await first.run("CREATE TABLE m (a)")
        try await SQLiteFixture.withAdapter("file:shared?mode=memory&cache=shared") { second async throws in
          #expect(try await second.value("SELECT count(*) FROM m") == .int(0))
        }
      }
    }

    @Test("a parameter that is not known, or whose value is not, is refused before anything is opened")
    func unknownParameters() throws {
      for (query, word) in [
        ("colour=red", "busy_timeout, cache"), ("mode=create", "rwc"), ("busy_timeout=soon", "milliseconds"),
        ("journal_mode=fast", "wal"), ("cache=big", "shared"), ("foreign_keys=maybe", "on or off"),
      ] {
        let error = #expect(throws: DBError.self) { try SQLiteFixture.connector("sqlite:x.db?" + query, .readWrite) }
        #expect(error?.code == .invalidConnectionString && error?.message.contains(word) == true, "\(query)")
      }
      let empty = #expect(throws: DBError.self) { try SQLiteFixture.connector("sqlite:", .readWrite) }
      #expect(empty?.message.contains("names no file") == true)
    }

    @Test("a missing file is made only when asked")
    func missing() async throws {
      let path = fixture.path("missing.db")
      let plain = try await connectError("sqlite:" + path)
      #expect(plain.code == .connectionFailed && plain.message.contains(path) && plain.message.contains("mode=rwc"))
      let readOnly = try await connectError("sqlite:\(path)?mode=rwc", access: .readOnly)
      #expect(readOnly.message.contains("read-only session cannot create it"))
      let nowhere = try await connectError("sqlite:\(fixture.directory)/no/such/x.db?mode=rwc")
      #expect(nowhere.message.contains("directory of"))
      #expect(!FileManager.default.fileExists(atPath: path))
      try await SQLiteFixture.withAdapter("sqlite:\(path)?mode=rwc") { try await $0.run("CREATE TABLE t (a)") }
      #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("a directory, a file of another kind and a damaged file each say so")
    func wrongFiles() async throws {
      let directory = try await connectError("sqlite:" + fixture.directory)
      #expect(directory.code == .connectionFailed && directory.message.contains("is a directory"))
      // Opening a pipe would wait for its other end, beyond every deadline.
      let pipe = fixture.path("pipe")
      #expect(mkfifo(pipe, 0o600) == 0)
      let piped = try await connectError("sqlite:" + pipe)
      #expect(piped.code == .connectionFailed && piped.message.contains("is a pipe"))
      let text = fixture.path("notes.txt")
      try Data(repeating: 0x61, count: 10_000).write(to: URL(filePath: text))
      for access in [AccessLevel.readOnly, .readWrite] {
        let other = try await connectError("sqlite:" + text, access: access)
        #expect(other.code == .connectionFailed && other.server?.nativeName == "SQLITE_NOTADB")
        #expect(other.message.contains(text) && other.message.contains("not an SQLite database"))
      }
      try await fixture.withAdapter("mode=rwc&journal_mode=delete") { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        try await adapter.run(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO t SELECT i FROM n"
        )
      }
      var bytes = try fixture.bytes()
      for position in 8192..<20_000 { bytes[position] = 0xFF }
      try bytes.write(to: URL(filePath: fixture.path()))
      try await fixture.withAdapter("mode=rw&journal_mode=delete") { adapter in
        let damaged = try await sqliteError { try await adapter.run("SELECT sum(a) FROM t") }
        #expect(damaged.code == .dataInvalid && damaged.server?.nativeName?.hasPrefix("SQLITE_CORRUPT") == true)
        #expect(damaged.message.contains("damaged") && damaged.message.contains("integrity_check"))
        #expect(!adapter.isReusable)
      }
    }

    @Test("a read-only session leaves the file as it is, whatever is tried")
    func readOnly() async throws {
      try await fixture.withAdapter("mode=rwc&journal_mode=delete") { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        try await adapter.run("INSERT INTO t VALUES (1)")
      }
      let before = try fixture.bytes()
      let other = fixture.path("other.db")
      let attacks = [
        "INSERT INTO t VALUES (2)", "UPDATE t SET a = 3", "DELETE FROM t RETURNING a", "CREATE TABLE u (a)",
        "DROP TABLE t",
        "CREATE TEMP TABLE u (a)", "VACUUM", "VACUUM INTO '\(other)'", "ATTACH '\(other)' AS o", "REINDEX t",
        "ANALYZE", "PRAGMA query_only = OFF", "PRAGMA user_version = 5", "PRAGMA journal_mode = wal",
        "PRAGMA writable_schema = ON",
        "PRAGMA main.wal_checkpoint", "PRAGMA locking_mode = EXCLUSIVE", "EXPLAIN PRAGMA query_only = OFF",
        "SELECT load_extension('\(other)')", "BEGIN IMMEDIATE", "ALTER TABLE t ADD COLUMN b",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "PRAGMA optimize", "PRAGMA incremental_vacuum",
      ]
      for parameters in ["", "mode=rwc", "mode=rw"] {
        try await fixture.withAdapter(parameters, access: .readOnly) { adapter in
          for text in attacks {
            let result = try? await adapter.run(text)
            #expect(result == nil || text == "BEGIN IMMEDIATE" || text == "REINDEX t", "\(text)")
            if text == "BEGIN IMMEDIATE" { try await adapter.rollback() }
          }
          #expect(try await adapter.value("SELECT a FROM t") == .int(1))
          #expect(try await adapter.value("PRAGMA query_only") == .int(1))
          #expect(try await adapter.serverInfo().isReadOnly)
          let refused = try await sqliteError { try await adapter.run("INSERT INTO t VALUES (2)") }
          #expect(refused.code == .permissionDenied && refused.message.contains("session is read-only"))
        }
        #expect(try fixture.bytes() == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.directory) == ["test.db"])
      }
      // Asked for by the connection string, a session with write access is read-only too.
      try await fixture.withAdapter("mode=ro") { adapter async throws in
        #expect(try await sqliteError { try await adapter.run("DELETE FROM t") }.code == .permissionDenied)
      }
      try await SQLiteFixture.withAdapter("sqlite::memory:", access: .readOnly) { adapter async throws in
        #expect(try await sqliteError { try await adapter.run("CREATE TABLE t (a)") }.code == .permissionDenied)
      }
      #expect(try fixture.bytes() == before)
    }

    @Test("the guard of a read-only session refuses before SQLite has to")
    func guarded() async throws {
      try await make()
      try await SQLiteFixture.withSession("sqlite:" + fixture.path(), policy: .readOnly) { session in
        for text in ["DELETE FROM t", "PRAGMA journal_mode = delete", "ATTACH 'x' AS y", "BEGIN", "VACUUM INTO 'x'"] {
          let error = try await sqliteError { try await session.execute(QueryRequest(unsafeText: text)) }
          #expect(error.code == .rejectedByGuard, "\(text)")
        }
        let typo = try await sqliteError { try await session.execute("SELEC 1") }
        #expect(typo.code == .syntaxError)
        let two = try await sqliteError { try await session.execute("SELECT 1; DELETE FROM t") }
        #expect(two.code == .invalidParameter && two.message.contains("one statement"))
        #expect(try await session.execute("PRAGMA table_info(t)").rows.count == 1)
      }
    }

    @Test("a WAL database can be read by read-only sessions, beside its writer and after it")
    func readOnlyWAL() async throws {
      try await fixture.withAdapter { writer in
        try await writer.run("CREATE TABLE t (a)")
        try await fixture.withAdapter("", access: .readOnly) { reader in
          try await writer.run("INSERT INTO t VALUES (1)")
          #expect(try await reader.value("SELECT count(*) FROM t") == .int(1))
        }
      }
      try await fixture.withAdapter("", access: .readOnly) { reader async throws in
        #expect(try await reader.value("SELECT count(*) FROM t") == .int(1))
      }
      try await fixture.withAdapter("immutable=1", access: .readOnly) { reader async throws in
        #expect(try await reader.value("SELECT count(*) FROM t") == .int(1))
      }
    }

    @Test("between two users a session becomes as new")
    func reset() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        try await adapter.begin(TransactionOptions())
        try await adapter.run("INSERT INTO t VALUES (1)")
        try await adapter.run("CREATE TEMP TABLE mine (a)")
        try await adapter.run("PRAGMA cache_size = 7")
        try await adapter.resetSession()
        #expect(adapter.isReusable)
        #expect(try await adapter.value("SELECT count(*) FROM t") == .int(0))
        #expect(try await adapter.value("PRAGMA cache_size") != .int(7))
        try await adapter.run("ATTACH ':memory:' AS other")
        try await adapter.run("PRAGMA foreign_keys = OFF")
        try await adapter.run("CREATE TEMP TABLE mine (a)")
        try await adapter.resetSession()
        #expect(try await adapter.value("PRAGMA foreign_keys") == .int(1))
        #expect(try await adapter.listSchemas(ListOptions()).items.map(\.name) == ["main"])
      }
      try await SQLiteFixture.withAdapter("sqlite::memory:") { adapter in
        try await adapter.run("CREATE TABLE kept (a)")
        try await adapter.run("CREATE TEMP TABLE mine (a)")
        try await adapter.run("ATTACH ':memory:' AS other")
        try await adapter.resetSession()
        #expect(
          try await adapter.listTables(in: nil, ListOptions()).items.map(\.reference.description) == ["main.kept"])
      }
    }

    @Test("a session that only touched its file needs no reset")
    func cleanSessions() async throws {
      try await fixture.withAdapter { adapter in
        #expect(!adapter.needsReset && adapter.isReusable)
        try await adapter.run("CREATE TABLE t (a)")
        try await adapter.run("INSERT INTO t VALUES (1), (2)")
        try await adapter.run("WITH x AS (SELECT 1) UPDATE t SET a = a + 1")
        try await adapter.run("CREATE INDEX i ON t (a)")
        try await adapter.run("ANALYZE")
        try await adapter.run("PRAGMA table_info(t)")
        try await adapter.run("PRAGMA foreign_keys")
        try await adapter.run("EXPLAIN SELECT 1")
        _ = try? await adapter.run("SELEC")
        _ = try? await adapter.run("INSERT INTO nothing VALUES (1)")
        _ = try await adapter.executePipeline(["DELETE FROM t", "SELECT count(*) FROM t"])
        for isReadOnly in [true, false] {
          try await adapter.begin(TransactionOptions(isReadOnly: isReadOnly))
          #expect(adapter.needsReset && adapter.isReusable)
          try await adapter.run("SELECT * FROM t")
          if isReadOnly { try await adapter.commit() } else { try await adapter.rollback() }
        }
        _ = try await adapter.describeTables(in: nil, ListOptions())
        try await adapter.ping(timeout: nil)
        _ = try await adapter.serverInfo()
        #expect(adapter.needsReset, "nobody knows what SELEC would be")
        try await adapter.resetSession()
        #expect(!adapter.needsReset)
        let cursor = try await adapter.openCursor("SELECT 1 UNION ALL SELECT 2", batchSize: 1)
        #expect(adapter.needsReset && !adapter.isReusable, "a stream is half read")
        await cursor.close()
        #expect(!adapter.needsReset && adapter.isReusable)
      }
      try await SQLiteFixture.withAdapter("sqlite:" + fixture.path(), access: .readOnly) { adapter in
        try await adapter.run("SELECT * FROM t")
        #expect(!adapter.needsReset)
      }
    }

    @Test(
      "what a user left makes a reset necessary",
      arguments: [
        "PRAGMA cache_size = 7", "PRAGMA foreign_keys = OFF", "PRAGMA unknown_one", "ATTACH ':memory:' AS other",
        "CREATE TEMP TABLE mine (a)", "CREATE TABLE temp.mine (a)", "CREATE TEMP VIEW mine AS SELECT 1",
        "CREATE TEMP TRIGGER mine AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE temp.mine USING fts5(a)",
        "BEGIN", "SAVEPOINT s", "PRAGMA page_size = 8192",
      ])
    func leftovers(_ statement: String) async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a)")
        #expect(!adapter.needsReset)
        try await adapter.run(statement)
        #expect(adapter.needsReset && adapter.isReusable)
        try await adapter.resetSession()
        #expect(!adapter.needsReset && adapter.isReusable)
      }
    }

    @Test("a session is not lent again while a task uses it")
    func busySessionsAreNotReusable() async throws {
      try await fixture.withAdapter { adapter in
        let running = Task { try await adapter.run(endlessSQLiteQuery) }
        try await Task.sleep(for: .milliseconds(50))
        #expect(!adapter.isReusable && adapter.needsReset)
        #expect(try await sqliteError { try await adapter.rollback() }.code == .connectionBusy)
        #expect(try await sqliteError { try await adapter.resetSession() }.code == .connectionBusy)
        running.cancel()
        _ = try? await running.value
        #expect(adapter.isReusable && !adapter.needsReset)
      }
    }

    @Test("a closed session says so, and closing twice is harmless")
    func closed() async throws {
      try await make()
      let adapter = try SQLiteFixture.connector("sqlite:" + fixture.path(), .readWrite).makeAdapter() as! SQLiteAdapter
      #expect(try await sqliteError { try await adapter.run("SELECT 1") }.code == .connectionLost)
      try await adapter.connect()
      try await adapter.ping(timeout: .seconds(5))
      let cursor = try await adapter.openCursor("SELECT 1 UNION ALL SELECT 2", batchSize: 1)
      await adapter.close()
      await adapter.close()
      #expect(!adapter.isReusable)
      #expect(try await sqliteError { try await cursor.nextBatch() }.code == .connectionLost)
      await cursor.close()
      #expect(try await sqliteError { try await adapter.run("SELECT 1") }.code == .connectionLost)
    }
  }
}
