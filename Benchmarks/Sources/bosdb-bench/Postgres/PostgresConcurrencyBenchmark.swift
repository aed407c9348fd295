internal import DBAdapterCore

/// 64 tasks on a pool of 10 connections, beside 10 threads with a blocking connection each.
struct PostgresConcurrencyBenchmark: Benchmark {
  let name = "postgres.concurrency"
  private static let tasks = 64
  private static let connections = 10

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let ids = PostgresDataSet.keys(context.scaled(64_000))
    let limits = try (0..<Self.connections).map { _ in try data.makeLimit() }
    return try await data.withPool(of: Self.connections) { manager, target in
      let executor = try await manager.withSession(target) { $0.executor }
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("10 threads of libpq") {
            let start = Stopwatch()
            _ = try PostgresLimit.lookups(ids, on: limits)
            return Sample(operations: ids.count, since: start)
          },
          Variant("tasks") { try await Self.lookups(manager, target, data.lookup, ids) },
          Variant("executor") {
            try await withTaskExecutorPreference(executor) {
              try await Self.lookups(manager, target, data.lookup, ids)
            }
          },
        ])
      let (title, limit) = ("PostgreSQL, 64 tasks, pool of 10", "10 threads of libpq")
      return [
        try rounds.finding("\(title), queries/s", .rate, "tasks", to: limit, target: .atLeast(0.80)),
        try rounds.finding("\(title), CPU a query", .cpuPerOperation, "tasks", to: limit, target: .atMost(1.4)),
        try rounds.finding("\(title) on the executor, queries/s", .rate, "executor", to: limit, target: .atLeast(0.80)),
        try rounds.finding(
          "\(title) on the executor, CPU a query", .cpuPerOperation, "executor", to: limit, target: .atMost(1.4)),
      ]
    }
  }

  private static func lookups(
    _ manager: ConnectionManager, _ target: ConnectionString, _ text: String, _ ids: [Int32]
  ) async throws -> Sample {
    let start = Stopwatch()
    let share = ids.count / tasks
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask {
          for id in ids[task * share..<(task + 1) * share] {
            _ = try await manager.withSession(target) { try await Lookups.one($0, text, id) }
          }
        }
      }
      try await group.waitForAll()
    }
    return Sample(operations: share * tasks, since: start)
  }
}
