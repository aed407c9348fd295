import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

@Suite(
  "MongoDB sampling", .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoInspectionSamplingTests {
  @Test("a sample says how many of how many, and its intervals hold the truth")
  func sample() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert(
          (0..<5_000).map { number in
            number % 5 == 0 ? ["n": .int32(number)] : ["n": .string("\(number)"), "m": .null]
          }, into: place.collection)
        // A few are picked one by one, many by sorting all at random.
        for items in [200, 2_000] {
          let found = try await session.inferSchema(of: place.collection, SamplingBudget(items: items))
          #expect(found.schema.documents == items && found.coverage.seen == items)
          #expect(found.coverage.total?.value == 5_000 && !found.coverage.isComplete)
          #expect(found.coverage.method == "$sample" && found.coverage.stoppedBy == .items)
          let presence = try #require(found.schema["m"]?.presence)
          #expect(abs(presence.value - 0.8) < 0.15 && presence.interval.contains(presence.value))
          #expect(presence.interval.lowerBound < presence.value && presence.interval.upperBound > presence.value)
          #expect(found.schema["n"]?.fields.isEmpty == true && found.schema["n"]?.examples.isEmpty == true)
        }
        let part = try await session.inferSchema(of: place.collection, share: 0.1)
        #expect(part.schema.documents == 500)
        let all = try await session.inferSchema(
          of: place.collection, .full, options: InferenceOptions(sampleValues: 2))
        #expect(all.schema.documents == 5_000 && all.coverage.isComplete && all.coverage.stoppedBy == nil)
        #expect(all.schema["m"]?.presence.interval == 0.8...0.8 && all.schema["n"]?.examples.count == 2)
      }
    }
  }

  @Test("of a sample each document is read once")
  func distinctness() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert((0..<2_000).map { ["_id": .int32($0)] }, into: place.collection)
        for _ in 0..<5 {
          let found = try await session.inferSchema(
            of: place.collection, SamplingBudget(items: 90), options: InferenceOptions(sampleValues: 1_000))
          #expect(found.schema["_id"]?.examples.count == 90)
        }
      }
    }
  }

  @Test("looking ends in time where the server is slow, and says so")
  func slowness() async throws {
    try await withMongo { place in
      try await place.slowly { session, view in
        let clock = Stopwatch()
        let found = try await session.inferSchema(of: view, SamplingBudget(duration: .milliseconds(400)))
        #expect(clock.time.own < .seconds(4))
        #expect(found.coverage.stoppedBy == .duration && !found.coverage.isComplete && found.coverage.seen < 1_000)
        let limited = try await session.inferSchema(of: view, .full, timeout: .seconds(3))
        #expect(limited.coverage.stoppedBy == .duration && (50..<1_000).contains(limited.coverage.seen))
        #expect(limited.coverage.notes.contains { $0.contains("not a random sample") })
      }
    }
  }

  @Test("a cancelled call ends at once, and the session goes on")
  func cancellation() async throws {
    try await withMongo { place in
      try await place.slowly { session, view in
        let clock = Stopwatch()
        let task = Task { try await session.inferSchema(of: view, .full) }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        let error = try await #require(throws: DBError.self) { try await task.value }
        #expect(error.code == .cancelled && clock.time.own < .seconds(5))
        #expect(try await session.inferSchema(of: place.collection).schema.documents == 1_000)
      }
    }
  }
}

extension MongoPlace {
  /// Lends a view of a thousand documents of which each takes the server five milliseconds.
  fileprivate func slowly(_ body: (DatabaseSession, String) async throws -> Void) async throws {
    try await session(.administrative) { session in
      try await session.insert((0..<1_000).map { ["_id": .int32($0)] }, into: collection)
      try await session.execute(
        text(
          """
          {create: "@_slow", viewOn: "@", pipeline: [{$set: {slow: {$function: {
            body: "function() { sleep(5); return 1 }", args: [], lang: "js"}}}}]}
          """))
    }
    do {
      try await session { try await body($0, collection + "_slow") }
    } catch {
      _ = try? await session { try await $0.execute(text("{drop: \"@_slow\"}")) }
      throw error
    }
    try await session { _ = try await $0.execute(text("{drop: \"@_slow\"}")) }
  }
}
