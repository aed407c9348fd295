import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

@Suite(.requires(.postgres)) struct PostgresStatementTests {
  @Test func aChangedTableIsPreparedAgain() async throws {
    try await TestServer.postgres.withSession { session in
      _ = try await session.execute("CREATE TEMP TABLE changing (a int)")
      _ = try await session.execute("INSERT INTO changing VALUES (1)")
      let query: QueryRequest = "SELECT * FROM changing"
      #expect(try await session.execute(query).columns.count == 1)
      _ = try await session.execute("ALTER TABLE changing ADD COLUMN b text DEFAULT 'x'")
      #expect(try await session.execute(query).rows[0].values == [1, "x"])
      _ = try await session.execute("DEALLOCATE ALL")
      #expect(try await session.execute(query).rows[0].values == [1, "x"])
    }
  }

  @Test func aSmallStatementCacheStillAnswers() async throws {
    for size in [0, 2] {
      try await TestServer.postgres.withSession(parameters: "statement_cache=\(size)") { session in
        for round in 0..<3 {
          for number in 0..<5 {
            let result = try await session.execute(
              QueryRequest(.text("SELECT $1::int4 + \(number)"), parameters: [.int(Int64(round))]))
            #expect(result.rows[0][0] == .int(Int64(round + number)))
          }
        }
        let kept = try await session.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'bosdb%'")
        #expect(try kept.rows[0].decode(Int.self, at: 0) <= max(size, 1))
      }
    }
  }

  @Test func aFullStatementCacheLetsAFailedTransactionEnd() async throws {
    try await TestServer.postgres.withSession(parameters: "statement_cache=1") { session in
      _ = try await session.execute("BEGIN")
      await #expect(throws: DBError.self) { try await session.execute("SELECT 1 / 0") }
      #expect(try await session.execute("ROLLBACK").commandTag == "ROLLBACK")
      #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
    }
  }

  @Test func affectedRowsTagsAndNotices() async throws {
    try await TestServer.postgres.withUndoneChanges { session in
      _ = try await session.execute("CREATE TEMP TABLE counted (a int)")
      let insert = try await session.execute("INSERT INTO counted SELECT generate_series(1, 5)")
      #expect(insert.affectedRows == 5 && insert.commandTag == "INSERT" && insert.reply == .affected(5))
      let returning = try await session.execute("UPDATE counted SET a = a + 1 WHERE a > 3 RETURNING a")
      #expect(returning.affectedRows == 2 && returning.rows.count == 2 && returning.commandTag == "UPDATE")
      let select = try await session.execute("SELECT * FROM counted WHERE false")
      #expect(select.affectedRows == nil && select.rows.isEmpty && select.columns.names == ["a"])
      let noticed = try await session.execute("DO $$ BEGIN RAISE NOTICE 'hello' USING HINT = 'wave'; END $$")
      #expect(noticed.notices.map(\.message) == ["hello"] && noticed.notices[0].hint == "wave")
      let none = try await session.execute("SELECT FROM counted")
      #expect(none.rows.count == 5 && none.columns.count == 0)
    }
  }

  @Test func twoStatementsAndNoStatementAreRefused() async throws {
    try await TestServer.postgres.withSession { session in
      for (text, mention) in [
        ("SELECT 1; SELECT 2", "one statement"), ("", "empty"), (" ; ", "empty"), ("-- nothing", "empty"),
      ] {
        let error = await #expect(throws: DBError.self) { try await session.execute(QueryRequest(.text(text))) }
        #expect(
          error?.code == .invalidParameter && error?.message.contains(mention) == true,
          "\(text): \(String(describing: error))")
      }
      let next = try await session.execute("SELECT 1")
      #expect(next.rows.count == 1)
    }
  }

  @Test func aConstraintViolationNamesEverything() async throws {
    try await TestServer.postgres.withUndoneChanges { session in
      _ = try await session.execute("CREATE TEMP TABLE strict (a int CONSTRAINT positive CHECK (a > 0))")
      let error = await #expect(throws: DBError.self) { try await session.execute("INSERT INTO strict VALUES (\(-1))") }
      #expect(error?.code == .constraintViolation && error?.retry == RetrySafety.never)
      #expect(
        error?.server?.sqlState == "23514" && error?.server?.constraint == "positive"
          && error?.server?.table == "strict")
      #expect(error?.origin.file == "IntegrationTests/PostgresStatementTests.swift")
      let aborted = await #expect(throws: DBError.self) { try await session.execute("SELECT 1") }
      #expect(aborted?.code == .transactionAborted)
    }
  }

  @Test func aRowLimitCutsAndSaysSo() async throws {
    try await TestServer.postgres.withSession { session in
      let cut = try await session.execute(QueryRequest("SELECT generate_series(1, 1000000)").rowLimit(10))
      #expect(cut.rows.count == 10 && cut.truncation == Truncation(.rowLimit, limit: 10))
      let whole = try await session.execute(QueryRequest("SELECT generate_series(1, 10)").rowLimit(10))
      #expect(whole.rows.count == 10 && whole.truncation == nil)
      // A statement that writes is never stopped half-way for a limit.
      try await session.withTransaction { transaction in
        _ = try await transaction.execute("CREATE TEMP TABLE limited (a int) ON COMMIT DROP")
        let written = try await transaction.execute(
          QueryRequest("INSERT INTO limited SELECT generate_series(1, 100000) RETURNING a").rowLimit(3))
        #expect(written.rows.count == 3 && written.truncation != nil)
        #expect(try await transaction.execute("SELECT count(*) FROM limited").rows[0][0] == 100_000)
      }
    }
  }

  @Test func aPipelineAnswersEachStatement() async throws {
    try await TestServer.postgres.withSession { session in
      _ = try await session.execute("CREATE TEMP TABLE piped (a int)")
      let results = try await session.pipeline([
        "INSERT INTO piped VALUES (\(1))", "SELECT a FROM piped", "CREATE TEMP TABLE later (b text)",
        "INSERT INTO later VALUES (\("x"))",
      ])
      #expect(try results.map { try $0.get().commandTag } == ["INSERT", "SELECT", "CREATE TABLE", "INSERT"])
      #expect(try results[1].get().rows[0][0] == 1)

      let failing = try await session.pipeline(["INSERT INTO piped VALUES (2)", "SELECT 1 / \(0)", "SELECT 3"])
      #expect(failing.map { (try? $0.get()) == nil } == [false, true, true])
      guard case .failure(let division) = failing[1], case .failure(let skipped) = failing[2] else { return }
      #expect(division.server?.sqlState == "22012" && skipped.code == .transactionAborted)
      #expect(try await session.execute("SELECT count(*) FROM piped").rows[0][0] == 1)
      #expect(try await session.pipeline([]).isEmpty)
    }
  }

  @Test func aTimeLimitConcernsTheWholePipeline() async throws {
    try await TestServer.postgres.withSession { session in
      let error = await #expect(throws: DBError.self) {
        try await session.pipeline([
          "SELECT 1", QueryRequest("SELECT pg_sleep(5)").timeout(.milliseconds(200)), "SELECT 2",
        ])
      }
      #expect(error?.code == .timeout)
      let next = try await session.execute("SELECT 1")
      #expect(next.rows.count == 1)
    }
  }

  @Test func aLargePipelineDoesNotDeadlock() async throws {
    try await TestServer.postgres.withSession { session in
      let text = String(repeating: "x", count: 10_000)
      let results = try await session.pipeline((0..<500).map { _ in "SELECT \(text)::text" })
      #expect(try results.allSatisfy { try $0.get().rows[0][0] == .text(text) })
    }
  }

  @Test func everyIsolationReachesTheServer() async throws {
    try await TestServer.postgres.withSession { session in
      for isolation in [TransactionOptions.Isolation.readCommitted, .repeatableRead, .serializable] {
        try await session.withTransaction(
          TransactionOptions(isolation: isolation, isReadOnly: true, isDeferrable: true)
        ) { transaction in
          let row = try await transaction.execute(
            "SELECT upper(current_setting('transaction_isolation')), current_setting('transaction_read_only'), current_setting('transaction_deferrable')"
          ).rows[0]
          #expect(row.values == [.text(isolation.rawValue), "on", "on"])
        }
      }
    }
  }

  @Test func aRequestTimeoutIsTheServersToo() async throws {
    try await TestServer.postgres.withSession { session in
      let setting: QueryRequest = "SELECT current_setting('statement_timeout')"
      let limited = try await session.execute(setting.timeout(.seconds(7)))
      #expect(limited.rows[0][0] == "7s")
      let unlimited = try await session.execute(setting)
      #expect(unlimited.rows[0][0] == "0")
      try? await session.withTransaction { transaction in
        _ = try await transaction.execute(setting.timeout(.seconds(9)))
        throw CancellationError()
      }
      let again = try await session.execute(setting.timeout(.seconds(9)))
      #expect(again.rows[0][0] == "9s")
    }
  }
}
