internal import DBAdapterCore
internal import MongoAdapter

/// All documents read, every field of them, beside `bson_iter`.
struct MongoStreamBenchmark: Benchmark {
  let name = "mongo.stream"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needMongo()
    return try await data.withSession { session in
      let reading = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libmongoc") {
            let start = Stopwatch()
            return Sample(operations: try data.limit.stream().documents, since: start)
          },
          Variant("stream") { try await Self.stream(session, data, MongoDataSet.walk) },
          Variant("values") { try await Self.stream(session, data, MongoDataSet.values) },
        ])
      return [
        try reading.finding(
          "MongoDB, stream of 200k documents, every field read, documents/s", .rate, "stream", to: "libmongoc",
          target: .atLeast(1.00)),
        try reading.finding(
          "MongoDB, stream of 200k documents, a Swift value of every field, documents/s", .rate, "values",
          to: "libmongoc"),
        try reading.finding(
          "MongoDB, stream of 200k documents, CPU a document", .cpuPerOperation, "stream", to: "libmongoc"),
      ]
    }
  }

  private static func stream(
    _ session: DatabaseSession, _ data: MongoDataSet, _ read: (BSONDocument, inout UInt64) -> Void
  ) async throws -> Sample {
    let start = Stopwatch()
    var (count, sum) = (0, UInt64(0))
    let all = QueryRequest(.document(["find": .text(data.collection)]))
    try await session.withRows(all, batchSize: 1_000) { rows in
      for try await batch in rows.batches {
        for row in batch {
          guard let document = row.bson else { throw BenchmarkFailure("no document") }
          read(document, &sum)
          count += 1
        }
      }
    }
    guard count == data.count else { throw BenchmarkFailure("\(count) of \(data.count) documents were read") }
    return Sample(operations: count, since: start)
  }
}
