internal import DBAdapterCore

/// 64 prepared look-ups in one round trip, beside libpq's pipeline mode with one synchronisation.
struct PostgresPipelineBenchmark: Benchmark {
  let name = "postgres.pipeline"
  private static let depth = 64

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let count = context.scaled(1_000)
    let ids = PostgresDataSet.keys(Self.depth)
    let limit = try data.makeLimit()
    return try await data.withSession { session in
      func ours() async throws -> Sample {
        let start = Stopwatch()
        for _ in 0..<count {
          let requests = ids.map { QueryRequest(.text(data.lookup), parameters: [.int(Int64($0))], intent: .read) }
          for result in try await session.pipeline(requests) {
            guard try !result.get().rows[0].decode(String.self, at: 0).isEmpty else {
              throw BenchmarkFailure("no value")
            }
          }
        }
        return Sample(operations: count * Self.depth, since: start)
      }
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libpq pipeline") {
            let start = Stopwatch()
            for _ in 0..<count { try limit.pipeline(ids) }
            return Sample(operations: count * Self.depth, since: start)
          },
          Variant("pipeline") { try await ours() },
          Variant("executor") { try await withTaskExecutorPreference(session.executor) { try await ours() } },
        ])
      let (title, limit) = ("PostgreSQL, pipeline of 64, one sync", "libpq pipeline")
      return [
        try rounds.finding("\(title), queries/s", .rate, "pipeline", to: limit, target: .atLeast(0.80)),
        try rounds.finding("\(title) on the executor, queries/s", .rate, "executor", to: limit),
        try rounds.finding("\(title), CPU a query", .cpuPerOperation, "pipeline", to: limit),
      ]
    }
  }
}
