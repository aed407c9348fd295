internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let pipelines: [(String, Body)] = [
    ("a pipeline has one result a statement, in order", pipelineResults),
    ("a failure in a pipeline undoes it", pipelineFailure),
  ]

  static let readOnly: [(String, Body)] = [
    ("statements are classified without being run", classification),
    ("a read-only session refuses every kind of write", refusesWrites),
    ("the server itself refuses a write that looks like a read", sneakyWrite),
  ]

  private static func pipelineResults(_ context: ConformanceContext) async throws {
    try await context.session { session in
      guard context.has(.pipelining) else {
        await context.expect(.unsupported, of: "a pipeline") { try await session.pipeline(["SELECT 1"]) }
        return
      }
      let results = try await session.pipeline((1...100).map { number in "SELECT \(unsafeText: "\(number)") AS n" })
      let numbers = try results.map { try $0.get().rows[0][0] }
      context.expect(numbers == (1...100).map { .int($0) }, "the results are \(numbers.prefix(5))…")
      let none = try await session.pipeline([])
      context.expect(none.isEmpty, "no statements gave \(none.count) results")
      let mixed = try await session.pipeline([
        QueryRequest(
          unsafeText: "SELECT " + context.quirks.cast(context.quirks.placeholder(1), "TEXT"), parameters: ["é"]),
        "SELECT 1 AS x WHERE 1 = 0",
      ])
      context.expect(
        try mixed[0].get().rows[0][0] == "é" && mixed[1].get().rows.isEmpty, "a pipeline with a parameter failed")
      await context.expectAlive(session, after: "pipelines")
    }
  }

  private static func pipelineFailure(_ context: ConformanceContext) async throws {
    guard context.has(.pipelining) else { return }
    try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
      let results = try await session.pipeline([
        "INSERT INTO \(identifier: table) VALUES (1)", "INSERT INTO \(identifier: table) VALUES (1)",
        "INSERT INTO \(identifier: table) VALUES (2)",
      ])
      guard results.count == 3 else { return context.report("three statements gave \(results.count) results") }
      if case .failure(let error) = results[1] {
        context.expect(error.code == .constraintViolation, "the failing statement: \(error)")
      } else {
        context.report("a duplicate succeeded in a pipeline")
      }
      if case .failure(let error) = results[2] {
        context.expect(error.code == .transactionAborted, "the statement after it: \(error)")
      } else {
        context.report("the statement after a failure ran")
      }
      let left = try await context.scalar(session, "SELECT count(*) FROM \(table)")
      context.expect(left == 0, "the failed pipeline left \(left.shown) rows")
      await context.expectAlive(session, after: "a pipeline that failed")
    }
  }

  private static func classification(_ context: ConformanceContext) async throws {
    let table = TestServers.uniqueName()
    let cases: [(String, StatementClassification.Effect)] = [
      ("SELECT 1", .read), ("-- note\n/* note */ select 1", .read), ("WITH a AS (SELECT 1) SELECT * FROM a", .read),
      ("INSERT INTO \(table) VALUES (1)", .write), ("/* SELECT */ DELETE FROM \(table)", .write),
      ("UPDATE \(table) SET n = 1", .write),
      ("CREATE TABLE \(table) (n BIGINT)", .definition), ("DROP TABLE \(table)", .definition),
      ("BEGIN", .transactionControl),
      ("COMMIT", .transactionControl), ("ROLLBACK", .transactionControl), ("this is no statement", .unknown),
    ]
    try await context.session { session in
      for (text, effect) in cases {
        do {
          let found = try await session.classify(QueryRequest(unsafeText: text)).effect
          // Without the table, an engine that classifies by compiling may not know: unknown counts as a write.
          let isSafe = found == effect || effect != .read && found != .read
          context.expect(isSafe, "'\(text)' is classified as \(found)")
        } catch let error as DBError {
          context.expect(effect != .read, "'\(text)' cannot be classified: \(error)")
        }
      }
      await context.expect(.objectNotFound, of: "a table that was only classified") {
        try await session.execute(QueryRequest(unsafeText: "SELECT * FROM \(table)"))
      }
    }
  }

  private static func refusesWrites(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT PRIMARY KEY") { _, table in
      let writes = [
        "INSERT INTO \(table) VALUES (1)", "UPDATE \(table) SET n = 2", "DELETE FROM \(table)", "DROP TABLE \(table)",
        "CREATE TABLE \(table)_x (n BIGINT)", "-- SELECT\nINSERT INTO \(table) VALUES (1)",
        "/* */ DELETE FROM \(table)",
        "CREATE VIEW \(table)_v AS SELECT 1", "ALTER TABLE \(table) ADD COLUMN m BIGINT",
        "WITH a AS (SELECT 1) INSERT INTO \(table) SELECT * FROM a", "INSERT INTO \(table) VALUES (1) RETURNING n",
        "SELECT 1; INSERT INTO \(table) VALUES (1)", "BEGIN", "COMMIT",
      ]
      try await context.session(.readOnly) { session in
        for text in writes {
          let request = QueryRequest(unsafeText: text)
          let calls: [(String, () async throws -> Void)] = [
            ("executing", { _ = try await session.execute(request) }),
            ("streaming", { try await session.withRows(request) { for try await _ in $0 {} } }),
            ("measuring", { _ = try await session.explain(request, mode: .analyze) }),
          ]
          for (what, call) in calls {
            let error = await context.failure(of: "\(what) '\(text)' in a read-only session") { try await call() }
            context.expect(
              error == nil || [.rejectedByGuard, .invalidParameter, .permissionDenied].contains(error?.code),
              "\(what) '\(text)' failed with \(String(describing: error))")
          }
        }
        let seen = try await context.scalar(session, "SELECT count(*) FROM \(table)")
        context.expect(seen == 0, "a read-only session stored \(seen.shown) rows")
        if context.has(.transactions) {
          try await session.withTransaction { inner in
            let error = await context.failure(of: "a write in a transaction of a read-only session") {
              try await inner.execute(QueryRequest(unsafeText: "INSERT INTO \(table) VALUES (1)"))
            }
            context.expect(
              error?.code == .rejectedByGuard, "a write in a transaction failed with \(String(describing: error))")
          }
        }
      }
    }
  }

  private static func sneakyWrite(_ context: ConformanceContext) async throws {
    guard let sneaky = context.quirks.sneakyWrite else { return }
    func run(_ statements: [String]) async throws {
      try await context.session { session in
        for text in statements { _ = try await session.execute(QueryRequest(unsafeText: text)) }
      }
    }
    try await run(sneaky.setup)
    try await context.session(.readOnly) { session in
      for round in 1...2 {
        let error = await context.failure(of: "round \(round) of '\(sneaky.statement)'") {
          try await session.execute(QueryRequest(unsafeText: sneaky.statement))
        }
        context.expect(error?.code == sneaky.code, "'\(sneaky.statement)' failed with \(String(describing: error))")
      }
      let streamed = await context.failure(of: "streaming '\(sneaky.statement)'") {
        try await session.withRows(QueryRequest(unsafeText: sneaky.statement)) { for try await _ in $0 {} }
      }
      context.expect(streamed?.code == sneaky.code, "streaming it failed with \(String(describing: streamed))")
      await context.expectAlive(session, after: "a write that the server refused")
    }
    try await run(sneaky.cleanup)
  }
}
