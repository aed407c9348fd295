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
    ("a large result streams in flat memory", flatMemory),
    ("a wide row has all its columns", wideRow),
  ]

  private static func columnNames(_ context: ConformanceContext) async throws {
    guard context.quirks.namesColumns else { return }
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
      let (request, columns, reply) = context.dialect.nothing
      let none = try await session.execute(request)
      context.expect(
        none.rows.isEmpty && none.columns.names == columns, "no rows: \(none.rows.count) of \(none.columns.names)")
      context.expect(none.reply == reply, "a query without rows replies \(none.reply)")
      guard let statement = context.quirks.zeroColumns else { return }
      let bare = try await session.execute(QueryRequest(unsafeText: statement))
      context.expect(
        bare.rows.count == 3 && bare.columns.isEmpty, "no columns: \(bare.rows.count) rows of \(bare.columns.count)")
    }
  }

  private static func counts(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT") { session, table in
      for (request, rows, replied) in context.dialect.countedWrites(table) {
        let result = try await session.execute(request)
        context.expect(
          result.affectedRows == rows && result.rows.count == replied,
          "\(request.statement) counted \(String(describing: result.affectedRows)), not \(rows), with \(result.rows.count) rows"
        )
      }
      let left = try await context.scalar(session, context.dialect.count(table))
      context.expect(left == 2, "\(left.shown) rows are left, not 2")
    }
  }

  private static func rowLimit(_ context: ConformanceContext) async throws {
    try await context.session { session in
      for (limit, count, isCut) in [(10, 10, true), (25, 25, false), (26, 25, false), (0, 0, true), (1, 1, true)] {
        let request = context.dialect.series(25).rowLimit(limit)
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
      _ = try await session.execute(context.dialect.series(500_000).rowLimit(3))
      await context.expectAlive(session, after: "a large result that was cut")
    }
  }

  private static func largeResult(_ context: ConformanceContext) async throws {
    try await context.session { session in
      let count = 50_000
      let result = try await session.execute(context.dialect.series(count))
      context.expect(result.rows.count == count, "\(result.rows.count) rows of \(count)")
      var sum: Int64 = 0
      for row in result.rows { if case .int(let number) = context.dialect.value(of: row) { sum += number } }
      context.expect(sum == Int64(count) * Int64(count + 1) / 2, "the rows add up to \(sum)")
    }
  }

  private static func flatMemory(_ context: ConformanceContext) async throws {
    guard context.has(.rowStreaming) else { return }
    let count = context.dialect.manyRows
    try await context.withRows(count, isWide: true) { session, request in
      try await session.withRows(request) { rows in
        var seen = 0
        var early = 0
        var peak = 0
        for try await batch in rows.batches {
          seen += batch.count
          let resident = residentBytes()
          if seen < count / 10 { early = max(early, resident) } else { peak = max(peak, resident) }
        }
        context.expect(seen == count, "\(seen) rows of \(count)")
        // A row is some eighty bytes; a quarter of the result is more than any batch.
        context.expect(peak - early < count * 20, "memory grew by \((peak - early) / 1_000_000) MB while streaming")
      }
      await context.expectAlive(session, after: "a large result")
    }
  }

  private static func wideRow(_ context: ConformanceContext) async throws {
    guard context.quirks.namesColumns else { return }
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
