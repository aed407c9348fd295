internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension AdapterConformanceSuite {
  static let results: [(String, Body)] = [
    ("duplicate and empty column names keep their places", columnNames),
    ("a result may have no rows or no columns", emptyResults),
    ("a statement without rows says what it did", counts),
    ("a row limit cuts a result and says so", rowLimit),
    ("a large result arrives whole", largeResult),
    ("a million rows stream in flat memory", flatMemory),
    ("a wide row has all its columns", wideRow),
  ]

  private static func columnNames(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let result = try await session.execute("SELECT 1 AS x, 2 AS y, 3 AS x")
      context.expect(result.columns.names == ["x", "y", "x"], "the columns are \(result.columns.names)")
      context.expect(
        result.rows.first?.values == [1, 2, 3], "the row is \(String(describing: result.rows.first?.values))")
      context.expect(result.rows.first?["x"] == 1, "the leftmost x is \(String(describing: result.rows.first?["x"]))")
      if let statement = context.quirks.emptyColumnName {
        let result = try await session.execute(QueryRequest(unsafeText: statement))
        context.expect(result.columns.names.contains(""), "no column has an empty name: \(result.columns.names)")
      }
      let strange = try await session.execute("SELECT 1 AS \"a \"\"b\"\" é😀\"")
      context.expect(strange.columns.names == ["a \"b\" é😀"], "the column is \(strange.columns.names)")
    }
  }

  private static func emptyResults(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let none = try await session.execute("SELECT 1 AS x WHERE 1 = 0")
      context.expect(
        none.rows.isEmpty && none.columns.names == ["x"], "no rows: \(none.rows.count) of \(none.columns.names)")
      context.expect(none.reply == .rows, "a query without rows replies \(none.reply)")
      guard let statement = context.quirks.zeroColumns else { return }
      let bare = try await session.execute(QueryRequest(unsafeText: statement))
      context.expect(
        bare.rows.count == 3 && bare.columns.isEmpty, "no columns: \(bare.rows.count) rows of \(bare.columns.count)")
    }
  }

  private static func counts(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT") { session, table in
      func affected(_ text: String) async throws -> Int? {
        try await session.execute(QueryRequest(unsafeText: text)).affectedRows
      }
      let inserted = try await affected("INSERT INTO \(table) VALUES (1), (2), (3)")
      let updated = try await affected("UPDATE \(table) SET n = n + 1 WHERE n > 1")
      let deleted = try await affected("DELETE FROM \(table) WHERE n > 100")
      context.expect(
        inserted == 3 && updated == 2 && deleted == 0, "counted \([inserted, updated, deleted]), not 3, 2, 0")
      let query = try await session.execute(QueryRequest(unsafeText: "SELECT * FROM \(table)"))
      context.expect(
        query.reply == .rows && query.rows.count == 3, "a query replied \(query.reply) with \(query.rows.count) rows")
      let returning = try await session.execute(QueryRequest(unsafeText: "DELETE FROM \(table) RETURNING n"))
      context.expect(
        returning.rows.count == 3 && returning.affectedRows == 3, "RETURNING gave \(returning.rows.count) rows")
    }
  }

  private static func rowLimit(_ context: ConformanceContext) async throws {
    try await context.session { session in
      for (limit, count, isCut) in [(10, 10, true), (25, 25, false), (26, 25, false), (0, 0, true), (1, 1, true)] {
        let request = QueryRequest(unsafeText: context.quirks.series(25)).rowLimit(limit)
        let result = try await session.execute(request)
        context.expect(result.rows.count == count, "a limit of \(limit) gave \(result.rows.count) rows")
        context.expect(
          (result.truncation != nil) == isCut,
          "a limit of \(limit): truncation \(String(describing: result.truncation))")
        if isCut {
          context.expect(
            result.truncation == Truncation(.rowLimit, limit: limit), "\(String(describing: result.truncation))")
        }
      }
      // What was cut off must be gone before the next statement.
      await context.expectAlive(session, after: "a result that was cut")
      _ = try await session.execute(QueryRequest(unsafeText: context.quirks.series(500_000)).rowLimit(3))
      await context.expectAlive(session, after: "a large result that was cut")
    }
  }

  private static func largeResult(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let count = 50_000
      let result = try await session.execute(QueryRequest(unsafeText: context.quirks.series(count)))
      context.expect(result.rows.count == count, "\(result.rows.count) rows of \(count)")
      var sum: Int64 = 0
      for row in result.rows { sum += try row.decode(Int64.self, at: 0) }
      context.expect(sum == Int64(count) * Int64(count + 1) / 2, "the rows add up to \(sum)")
    }
  }

  private static func flatMemory(_ context: ConformanceContext) async throws {
    guard context.has(.rowStreaming) else { return }
    let count = 1_000_000
    try await context.session { session in
      let text =
        "SELECT n, 'a text of some length, so that the rows are worth something' AS t FROM (\(context.quirks.series(count))) AS s"
      try await session.withRows(QueryRequest(unsafeText: text)) { rows in
        var seen = 0
        var early = 0
        var peak = 0
        for try await batch in rows.batches {
          seen += batch.count
          let resident = residentBytes()
          if seen < count / 10 { early = max(early, resident) } else { peak = max(peak, resident) }
        }
        context.expect(seen == count, "\(seen) rows of \(count)")
        // The result is some 80 MB; a quarter of it is more than any batch.
        context.expect(peak - early < 20_000_000, "memory grew by \((peak - early) / 1_000_000) MB while streaming")
      }
      await context.expectAlive(session, after: "a million rows")
    }
  }

  private static func wideRow(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let count = 1_000
      let list = (1...count).map { "\($0) AS c\($0)" }.joined(separator: ", ")
      let result = try await session.execute(QueryRequest(unsafeText: "SELECT \(list)"))
      context.expect(
        result.rows.first?.values == (1...count).map { .int(Int64($0)) }, "\(count) columns came back otherwise")
      context.expect(
        result.columns.index(of: "c777") == 776,
        "column c777 is at \(String(describing: result.columns.index(of: "c777")))")
    }
  }
}

/// The resident memory of the process; zero where /proc does not say.
private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
    separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}
