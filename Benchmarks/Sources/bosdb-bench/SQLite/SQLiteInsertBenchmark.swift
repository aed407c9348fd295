internal import DBAdapterCore

/// A million rows in one transaction, beside one prepared statement in C.
struct SQLiteInsertBenchmark: Benchmark {
  let name = "sqlite.insert"
  private static let pipelineDepth = 1_000

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let rows = context.scaled(1_000_000)
    let path = context.directory + "/insert.sqlite"
    let limit = try SQLiteLimit(path)
    let insert = SQLiteDataSet.insert(into: "item")
    func emptied() throws {
      try limit.execute("DROP TABLE IF EXISTS item")
      try limit.execute("CREATE TABLE item (\(SQLiteDataSet.columns))")
      try limit.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }
    return try await context.sqlite.withSession(policy: .readWrite, path: path) { session in
      func ours(_ body: @escaping (DatabaseSession) async throws -> Void) -> () async throws -> Sample {
        {
          try emptied()
          let start = Stopwatch()
          try await session.withTransaction { try await body($0) }
          let sample = Sample(operations: rows, since: start)
          let stored = try await session.execute("SELECT count(*) FROM item").rows[0].decode(Int.self, at: 0)
          guard stored == rows else { throw BenchmarkFailure("\(stored) rows of \(rows) are there") }
          return sample
        }
      }
      let single = ours { session in
        for row in 0..<rows {
          _ = try await session.execute(QueryRequest(.text(insert), parameters: SQLiteDataSet.values(row)))
        }
      }
      let pipelined = ours { session in
        for first in stride(from: 0, to: rows, by: Self.pipelineDepth) {
          let requests = (first..<min(rows, first + Self.pipelineDepth)).map {
            QueryRequest(.text(insert), parameters: SQLiteDataSet.values($0))
          }
          for result in try await session.pipeline(requests) { _ = try result.get() }
        }
      }
      let rounds = try await Rounds.interleaved(
        min(5, context.rounds),
        [
          Variant("sqlite3_step") {
            try emptied()
            let start = Stopwatch()
            try limit.insert(insert, rows: rows, names: SQLiteDataSet.names)
            return Sample(operations: rows, since: start)
          },
          Variant("pipelines of 1,000", pipelined),
          Variant("executor") { try await withTaskExecutorPreference(session.executor, operation: single) },
        ])
      let (title, limit) = ("SQLite, insert \(rows) rows in one transaction", "sqlite3_step")
      return [
        try rounds.finding(
          "\(title), pipelines of 1,000, rows/s", .rate, "pipelines of 1,000", to: limit, target: .atLeast(0.85)),
        try rounds.finding(
          "\(title), one by one on the executor, rows/s", .rate, "executor", to: limit, target: .atLeast(0.85)),
      ]
    }
  }
}
