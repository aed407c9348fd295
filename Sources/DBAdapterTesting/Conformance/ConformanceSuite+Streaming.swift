internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let streaming: [(String, Body)] = [
    ("a stream has every row once, in batches", batches),
    ("a stream that is left early frees its session", leftEarly),
    ("a second statement while streaming is refused", busyWhileStreaming),
    ("a stream without rows has its columns", emptyStream),
    ("an error in a stream is thrown by the stream", streamErrors),
    ("a slow reader loses nothing", slowReader),
    ("a stream obeys the row limit", streamLimit),
  ]

  private static func whenStreaming(
    _ context: ConformanceContext, _ body: (DatabaseSession) async throws -> Void
  ) async throws {
    if context.has(.rowStreaming) {
      try await context.session(.readWrite, body)
    } else {
      try await context.session { session -> Void in
        await context.expect(.unsupported, of: "a stream") { try await session.withRows("SELECT 1") { _ in } }
      }
    }
  }

  private static func series(_ count: Int, _ context: ConformanceContext) -> QueryRequest {
    QueryRequest(unsafeText: context.quirks.series(count))
  }

  private static func batches(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      for (size, count) in [(1, 10), (7, 100), (1_024, 5_000), (100_000, 50)] {
        try await session.withRows(series(count, context), batchSize: size) { rows in
          context.expect(rows.columns.names == ["n"], "the columns are \(rows.columns.names)")
          var next: Int64 = 1
          for try await batch in rows.batches {
            context.expect(!batch.isEmpty && batch.count <= size, "a batch of \(batch.count) rows, asked for \(size)")
            for row in batch {
              let number = try row.decode(Int64.self, at: 0)
              if number != next { return context.report("row \(next) is \(number)") }
              next += 1
            }
          }
          context.expect(next == Int64(count) + 1, "\(next - 1) rows of \(count)")
        }
        await context.expectAlive(session, after: "a stream")
      }
    }
  }

  private static func leftEarly(_ context: ConformanceContext) async throws {
    struct Enough: Error {}
    try await whenStreaming(context) { session in
      /// Reading all of the rows takes seconds; leaving them must not.
      func leave(_ way: String, _ body: (RowStream) async throws -> Void) async throws {
        let watch = Stopwatch()
        do {
          try await session.withRows(series(5_000_000, context)) { try await body($0) }
        } catch is Enough {}
        let time = watch.time
        context.expect(time.own < .milliseconds(500), "leaving a stream by \(way) took \(time)")
        await context.expectAlive(session, after: "a stream left by \(way)")
      }
      for _ in 1...5 {
        try await leave("returning") { rows in
          for try await row in rows {
            context.expect(row[0] == 1, "the first row is \(row[0].shown)")
            return
          }
        }
        try await leave("throwing") { rows in for try await _ in rows { throw Enough() } }
        try await leave("reading nothing") { _ in }
      }
    }
  }

  private static func busyWhileStreaming(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      try await session.withRows(series(10_000, context), batchSize: 10) { rows in
        var count = 0
        for try await _ in rows {
          count += 1
          guard count == 5 else { continue }
          await context.expect(.connectionBusy, of: "a statement while streaming") {
            try await session.execute("SELECT 1")
          }
          await context.expect(.connectionBusy, of: "a stream while streaming") {
            try await session.withRows("SELECT 1") { _ in }
          }
          await context.expect(.connectionBusy, of: "a transaction while streaming") {
            try await session.withTransaction { _ in }
          }
        }
        context.expect(count == 10_000, "the refused statements cost rows: \(count)")
      }
      await context.expectAlive(session, after: "statements while streaming")
    }
  }

  private static func emptyStream(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      try await session.withRows("SELECT 1 AS x, 'a' AS y WHERE 1 = 0") { rows in
        context.expect(rows.columns.names == ["x", "y"], "the columns are \(rows.columns.names)")
        for try await row in rows { context.report("a row: \(row.values)") }
      }
      try await context.withTable("n BIGINT") { session, table in
        try await session.withRows(QueryRequest(unsafeText: "INSERT INTO \(table) VALUES (1), (2)")) { rows in
          for try await row in rows { context.report("an insert gave a row: \(row.values)") }
          context.expect(rows.summary.affectedRows == 2, "an insert in a stream: \(rows.summary)")
        }
        let count = try await context.scalar(session, "SELECT count(*) FROM \(table)")
        context.expect(count == 2, "an insert in a stream stored \(count.shown) rows")
      }
    }
  }

  private static func streamErrors(_ context: ConformanceContext) async throws {
    guard let (expression, code) = context.quirks.failingExpression else { return }
    try await whenStreaming(context) { session in
      await context.expect(.syntaxError, of: "a stream of an error of syntax") {
        try await session.withRows("SELEC 1") { _ in }
      }
      let text = "SELECT CASE WHEN n > 5000 THEN \(expression) ELSE n END FROM (\(context.quirks.series(10_000))) AS s"
      await context.expect(code, of: "a stream that fails on its way") {
        try await session.withRows(QueryRequest(unsafeText: text), batchSize: 100) { for try await _ in $0 {} }
      }
      await context.expectAlive(session, after: "a stream that failed")
    }
  }

  private static func slowReader(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      try await session.withRows(series(200_000, context)) { rows in
        var sum: Int64 = 0
        var count = 0
        for try await row in rows {
          sum += try row.decode(Int64.self, at: 0)
          count += 1
          // Slow is relative: long enough for the server to fill every buffer on the way.
          if count % 50_000 == 1 { try await Task.sleep(for: .milliseconds(20)) }
        }
        context.expect(count == 200_000 && sum == 20_000_100_000, "\(count) rows that add up to \(sum)")
      }
    }
  }

  private static func streamLimit(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      try await session.withRows(series(1_000, context).rowLimit(42), batchSize: 10) { rows in
        var count = 0
        for try await _ in rows { count += 1 }
        context.expect(count == 42, "a limit of 42 gave \(count) rows")
        context.expect(
          rows.summary.truncation == Truncation(.rowLimit, limit: 42),
          "truncation \(String(describing: rows.summary.truncation))")
      }
      await context.expectAlive(session, after: "a stream that was cut")
    }
  }
}
