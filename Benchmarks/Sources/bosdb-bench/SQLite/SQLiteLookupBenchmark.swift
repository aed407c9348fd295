internal import DBAdapterCore

/// One task, one prepared statement, one row by its key: what a call costs beside `sqlite3_step`.
struct SQLiteLookupBenchmark: Benchmark {
  let name = "sqlite.lookup"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let ids = context.sqlite.keys(context.scaled(20_000))
    let limit = try SQLiteLimit(context.sqlite.path)
    return try await context.sqlite.withSession { session in
      let variants = [
        Variant("sqlite3_step") { Sample(latencies: try limit.lookups(SQLiteDataSet.lookup, ids)) },
        Variant("task") { Sample(latencies: try await Lookups.run(session, SQLiteDataSet.lookup, ids)) },
        Variant("executor") {
          try await withTaskExecutorPreference(session.executor) {
            Sample(latencies: try await Lookups.run(session, SQLiteDataSet.lookup, ids))
          }
        },
      ]
      let idle = try await Rounds.interleaved(context.rounds, variants)
      let awake = try await IdleSpinners.during { try await Rounds.interleaved(context.rounds, variants) }
      let (title, limit) = ("SQLite, 1 task, prepared look-up", "sqlite3_step")
      return [
        try idle.finding("\(title), p50", .p50, "task", to: limit, target: .atMost(3)),
        try awake.finding("\(title), p50, awake", .p50, "task", to: limit, target: .atMost(3)),
        try idle.finding("\(title) on the executor, p50", .p50, "executor", to: limit, target: .atMost(1.2)),
        try awake.finding("\(title) on the executor, p50, awake", .p50, "executor", to: limit, target: .atMost(1.2)),
      ]
    }
  }
}
