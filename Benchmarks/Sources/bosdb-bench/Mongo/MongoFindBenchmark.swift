internal import DBAdapterCore

/// One document by its `_id`: one task beside one thread of libmongoc.
struct MongoFindBenchmark: Benchmark {
  let name = "mongo.find"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needMongo()
    let ids = data.ids(context.scaled(5_000))
    let single = try await data.withSession { session in
      try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libmongoc") { Sample(latencies: try data.limit.finds(ids)) },
          Variant("task") { try await Self.finds(session, data, ids) },
          Variant("executor") {
            try await withTaskExecutorPreference(session.executor) { try await Self.finds(session, data, ids) }
          },
        ])
    }
    return [
      try single.finding("MongoDB, 1 task, find by _id, p50", .p50, "task", to: "libmongoc"),
      try single.finding("MongoDB, 1 task, find by _id on the executor, p50", .p50, "executor", to: "libmongoc"),
    ]
  }

  private static func finds(_ session: DatabaseSession, _ data: MongoDataSet, _ ids: [Int32]) async throws -> Sample {
    var latencies: [Int64] = []
    latencies.reserveCapacity(ids.count)
    for id in ids {
      let start = Stopwatch.now()
      try await data.find(session, id)
      latencies.append(Stopwatch.now() - start)
    }
    return Sample(latencies: latencies)
  }
}
