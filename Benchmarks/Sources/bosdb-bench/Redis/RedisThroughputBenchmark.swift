internal import DBAdapterCore

/// 64 tasks that share one connection, and explicit pipelines of 64, beside hiredis with 64 commands sent before their replies are read; over
/// TLS as well where there is a server for it.
struct RedisThroughputBenchmark: Benchmark {
  let name = "redis.throughput"
  private static let depth = 64

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needRedis()
    var findings = try await measure(data.url, data.prefix, "Redis", 0, context)
    if let url = data.tlsURL {
      let ids = Set(RedisDataSet.ids(context.scaled(64_000)))
      try await data.withSession(url) { session in
        for chunk in Array(ids).chunks(of: 1_000) {
          _ = try await session.pipeline(chunk.map { "SET \("\(data.prefix)\($0)") \("value \($0)")" })
        }
      }
      findings += try await measure(url, data.prefix, "Redis over TLS", 0.05, context)
      try await data.withSession(url) { session in
        for chunk in Array(ids).chunks(of: 1_000) {
          _ = try await session.pipeline(chunk.map { "UNLINK \("\(data.prefix)\($0)")" })
        }
      }
    }
    return findings
  }

  private func measure(
    _ url: String, _ prefix: String, _ title: String, _ allowance: Double, _ context: BenchmarkContext
  ) async throws -> [Finding] {
    let data = try context.needRedis()
    let ids = RedisDataSet.ids(context.scaled(64_000))
    let limit = try RedisLimit(url)
    return try await data.withSession(url) { session in
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("hiredis, 64 deep") {
            let start = Stopwatch()
            try limit.pipeline(prefix, ids, depth: Self.depth)
            return Sample(operations: ids.count, since: start)
          },
          Variant("tasks") { try await Self.tasks(session, prefix, ids) },
          Variant("executor") {
            try await withTaskExecutorPreference(session.executor) { try await Self.tasks(session, prefix, ids) }
          },
          Variant("pipeline") { try await Self.pipelines(session, prefix, ids) },
        ])
      let limitName = "hiredis, 64 deep"
      return [
        try rounds.finding(
          "\(title), 64 tasks on one connection, commands/s", .rate, "tasks", to: limitName,
          target: .atLeast(0.70 - allowance)),
        try rounds.finding(
          "\(title), 64 tasks on one connection on the executor, commands/s", .rate, "executor", to: limitName),
        try rounds.finding(
          "\(title), 64 tasks on one connection, CPU a command", .cpuPerOperation, "tasks", to: limitName),
        try rounds.finding(
          "\(title), pipeline of 64, commands/s", .rate, "pipeline", to: limitName, target: .atLeast(0.95 - allowance)),
      ]
    }
  }

  private static func tasks(_ session: DatabaseSession, _ prefix: String, _ ids: [Int32]) async throws -> Sample {
    let start = Stopwatch()
    let share = ids.count / depth
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<depth {
        group.addTask {
          for id in ids[task * share..<(task + 1) * share] { _ = try await RedisDataSet.get(session, prefix, id) }
        }
      }
      try await group.waitForAll()
    }
    return Sample(operations: share * depth, since: start)
  }

  private static func pipelines(_ session: DatabaseSession, _ prefix: String, _ ids: [Int32]) async throws -> Sample {
    let start = Stopwatch()
    for chunk in ids.chunks(of: depth) {
      let results = try await session.pipeline(chunk.map { "GET \("\(prefix)\($0)")" })
      for result in results {
        guard try !result.get().rows[0].decode(String.self, at: 0).isEmpty else { throw BenchmarkFailure("no value") }
      }
    }
    return Sample(operations: ids.count, since: start)
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
