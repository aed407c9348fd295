import DBAdapterCore
import SQLiteAdapter
import Testing

extension SQLiteTests {
  @Suite("transactions")
  struct Transaction {
    let fixture: SQLiteFixture

    init() throws { fixture = try SQLiteFixture() }

    private struct Stop: Error {}

    private func withSession<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R {
      try await SQLiteFixture.withSession("sqlite:\(fixture.path())?mode=rwc") { session in
        _ = try await session.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY)")
        return try await body(session)
      }
    }

    @Test("commit keeps, an error undoes, savepoints undo their own part")
    func outcomes() async throws {
      try await withSession { session in
        try await session.withTransaction { _ = try await $0.execute("INSERT INTO t VALUES (1)") }
        await #expect(throws: Stop.self) {
          try await session.withTransaction { inner in
            _ = try await inner.execute("INSERT INTO t VALUES (2)")
            throw Stop()
          }
        }
        try await session.withTransaction { outer in
          _ = try await outer.execute("INSERT INTO t VALUES (3)")
          await #expect(throws: Stop.self) {
            try await outer.withTransaction { inner in
              _ = try await inner.execute("INSERT INTO t VALUES (4)")
              throw Stop()
            }
          }
          try await outer.withTransaction { _ = try await $0.execute("INSERT INTO t VALUES (5)") }
        }
        let rows = try await session.execute("SELECT a FROM t ORDER BY a").rows
        #expect(rows.map { $0[0] } == [.int(1), .int(3), .int(5)])
      }
    }

    @Test("schema changes are part of a transaction; read-only ones refuse writes")
    func options() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.begin(TransactionOptions(isolation: .readCommitted))
        try await adapter.run("CREATE TABLE gone (a)")
        try await adapter.rollback()
        try await adapter.rollback()
        #expect(try await adapter.listTables(in: nil, ListOptions()).items.isEmpty)
        try await adapter.begin(TransactionOptions(isReadOnly: true))
        let refused = try await sqliteError { try await adapter.run("CREATE TABLE t (a)") }
        #expect(refused.code == .permissionDenied && refused.message.contains("transaction is read-only"))
        #expect(try await adapter.serverInfo().isReadOnly)
        try await adapter.commit()
        try await adapter.run("CREATE TABLE t (a)")
        let deferrable = try await sqliteError { try await adapter.begin(TransactionOptions(isDeferrable: true)) }
        #expect(deferrable.code == .unsupported)
        try await adapter.begin(TransactionOptions())
        let twice = try await sqliteError { try await adapter.begin(TransactionOptions()) }
        #expect(twice.code == .invalidParameter)
        try await adapter.savepoint("odd \" name", .create)
        try await adapter.savepoint("odd \" name", .rollback)
        try await adapter.savepoint("odd \" name", .release)
        #expect(try await sqliteError { try await adapter.savepoint("never", .release) }.code == .transactionAborted)
        try await adapter.rollback()
      }
    }

    @Test("a transaction that SQLite gave up takes no more statements")
    func aborted() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a UNIQUE)")
        for begin in [true, false] {
          if begin { try await adapter.begin(TransactionOptions()) } else { try await adapter.run("BEGIN") }
          try await adapter.run("INSERT INTO t VALUES (1)")
          let error = try await sqliteError { try await adapter.run("INSERT OR ROLLBACK INTO t VALUES (1)") }
          #expect(error.code == .constraintViolation)
          // On its own this would be kept.
          let later = try await sqliteError { try await adapter.run("INSERT INTO t VALUES (2)") }
          #expect(later.code == .transactionAborted)
          if begin {
            #expect(try await sqliteError { try await adapter.commit() }.code == .transactionAborted)
          } else {
            #expect(try await sqliteError { try await adapter.run("COMMIT") }.code == .transactionAborted)
          }
          try await adapter.rollback()
          #expect(try await adapter.value("SELECT count(*) FROM t") == .int(0))
        }
      }
    }

    @Test("a commit that fails says why, and the transaction is undone")
    func failedCommit() async throws {
      try await withSession { session in
        _ = try await session.execute("CREATE TABLE c (t INT REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
        let error = await #expect(throws: TransactionError.self) {
          try await session.withTransaction { _ = try await $0.execute("INSERT INTO c VALUES (99)") }
        }
        #expect(error?.outcome == .rolledBack && error?.commitError?.code == .constraintViolation)
        #expect(try await session.execute("SELECT * FROM c").rows.isEmpty)
        try await session.withTransaction { _ = try await $0.execute("INSERT INTO t VALUES (1)") }
      }
    }

    @Test("a transaction whose task is cancelled is rolled back, at any point")
    func cancelled() async throws {
      try await withSession { session in
        let body = Task {
          try await session.withTransaction { inner in
            _ = try await inner.execute("INSERT INTO t VALUES (1)")
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await inner.execute("INSERT INTO t VALUES (2)")
          }
        }
        #expect(try await sqliteError { try await body.value }.code == .cancelled)
        let commit = Task {
          try await session.withTransaction { inner in
            _ = try await inner.execute("INSERT INTO t VALUES (3)")
            withUnsafeCurrentTask { $0?.cancel() }
          }
        }
        let error = await #expect(throws: TransactionError.self) { try await commit.value }
        #expect(error?.outcome == .rolledBack && error?.commitError?.code == .cancelled)
        #expect(try await session.execute("SELECT * FROM t").rows.isEmpty)
        try await session.withTransaction { _ = try await $0.execute("INSERT INTO t VALUES (4)") }
      }
    }

    @Test("a writer's snapshot that is too old is a conflict to be tried again")
    func snapshot() async throws {
      try await fixture.withAdapter { first in
        try await first.run("CREATE TABLE t (a)")
        try await fixture.withAdapter { second in
          try await first.run("BEGIN DEFERRED")
          #expect(try await first.value("SELECT count(*) FROM t") == .int(0))
          try await second.run("INSERT INTO t VALUES (1)")
          let error = try await sqliteError { try await first.run("INSERT INTO t VALUES (2)") }
          #expect(error.code == .serializationConflict && error.isRetryable)
          #expect(error.server?.nativeName == "SQLITE_BUSY_SNAPSHOT")
          try await first.rollback()
        }
      }
    }

    @Test("a pipeline is one transaction")
    func pipeline() async throws {
      try await withSession { session in
        let good = try await session.pipeline(["INSERT INTO t VALUES (1)", "SELECT count(*) FROM t"])
        #expect(try good.map { try $0.get() }[1].rows.first?[0] == .int(1))
        let bad = try await session.pipeline(["INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (1)", "SELECT 1"])
        #expect(try bad[0].get().affectedRows == 1)
        #expect(throws: DBError.self) { try bad[1].get() }
        let last = #expect(throws: DBError.self) { try bad[2].get() }
        #expect(last?.code == .transactionAborted)
        #expect(try await session.execute("SELECT count(*) FROM t").rows.first?[0] == .int(1))
        try await session.withTransaction { inner in
          _ = try await inner.execute("INSERT INTO t VALUES (7)")
          _ = try await inner.pipeline(["INSERT INTO t VALUES (8)", "INSERT INTO t VALUES (8)"])
          _ = try await inner.pipeline(["INSERT INTO t VALUES (9)"])
        }
        let rows = try await session.execute("SELECT a FROM t ORDER BY a").rows
        #expect(rows.map { $0[0] } == [.int(1), .int(7), .int(9)])
        let control = try await sqliteError { try await session.pipeline(["COMMIT"]) }
        #expect(control.code == .invalidParameter)
      }
    }
  }
}
