internal import DBAdapterCore

/// One task, one prepared statement, one row by its key: what a call costs, beside the blocking call of libpq.
struct PostgresLookupBenchmark: Benchmark {
  let name = "postgres.lookup"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let ids = PostgresDataSet.keys(context.scaled(5_000))
    let limit = try data.makeLimit()
    return try await data.withSession { session in
      let variants = [
        Variant("libpq") { Sample(latencies: try limit.lookups(ids)) },
        Variant("task") { try await Self.lookups(session, data.lookup, ids) },
        Variant("executor") {
          try await withTaskExecutorPreference(session.executor) { try await Self.lookups(session, data.lookup, ids) }
        },
      ]
      let idle = try await Rounds.interleaved(context.rounds, variants)
      let awake = try await IdleSpinners.during { try await Rounds.interleaved(context.rounds, variants) }
      return try Self.findings(idle, "", taskTarget: nil, executorTarget: nil)
        + Self.findings(awake, ", awake", taskTarget: .atMost(1.25), executorTarget: .atMost(1.10))
    }
  }

  private static func findings(
    _ rounds: Rounds, _ mode: String, taskTarget: Target?, executorTarget: Target?
  ) throws -> [Finding] {
    let title = "PostgreSQL, 1 task, prepared look-up"
    return [
      try rounds.finding("\(title), p50\(mode)", .p50, "task", to: "libpq", target: taskTarget),
      try rounds.finding("\(title), p99\(mode)", .p99, "task", to: "libpq"),
      try rounds.finding("\(title) on the executor, p50\(mode)", .p50, "executor", to: "libpq", target: executorTarget),
      try rounds.finding("\(title) on the executor, p99\(mode)", .p99, "executor", to: "libpq"),
    ]
  }

  private static func lookups(_ session: DatabaseSession, _ text: String, _ ids: [Int32]) async throws -> Sample {
    Sample(latencies: try await Lookups.run(session, text, ids))
  }
}

/// Look-ups as a caller of the library writes them.
enum Lookups {
  /// - Returns: the duration of each in nanoseconds.
  static func run(_ session: DatabaseSession, _ text: String, _ ids: some Sequence<Int32>) async throws -> [Int64] {
    var latencies: [Int64] = []
    latencies.reserveCapacity(ids.underestimatedCount)
    for id in ids {
      let start = Stopwatch.now()
      try await one(session, text, id)
      latencies.append(Stopwatch.now() - start)
    }
    return latencies
  }

  /// One row by its key, its value read.
  @discardableResult
  static func one(_ session: DatabaseSession, _ text: String, _ id: Int32) async throws -> Int {
    let result = try await session.execute(QueryRequest(.text(text), parameters: [.int(Int64(id))], intent: .read))
    return try result.rows[0].decode(String.self, at: 0).utf8.count
  }
}
