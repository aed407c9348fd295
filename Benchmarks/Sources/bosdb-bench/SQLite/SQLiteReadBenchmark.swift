internal import DBAdapterCore

/// A million rows of six columns, every cell read, beside `sqlite3_step`.
struct SQLiteReadBenchmark: Benchmark {
  let name = "sqlite.read"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let limit = try SQLiteLimit(context.sqlite.path)
    let wanted = try limit.read(SQLiteDataSet.read)
    return try await context.sqlite.withSession { session in
      func variant(_ name: String, _ read: @escaping () async throws -> Checksum) -> Variant {
        Variant(name) {
          let start = Stopwatch()
          let sum = try await read()
          let sample = Sample(operations: sum.rows, since: start)
          try sum.check(wanted, name)
          return sample
        }
      }
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          variant("sqlite3_step") { try limit.read(SQLiteDataSet.read) },
          variant("by index") { try await BulkReading.byIndex(session, SQLiteDataSet.read) },
          variant("by batch") { try await BulkReading.byBatch(session, SQLiteDataSet.read) },
          variant("on the executor") {
            try await withTaskExecutorPreference(session.executor) {
              try await BulkReading.byIndex(session, SQLiteDataSet.read)
            }
          },
        ])
      let (title, limit) = ("SQLite, read \(context.sqlite.rows) rows × 6", "sqlite3_step")
      return [
        try rounds.finding("\(title), `row[i]`, rows/s", .rate, "by index", to: limit, target: .atLeast(0.85)),
        try rounds.finding("\(title), `row[i]` of `rows.batches`, rows/s", .rate, "by batch", to: limit),
        try rounds.finding("\(title), `row[i]` on the executor, rows/s", .rate, "on the executor", to: limit),
        try rounds.finding("\(title), `row[i]`, CPU a row", .cpuPerOperation, "by index", to: limit),
      ]
    }
  }
}
