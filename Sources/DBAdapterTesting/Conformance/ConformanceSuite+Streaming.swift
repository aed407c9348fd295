internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let streaming: [(String, Body)] = [
    ("a stream has every row once, in batches", batches),
    ("a stream that is left early frees its session", leftEarly),
    ("a second statement while streaming is refused, unless sessions may be shared", busyWhileStreaming),
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
        await context.expect(.unsupported, of: "a stream") {
          try await session.withRows(context.dialect.answer(1)) { _ in }
        }
      }
    }
  }

  /// The same with a statement of so many rows.
  private static func whenStreaming(
    _ count: Int, _ context: ConformanceContext, _ body: (DatabaseSession, QueryRequest) async throws -> Void
  ) async throws {
    guard context.has(.rowStreaming) else { return try await whenStreaming(context) { _ in } }
    try await context.withRows(count, body)
  }

  private static func number(in row: Row, _ context: ConformanceContext) throws -> Int64 {
    switch context.dialect.value(of: row) {
    case .int(let number): return number
    // An engine of strings replies with the digits.
    case .text(let text): if let number = Int64(text) { return number }
    default: break
    }
    return try row.decode(Int64.self, at: 0)
  }

  private static func batches(_ context: ConformanceContext) async throws {
    for (size, count) in [(1, 10), (7, 100), (1_024, 5_000), (100_000, 50)] {
      try await whenStreaming(count, context) { session, request in
        try await session.withRows(request, batchSize: size) { rows in
          let names = context.dialect.streamColumns
          context.expect(rows.columns.names == names, "the columns are \(rows.columns.names)")
          var numbers: [Int64] = []
          for try await batch in rows.batches {
            context.expect(!batch.isEmpty && batch.count <= size, "a batch of \(batch.count) rows, asked for \(size)")
            for row in batch { numbers.append(try number(in: row, context)) }
          }
          if !context.quirks.streamIsOrdered { numbers.sort() }
          context.expect(
            numbers.elementsEqual(1...Int64(count)), "\(numbers.count) rows of \(count): \(numbers.prefix(5))…")
        }
        await context.expectAlive(session, after: "a stream")
      }
    }
  }

  private static func leftEarly(_ context: ConformanceContext) async throws {
    struct Enough: Error {}
    try await whenStreaming(context.dialect.longStream, context) { session, request in
      /// Reading all of the rows takes seconds; leaving them must not.
      func leave(_ way: String, _ body: (RowStream) async throws -> Void) async throws {
        let watch = Stopwatch()
        do {
          try await session.withRows(request) { try await body($0) }
        } catch is Enough {}
        let time = watch.time
        context.expect(time.own < .milliseconds(500), "leaving a stream by \(way) took \(time)")
        await context.expectAlive(session, after: "a stream left by \(way)")
      }
      for _ in 1...5 {
        try await leave("returning") { rows in
          for try await row in rows {
            let first = context.dialect.value(of: row)
            context.expect(first == 1 || !context.quirks.streamIsOrdered, "the first row is \(first.shown)")
            return
          }
        }
        try await leave("throwing") { rows in for try await _ in rows { throw Enough() } }
        try await leave("reading nothing") { _ in }
      }
    }
  }

  private static func busyWhileStreaming(_ context: ConformanceContext) async throws {
    try await whenStreaming(10_000, context) { session, request in
      try await session.withRows(request, batchSize: 10) { rows in
        try await countWhileTrying(rows, session, request, context)
      }
      await context.expectAlive(session, after: "statements while streaming")
    }
  }

  private static func countWhileTrying(
    _ rows: RowStream, _ session: DatabaseSession, _ request: QueryRequest, _ context: ConformanceContext
  ) async throws {
    var batches = rows.batches.makeAsyncIterator()
    var count = try await batches.next()?.count ?? 0
    try await tryWhileStreaming(session, request, context)
    while let batch = try await batches.next() { count += batch.count }
    context.expect(count == 10_000, "the refused statements cost rows: \(count)")
  }

  private static func tryWhileStreaming(
    _ session: DatabaseSession, _ request: QueryRequest, _ context: ConformanceContext
  ) async throws {
    if context.quirks.sessionsAreShared {
      try await useWhileStreaming(session, request, context)
    } else {
      await refuseWhileStreaming(session, context)
    }
  }

  private static func useWhileStreaming(
    _ session: DatabaseSession, _ request: QueryRequest, _ context: ConformanceContext
  ) async throws {
    await context.expectAlive(session, after: "a statement while streaming")
    try await session.withRows(request) { inner in for try await _ in inner { break } }
  }

  private static func refuseWhileStreaming(_ session: DatabaseSession, _ context: ConformanceContext) async {
    await context.expect(.connectionBusy, of: "a statement while streaming") {
      try await session.execute(context.dialect.answer(1))
    }
    await context.expect(.connectionBusy, of: "a stream while streaming") {
      try await session.withRows(context.dialect.answer(1)) { _ in }
    }
    await context.expect(.connectionBusy, of: "a transaction while streaming") {
      try await session.withTransaction { _ in }
    }
  }

  private static func emptyStream(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      let (request, columns, _) = context.dialect.nothing
      try await session.withRows(request) { rows in
        context.expect(rows.columns.names == columns, "the columns are \(rows.columns.names)")
        for try await row in rows { context.report("a row: \(row.values)") }
      }
      try await context.withTable("n BIGINT") { session, table in
        for (request, affected, replied) in context.dialect.countedWrites(table) {
          try await session.withRows(request) { rows in
            var seen = 0
            for try await _ in rows { seen += 1 }
            context.expect(
              seen == replied && rows.summary.affectedRows == affected,
              "\(request.statement) in a stream gave \(seen) rows: \(rows.summary)")
          }
        }
        let count = try await context.scalar(session, context.dialect.count(table))
        context.expect(count == 2, "writes in streams left \(count.shown) rows")
      }
    }
  }

  private static func streamErrors(_ context: ConformanceContext) async throws {
    try await whenStreaming(context) { session in
      for (text, _) in context.dialect.wrongSyntax {
        await context.expect(.syntaxError, of: "a stream of an error of syntax") {
          try await session.withRows(QueryRequest(unsafeText: text)) { _ in }
        }
      }
      guard let (request, code) = context.dialect.failingRows(after: 5_000) else { return }
      await context.expect(code, of: "a stream that fails on its way") {
        try await session.withRows(request, batchSize: 100) { for try await _ in $0 {} }
      }
      await context.expectAlive(session, after: "a stream that failed")
    }
  }

  private static func slowReader(_ context: ConformanceContext) async throws {
    try await whenStreaming(200_000, context) { session, request in
      try await session.withRows(request) { rows in
        var sum: Int64 = 0
        var count = 0
        for try await row in rows {
          sum += try number(in: row, context)
          count += 1
          // Slow is relative: long enough for the server to fill every buffer on the way.
          if count % 50_000 == 1 { try await Task.sleep(for: .milliseconds(20)) }
        }
        context.expect(count == 200_000 && sum == 20_000_100_000, "\(count) rows that add up to \(sum)")
      }
    }
  }

  private static func streamLimit(_ context: ConformanceContext) async throws {
    try await whenStreaming(1_000, context) { session, request in
      try await session.withRows(request.rowLimit(42), batchSize: 10) { rows in
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
