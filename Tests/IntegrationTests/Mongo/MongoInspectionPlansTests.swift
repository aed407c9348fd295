import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

@Suite(
  "MongoDB plans", .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoInspectionPlansTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let command: String
    let operation: String
    let notes: [String]
    var mode = ExplainMode.analyze

    var testDescription: String { command }
  }

  static let examples = [
    Example(
      command: "{find: \"@\", filter: {n: 3, x: {$gt: 1}}}", operation: "FETCH",
      notes: ["uses the index by_n", "examined 10 documents and 10 index keys to return 8: 1.3 documents for each"]),
    Example(
      command: "{find: \"@\", filter: {_id: 3}}", operation: "IDHACK", notes: ["looks documents up by their _id"]),
    Example(
      command: "{find: \"@\", filter: {n: 3}, projection: {n: 1, _id: 0}}", operation: "PROJECTION_COVERED",
      notes: [
        "uses the index by_n", "answers from the index alone, without reading documents",
        "examined 0 documents and 10 index keys to return 10",
      ]),
    Example(
      command: "{find: \"@\", sort: {x: 1}, limit: 2}", operation: "SORT",
      notes: [
        "reads the whole collection (COLLSCAN), as there is no condition",
        "warning: sorts in memory; an index in the sort's order would not have to",
        "examined 100 documents and 0 index keys to return 2: 50 documents for each",
      ]),
    Example(
      command: "{aggregate: \"@\", pipeline: [{$group: {_id: \"$x\"}}]}", operation: "GROUP",
      notes: ["reads the whole collection (COLLSCAN), as there is no condition"]),
    Example(
      command: """
        {aggregate: "@", cursor: {}, pipeline: [{$match: {n: 3}}, {$lookup: {from: "@", localField: "x", foreignField: "n", as: "y"}}]}
        """,
      operation: "EQ_LOOKUP", notes: ["uses the index by_n"]),
    Example(
      command: "{update: \"@\", updates: [{q: {n: 3}, u: {$set: {z: 1}}, multi: true}]}", operation: "UPDATE",
      notes: ["examined 10 documents and 10 index keys, and would change 10 documents; nothing was changed"]),
    Example(
      command: "{delete: \"@\", deletes: [{q: {x: 3}, limit: 0}]}", operation: "DELETE",
      notes: ["warning: reads the whole collection (COLLSCAN); an index would help if it is large"]),
    Example(
      command: "{count: \"@\", query: {n: {$gt: 3}}}", operation: "COUNT",
      notes: ["examined 0 documents and 61 index keys, and counted 60"]),
    Example(
      command: "{count: \"@\"}", operation: "RECORD_STORE_FAST_COUNT",
      notes: ["takes the number the server keeps, without reading documents"]),
    Example(
      command: "{distinct: \"@\", key: \"n\"}", operation: "PROJECTION_COVERED", notes: ["uses the index by_n"]),
    Example(
      command: "{find: \"@_missing\", filter: {n: 1}}", operation: "EOF",
      notes: ["finds nothing: there is no such collection, or nothing can match"]),
    Example(
      command: "{explain: {find: \"@\", filter: {n: 3}}, verbosity: \"allPlansExecution\"}", operation: "FETCH",
      notes: ["examined 10 documents and 10 index keys to return 10"]),
  ]

  @Test("a plan is shown by its stages, and said in sentences", arguments: examples)
  func plan(_ example: Example) async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert(
          (0..<100).map { ["_id": .int32($0), "n": .int32($0 % 10), "x": .int32($0 / 10)] }, into: place.collection)
        try await session.execute(place.text("{createIndexes: \"@\", indexes: [{key: {n: 1}, name: \"by_n\"}]}"))
        let plan = try await session.explain(place.text(example.command), mode: example.mode)
        #expect(plan.roots.first?.operation == example.operation)
        for note in example.notes { #expect(plan.notes.contains(note), "\(plan.notes)") }
        let rows = try #require(plan.roots.first?.actualRows)
        #expect(rows >= 0)
        #expect(try await session.inferSchema(of: place.collection).schema.documents == 100)
      }
    }
  }

  @Test("a read-only session explains and measures reads, plans writes, and measures no write")
  func readOnly() async throws {
    try await withMongo { place in
      _ = try await place.session { try await $0.insert([["a": 1.5]], into: place.collection) }
      try await place.session(.readOnly) { session in
        let write = place.text("{update: \"@\", updates: [{q: {a: 1.5}, u: {$set: {a: 2}}}]}")
        #expect(try await session.explain(place.text("{find: \"@\"}"), mode: .analyze).roots.first?.actualRows == 1)
        #expect(try await session.explain(write).roots.first?.operation == "UPDATE")
        for (request, mode) in [
          (write, ExplainMode.analyze), (place.text("{find: \"@\", filter: {$where: \"true\"}}"), .analyze),
          (place.text("{aggregate: \"@\", pipeline: [{$out: \"@_out\"}], cursor: {}}"), .analyze),
        ] {
          let error = try await #require(throws: DBError.self) { try await session.explain(request, mode: mode) }
          #expect(error.code == .rejectedByGuard)
        }
      }
    }
  }
}
