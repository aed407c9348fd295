internal import DBAdapterCore

/// A scan of a million keys, every key read, beside hiredis with pages of 10,000.
struct RedisScanBenchmark: Benchmark {
  let name = "redis.scan"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needRedis()
    let limit = try RedisLimit(data.url)
    let pattern = data.prefix + "*"
    return try await data.withSession { session in
      func scan(_ request: QueryRequest) async throws -> Sample {
        let start = Stopwatch()
        var count = 0
        try await session.withRows(request, batchSize: 1_024) { rows in
          for try await batch in rows.batches {
            for row in batch where try !row.decode(String.self, at: 0).isEmpty { count += 1 }
          }
        }
        guard count >= data.keys else { throw BenchmarkFailure("\(count) of \(data.keys) keys were seen") }
        return Sample(operations: count, since: start)
      }
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("hiredis, COUNT 10000") {
            let start = Stopwatch()
            return Sample(operations: try limit.scan(pattern, page: 10_000), since: start)
          },
          Variant("default") { try await scan("SCAN 0 MATCH \(pattern)") },
          Variant("count") { try await scan("SCAN 0 MATCH \(pattern) COUNT 10000") },
        ])
      let limitName = "hiredis, COUNT 10000"
      return [
        try rounds.finding(
          "Redis, SCAN of 1M keys, default page, keys/s", .rate, "default", to: limitName, target: .atLeast(0.85)),
        try rounds.finding("Redis, SCAN of 1M keys, COUNT 10000, keys/s", .rate, "count", to: limitName),
      ]
    }
  }
}
