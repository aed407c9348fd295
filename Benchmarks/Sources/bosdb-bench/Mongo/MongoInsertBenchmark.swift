internal import DBAdapterCore
internal import MongoAdapter

/// Documents inserted in batches of 10,000, beside `insert_many`.
struct MongoInsertBenchmark: Benchmark {
  let name = "mongo.insert"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needMongo()
    let other = data.collection + "_written"
    defer { try? data.limit.drop(other) }
    return try await data.withSession { session in
      let writing = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libmongoc") {
            let start = Stopwatch()
            try data.limit.fill(other, data.count)
            return Sample(operations: data.count, since: start)
          },
          Variant("insert") { try await Self.insert(session, other, data.count) },
        ])
      return [
        try writing.finding(
          "MongoDB, insert of 200k documents, documents/s", .rate, "insert", to: "libmongoc", target: .atLeast(0.90))
      ]
    }
  }

  private static func insert(_ session: DatabaseSession, _ collection: String, _ count: Int) async throws -> Sample {
    let start = Stopwatch()
    try await session.execute(QueryRequest(.document(["drop": .text(collection)])))
    for first in stride(from: 1, through: count, by: 10_000) {
      let documents = (first..<min(first + 10_000, count + 1)).map { Self.document(Int32($0)) }
      let result = try await session.insert(documents, into: collection)
      guard result.inserted == documents.count else { throw BenchmarkFailure("\(result)") }
    }
    return Sample(operations: count, since: start)
  }

  private static func document(_ id: Int32) -> BSONDocument {
    [
      "_id": .int32(id), "name": .string("customer \(id)"), "age": .int32(id % 90),
      "balance": .double(Double(id) * 0.25),
      "active": .bool(id % 2 == 0), "joined": .date(BSONDate(millisecondsSince1970: 1_600_000_000_000 + Int64(id))),
      "visits": .int64(Int64(id) * 1_000),
      "address": ["city": "Vaduz", "zip": 9_490, "place": ["lat": 47.14, "lon": 9.52]], "tags": ["new", "vip"],
    ]
  }
}
