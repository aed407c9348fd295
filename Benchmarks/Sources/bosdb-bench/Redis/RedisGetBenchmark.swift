internal import DBAdapterCore

/// One task, one GET after the other, beside hiredis' blocking call.
struct RedisGetBenchmark: Benchmark {
  let name = "redis.get"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needRedis()
    let ids = RedisDataSet.ids(context.scaled(10_000))
    let limit = try RedisLimit(data.url)
    return try await data.withSession { session in
      let variants = [
        Variant("hiredis") { Sample(latencies: try limit.gets(data.prefix, ids)) },
        Variant("task") { try await Self.gets(session, data.prefix, ids) },
        Variant("executor") {
          try await withTaskExecutorPreference(session.executor) { try await Self.gets(session, data.prefix, ids) }
        },
      ]
      let idle = try await Rounds.interleaved(context.rounds, variants)
      let awake = try await IdleSpinners.during { try await Rounds.interleaved(context.rounds, variants) }
      let title = "Redis, 1 task, GET"
      return [
        try idle.finding("\(title), p50", .p50, "task", to: "hiredis"),
        try idle.finding("\(title), p99", .p99, "task", to: "hiredis"),
        try idle.finding("\(title) on the executor, p50", .p50, "executor", to: "hiredis"),
        try awake.finding("\(title), p50, awake", .p50, "task", to: "hiredis", target: .atMost(1.15)),
        try awake.finding(
          "\(title) on the executor, p50, awake", .p50, "executor", to: "hiredis", target: .atMost(1.15)),
      ]
    }
  }

  static func gets(_ session: DatabaseSession, _ prefix: String, _ ids: [Int32]) async throws -> Sample {
    var latencies: [Int64] = []
    latencies.reserveCapacity(ids.count)
    for id in ids {
      let start = Stopwatch.now()
      _ = try await RedisDataSet.get(session, prefix, id)
      latencies.append(Stopwatch.now() - start)
    }
    return Sample(latencies: latencies)
  }
}
