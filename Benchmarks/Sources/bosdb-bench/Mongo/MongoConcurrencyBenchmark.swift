internal import DBAdapterCore

/// One document by its `_id`, asked for by 64 tasks on 10 connections, beside 10 threads of libmongoc.
struct MongoConcurrencyBenchmark: Benchmark {
  let name = "mongo.concurrency"
  private static let tasks = 64

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needMongo()
    let many = data.ids(context.scaled(32_000))
    let crowd = try await data.withManager { manager, target in
      try await Rounds.interleaved(
        context.rounds,
        [
          Variant("10 threads of libmongoc") {
            let start = Stopwatch()
            try data.limit.finds(many, threads: 10)
            return Sample(operations: many.count, since: start)
          },
          Variant("tasks") { try await Self.crowd(manager, target, data, many) },
        ])
    }
    return [
      try crowd.finding(
        "MongoDB, 64 tasks, pool of 10, find by _id, queries/s", .rate, "tasks", to: "10 threads of libmongoc",
        target: .atLeast(1.00)),
      try crowd.finding(
        "MongoDB, 64 tasks, pool of 10, CPU a query", .cpuPerOperation, "tasks", to: "10 threads of libmongoc"),
    ]
  }

  private static func crowd(
    _ manager: ConnectionManager, _ target: ConnectionString, _ data: MongoDataSet, _ ids: [Int32]
  ) async throws -> Sample {
    let start = Stopwatch()
    let share = ids.count / tasks
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<tasks {
        group.addTask {
          for id in ids[task * share..<(task + 1) * share] {
            try await manager.withSession(target) { try await data.find($0, id) }
          }
        }
      }
      try await group.waitForAll()
    }
    return Sample(operations: share * tasks, since: start)
  }
}
