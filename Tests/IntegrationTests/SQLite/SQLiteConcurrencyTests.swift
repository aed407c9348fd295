import DBAdapterCore
import DBAdapterTesting
import Foundation
import SQLiteAdapter
import Testing

extension SQLiteTests {
  @Suite("cancellation, deadlines, locks and streams")
  struct Concurrency {
    let fixture: SQLiteFixture

    init() throws { fixture = try SQLiteFixture() }

    @Test("a deadline stops a running statement, and the session stays good")
    func deadline() async throws {
      try await fixture.withAdapter { adapter in
        let (_, time) = try await Stopwatch.measure { () async throws in
          let request = QueryRequest(unsafeText: endlessSQLiteQuery, timeout: .milliseconds(100))
          let error = try await sqliteError { try await adapter.executeQuery(request) }
          #expect(error.code == .timeout && error.message.contains("0.1 seconds"))
        }
        #expect(time.total >= .milliseconds(95) && time.own < .milliseconds(350), "\(time)")
        #expect(try await adapter.value("SELECT 1") == .int(1))
        #expect(adapter.isReusable)
      }
    }

    @Test("a cancelled task stops its statement, and only its own")
    func cancellation() async throws {
      try await fixture.withAdapter { adapter in
        for _ in 0..<20 {
          let task = Task { try await adapter.run(endlessSQLiteQuery) }
          try await Task.sleep(for: .milliseconds(3))
          let (_, time) = try await Stopwatch.measure { () async throws in
            task.cancel()
            #expect(try await sqliteError { try await task.value }.code == .cancelled)
          }
          #expect(time.own < .milliseconds(250), "\(time)")
          // The next statement must not be hit by what was meant for the last.
          #expect(try await adapter.value("SELECT count(*) FROM pragma_function_list") != .int(0))
        }
        let before = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          return try await adapter.run("CREATE TABLE never (a)")
        }
        #expect(try await sqliteError { try await before.value }.code == .cancelled)
        #expect(try await adapter.listTables(in: nil, ListOptions()).items.isEmpty)
      }
    }

    @Test("waiting for a lock ends with the busy time-out, the deadline or the task")
    func locks() async throws {
      try await fixture.withAdapter { holder in
        try await holder.run("CREATE TABLE t (a)")
        try await holder.begin(TransactionOptions())
        try await fixture.withAdapter("busy_timeout=50") { other in
          let (_, time) = try await Stopwatch.measure { () async throws in
            let error = try await sqliteError { try await other.run("INSERT INTO t VALUES (1)") }
            #expect(error.code == .lockNotAvailable && error.isRetryable && error.server?.nativeName == "SQLITE_BUSY")
            #expect(error.message.contains(fixture.path()) && error.message.contains("locked"))
          }
          #expect(time.total >= .milliseconds(45) && time.own < .milliseconds(400), "\(time)")
          #expect(try await other.value("SELECT count(*) FROM t") == .int(0))
        }
        try await fixture.withAdapter("busy_timeout=60000") { other in
          let limited = QueryRequest(unsafeText: "INSERT INTO t VALUES (1)", timeout: .milliseconds(60))
          let (_, byDeadline) = try await Stopwatch.measure { () async throws in
            #expect(try await sqliteError { try await other.executeQuery(limited) }.code == .timeout)
          }
          #expect(byDeadline.own < .milliseconds(310), "\(byDeadline)")
          let task = Task { try await other.run("INSERT INTO t VALUES (1)") }
          try await Task.sleep(for: .milliseconds(20))
          let (_, byTask) = try await Stopwatch.measure { () async throws in
            task.cancel()
            #expect(try await sqliteError { try await task.value }.code == .cancelled)
          }
          #expect(byTask.own < .milliseconds(250), "\(byTask)")
          // PRAGMA busy_timeout keeps waits stoppable.
          try await other.run("PRAGMA busy_timeout = 40")
          #expect(try await sqliteError { try await other.run("INSERT INTO t VALUES (1)") }.code == .lockNotAvailable)
          let waiting = Task { try await other.run("PRAGMA busy_timeout = 60000") }
          _ = try await waiting.value
          let insert = Task { try await other.run("INSERT INTO t VALUES (7)") }
          try await Task.sleep(for: .milliseconds(20))
          try await holder.rollback()
          #expect(try await insert.value.affectedRows == 1)
        }
      }
    }

    @Test("a blocked session holds up no other task")
    func noBlockedThreads() async throws {
      try await SQLiteFixture.withAdapter("sqlite::memory:") { free in
        let adapters = try (0..<8).map { _ in try SQLiteFixture.connector("sqlite::memory:", .readWrite).makeAdapter() }
        for adapter in adapters { try await adapter.connect() }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for adapter in adapters {
            group.addTask { _ = try await adapter.executeQuery(QueryRequest(unsafeText: endlessSQLiteQuery)) }
          }
          try await Task.sleep(for: .milliseconds(20))
          let (value, time) = try await Stopwatch.measure { try await free.value("SELECT 1") }
          #expect(value == .int(1))
          #expect(time.own < .seconds(2), "\(time)")
          group.cancelAll()
          while let result = await group.nextResult() {
            #expect(throws: DBError.self) { try result.get() }
          }
        }
        for adapter in adapters { await adapter.close() }
      }
    }

    @Test("a second statement while one runs is refused")
    func busy() async throws {
      try await fixture.withAdapter { adapter in
        let cursor = try await adapter.openCursor("SELECT 1 UNION ALL SELECT 2", batchSize: 1)
        let error = try await sqliteError { try await adapter.run("SELECT 1") }
        #expect(error.code == .connectionBusy)
        #expect(try await cursor.nextBatch()?.count == 1)
        await cursor.close()
        await cursor.close()
        #expect(try await adapter.value("SELECT 1") == .int(1))
      }
    }

    @Test("a million rows stream in flat memory")
    func stream() async throws {
      try await SQLiteFixture.withSession("sqlite:\(fixture.path())?mode=rwc") { session in
        let rows =
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i, printf('%0400d', i), i * 0.5 FROM n"
        let before = try Self.residentBytes()
        var peak = before
        let sum = try await session.withRows(QueryRequest(unsafeText: rows), batchSize: 1_000) { stream in
          var sum: Int64 = 0
          var count = 0
          for try await batch in stream.batches {
            #expect(batch.count <= 1_000)
            for row in batch { if case .int(let value) = row[0] { sum += value } }
            count += 1
            if count.isMultiple(of: 100) { peak = max(peak, try Self.residentBytes()) }
          }
          #expect(stream.summary.commandTag == "SELECT" && stream.summary.truncation == nil)
          return sum
        }
        #expect(sum == 500_000_500_000)
        // Rows that are kept would take more than 400 MB; tests of other suites run meanwhile.
        #expect(peak - before < 200 << 20)
      }
    }

    private static func residentBytes() throws -> Int {
      #if os(Linux)
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
      return (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
      #else
      return 0
      #endif
    }

    @Test("batches end by bytes too, and the row limit holds")
    func batches() async throws {
      try await fixture.withAdapter { adapter in
        let large =
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT zeroblob(100000) FROM n"
        let cursor = try await adapter.openCursor(QueryRequest(unsafeText: large), batchSize: 1_000)
        var sizes: [Int] = []
        while let batch = try await cursor.nextBatch() { sizes.append(batch.count) }
        #expect(sizes.reduce(0, +) == 20 && sizes.allSatisfy { $0 <= 3 })
        await cursor.close()
        let limited = try await adapter.openCursor(QueryRequest(unsafeText: large, rowLimit: 5), batchSize: 2)
        var count = 0
        while let batch = try await limited.nextBatch() { count += batch.count }
        #expect(count == 5 && limited.summary.truncation == Truncation(.rowLimit, limit: 5))
        await limited.close()
      }
    }

    /// Gives ten rows and then looks for more for ever.
    private static let tenRows =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i <= 10"

    @Test("what is read ahead ends with the stream, however long it would take", arguments: [true, false])
    func readAhead(isClosed: Bool) async throws {
      try await fixture.withAdapter { adapter in
        let (_, time) = try await Stopwatch.measure { () async throws in
          let cursor = try await adapter.openCursor(QueryRequest(unsafeText: Self.tenRows), batchSize: 5)
          #expect(try await cursor.nextBatch()?.map { $0[0] } == (1...5).map { .int($0) })
          if isClosed { await cursor.close() }
        }
        #expect(time.own < .milliseconds(500), "\(time)")
        // Whoever drops a cursor does not wait for its end.
        if !isClosed { try await eventually("the session is free") { adapter.isReusable } }
        #expect(try await adapter.value("SELECT 1") == .int(1) && adapter.isReusable)
      }
    }

    @Test("a batch that was read ahead comes too late after the deadline, a cancellation and the session's end")
    func lateBatches() async throws {
      try await fixture.withAdapter { adapter in
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n"
        let request = QueryRequest(unsafeText: rows, timeout: .milliseconds(200))
        let late = try await adapter.openCursor(request, batchSize: 5)
        #expect(try await late.nextBatch()?.count == 5)
        try await Task.sleep(for: .milliseconds(250))
        #expect(try await sqliteError { try await late.nextBatch() }.code == .timeout)
        await late.close()
        let task = Task {
          let cursor = try await adapter.openCursor(QueryRequest(unsafeText: rows), batchSize: 5)
          _ = try await cursor.nextBatch()
          try await Task.sleep(for: .milliseconds(20))
          withUnsafeCurrentTask { $0?.cancel() }
          let error = try await sqliteError { try await cursor.nextBatch() }
          await cursor.close()
          return error.code
        }
        #expect(try await task.value == .cancelled)
        let last = try await adapter.openCursor(QueryRequest(unsafeText: rows), batchSize: 5)
        #expect(try await last.nextBatch()?.count == 5)
        try await Task.sleep(for: .milliseconds(20))
        await adapter.close()
        #expect(try await sqliteError { try await last.nextBatch() }.code == .connectionLost)
        await last.close()
      }
    }

    @Test("an error that was read ahead is thrown in its turn")
    func lateErrors() async throws {
      try await fixture.withAdapter { adapter in
        let rows =
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT json_extract(iif(i < 8, '{}', '{'), '$') FROM n"
        let cursor = try await adapter.openCursor(QueryRequest(unsafeText: rows), batchSize: 3)
        for _ in 0..<2 {
          #expect(try await cursor.nextBatch()?.count == 3)
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await sqliteError { try await cursor.nextBatch() }.code == .dataInvalid)
        #expect(try await cursor.nextBatch() == nil)
        await cursor.close()
        #expect(try await adapter.value("SELECT 1") == .int(1))
      }
    }

    @Test("rows keep their order when a reader moves between the executor and another thread")
    func movingReader() async throws {
      try await fixture.withAdapter { adapter in
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n"
        let executor = try #require(adapter.executor)
        let cursor = try await adapter.openCursor(QueryRequest(unsafeText: rows), batchSize: 7)
        var seen: [DBValue] = []
        for round in 0... {
          let preferred = round.isMultiple(of: 3) ? nil : executor
          let next = try await withTaskExecutorPreference(preferred) { try await cursor.nextBatch() }
          guard let next else { break }
          seen += next.map { $0[0] }
        }
        await cursor.close()
        #expect(seen == (1...1000).map { .int($0) })
      }
    }

    @Test("on the executor, too, a statement that is compiled already ends with its task and its deadline")
    func inPlace() async throws {
      try await fixture.withAdapter { adapter in
        let executor = try #require(adapter.executor)
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i > ?1"
        func run(_ first: Int64, rows: Int?, _ timeout: Duration?) async throws -> Int {
          let request = QueryRequest(
            unsafeText: endless, parameters: [.int(first)], timeout: timeout, rowLimit: rows)
          return try await withTaskExecutorPreference(executor) { try await adapter.executeQuery(request).rows.count }
        }
        #expect(try await run(0, rows: 3, nil) == 3)
        let (_, time) = try await Stopwatch.measure { () async throws in
          #expect(try await sqliteError { try await run(.max, rows: 3, .milliseconds(50)) }.code == .timeout)
          let task = Task { try await run(.max, rows: 3, nil) }
          try await Task.sleep(for: .milliseconds(50))
          task.cancel()
          #expect(try await sqliteError { try await task.value }.code == .cancelled)
        }
        #expect(time.own < .milliseconds(600), "\(time)")
        #expect(try await run(0, rows: 3, nil) == 3 && adapter.isReusable)
      }
    }

    @Test("texts of any length are bound as they are, call after call")
    func boundTexts() async throws {
      try await fixture.withAdapter { adapter in
        for length in [0, 1, 15, 16, 63, 64, 65, 4_000, 4_096, 4_097, 100_000, 3, 70] {
          let texts = (0..<3).map { String(repeating: "a\($0)é", count: length).prefix(length) }.map(String.init)
          let row = try #require(
            try await adapter.run("SELECT ?1, ?2, ?3, ?1 || ?3", texts.map { .text($0) }).rows.first)
          #expect(row.values == [texts[0], texts[1], texts[2], texts[0] + texts[2]].map { .text($0) })
        }
      }
    }

    @Test("leaving a stream early completes a write; cancelling it undoes the write")
    func writeStreams() async throws {
      try await fixture.withAdapter { adapter in
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n"
        try await adapter.run("CREATE TABLE t (a)")
        let insert = QueryRequest(unsafeText: "INSERT INTO t \(numbers) RETURNING a")
        let early = try await adapter.openCursor(insert, batchSize: 10)
        #expect(try await early.nextBatch()?.count == 10)
        await early.close()
        #expect(try await adapter.value("SELECT count(*) FROM t") == .int(1000))
        let task = Task {
          let cursor = try await adapter.openCursor(insert, batchSize: 10)
          _ = try await cursor.nextBatch()
          withUnsafeCurrentTask { $0?.cancel() }
          let error = try await sqliteError { try await cursor.nextBatch() }
          await cursor.close()
          return error.code
        }
        #expect(try await task.value == .cancelled)
        #expect(try await adapter.value("SELECT count(*) FROM t") == .int(1000))
      }
    }

    @Test("a deadline holds for a whole stream")
    func streamDeadline() async throws {
      try await fixture.withAdapter { adapter in
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        let (_, time) = try await Stopwatch.measure { () async throws in
          let request = QueryRequest(unsafeText: endless, timeout: .milliseconds(80))
          let error = try await sqliteError {
            let cursor = try await adapter.openCursor(request, batchSize: 100)
            do {
              while try await cursor.nextBatch() != nil {}
            } catch {
              await cursor.close()
              throw error
            }
          }
          #expect(error.code == .timeout)
        }
        #expect(time.own < .milliseconds(330), "\(time)")
        #expect(try await adapter.value("SELECT 1") == .int(1))
      }
    }

    @Test("a deadline still holds after the session was reset")
    func deadlineAfterReset() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("PRAGMA cache_size = 7")
        try await adapter.resetSession()
        let request = QueryRequest(unsafeText: endlessSQLiteQuery, timeout: .milliseconds(50))
        let (_, time) = try await Stopwatch.measure { () async throws in
          #expect(try await sqliteError { try await adapter.executeQuery(request) }.code == .timeout)
        }
        #expect(time.own < .milliseconds(300), "\(time)")
      }
    }

    @Test("an integrity check, which runs few instructions, is stopped too")
    func integrityCheck() async throws {
      try await fixture.withAdapter { adapter in
        try await adapter.run("CREATE TABLE t (a, b)")
        try await adapter.run(
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO t SELECT i, zeroblob(300) FROM n"
        )
        let request = QueryRequest(unsafeText: "PRAGMA integrity_check", timeout: .milliseconds(5))
        let (_, time) = try await Stopwatch.measure { () async throws in
          _ = try? await adapter.executeQuery(request)
        }
        #expect(time.own < .milliseconds(255), "\(time)")
        #expect(try await adapter.value("PRAGMA quick_check(1)") == .text("ok"))
      }
    }

    @Test("a cursor that nobody closed gives the session back")
    func droppedCursor() async throws {
      try await fixture.withAdapter { adapter in
        _ = try await adapter.openCursor("SELECT 1 UNION ALL SELECT 2", batchSize: 1)
        // Whoever drops it does not wait for its end.
        try await eventually("the session is busy") {
          do {
            return try await adapter.value("SELECT 1") == .int(1)
          } catch let error as DBError where error.code == .connectionBusy {
            return false
          }
        }
      }
    }

    @Test("calls cross no thread on the session's executor")
    func executor() async throws {
      try await fixture.withAdapter { adapter in
        let executor = try #require(adapter.executor)
        try await withTaskExecutorPreference(executor) {
          try await adapter.run("CREATE TABLE t (a)")
          for value in 0..<100 { try await adapter.run("INSERT INTO t VALUES (?)", [.int(Int64(value))]) }
          #expect(try await adapter.value("SELECT count(*) FROM t") == .int(100))
        }
      }
    }
  }
}
