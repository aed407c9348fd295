import Testing

@testable import MongoAdapter

@Suite("Intervals of an inference from a sample")
struct InferenceIntervalTests {
  @Test("a sample is Wilson's interval, corrected for the size of the collection")
  func wilson() throws {
    let documents: [[(String, MadeValue)]] = (0..<1_000).map { $0 < 100 ? [("a", .int(1))] : [] }
    let endless = try #require(MongoInference.schema(documents, of: .sample(of: nil))["a"]?.presence.interval)
    #expect(abs(endless.lowerBound - 0.082_9) < 0.000_1 && abs(endless.upperBound - 0.120_2) < 0.000_1)
    let most = try #require(MongoInference.schema(documents, of: .sample(of: 1_100))["a"]?.presence.interval)
    #expect(most.upperBound - most.lowerBound < 0.012 && most.contains(0.1))
    #expect(MongoInference.schema(documents, of: .sample(of: 1_000))["a"]?.presence.interval == 0.1...0.1)
    #expect(MongoInference.schema(documents)["a"]?.presence.interval == 0.1...0.1)
    let all = MongoInference.schema([[("a", .int(1))]], of: .sample(of: 1_000))["a"]
    #expect(all?.presence.interval.upperBound == 1 && (all?.presence.interval.lowerBound ?? 1) < 0.3)
  }

  @Test("elements that are alike within a document tell less than elements of many documents")
  func alike() throws {
    let alike: [[(String, MadeValue)]] = (0..<200).map {
      [("l", .array(Array(repeating: $0 % 2 == 0 ? .int(1) : .string("x"), count: 50)))]
    }
    let mixed: [[(String, MadeValue)]] = (0..<200).map { _ in
      [("l", .array((0..<50).map { $0 % 2 == 0 ? .int(1) : .string("x") }))]
    }
    let wide = try #require(MongoInference.schema(alike, of: .sample(of: nil))["l[]"]?.types.first?.share.interval)
    let narrow = try #require(MongoInference.schema(mixed, of: .sample(of: nil))["l[]"]?.types.first?.share.interval)
    #expect(abs((wide.upperBound - wide.lowerBound) - 0.138) < 0.01)
    #expect(narrow.upperBound - narrow.lowerBound < 0.03)
  }

  /// How many of the intervals of a sample hold the share of all documents.
  private func coverage(
    collections: Int, _ make: (Int) -> [[(String, MadeValue)]], sample size: Int
  ) -> (hits: Int, intervals: Int) {
    var hits = 0
    var intervals = 0
    for number in 0..<collections {
      var random = SeededNumbers(seed: UInt64(1_000 + number))
      var documents = make(number)
      let truth = MongoInference.schema(documents)
      for index in 0..<size { documents.swapAt(index, Int.random(in: index..<documents.count, using: &random)) }
      let seen = MongoInference.schema(Array(documents.prefix(size)), of: .sample(of: documents.count))
      for field in truth.allFields {
        guard let sampled = seen[field.path] else { continue }
        var pairs = [(sampled.presence, field.presence)]
        for type in field.types {
          guard let found = sampled.types.first(where: { $0.name == type.name }) else { continue }
          pairs.append((found.share, type.share))
        }
        // What all documents have cannot be missed.
        for (found, whole) in pairs where whole.value < 1 {
          intervals += 1
          if found.interval.contains(whole.value) { hits += 1 }
        }
      }
    }
    return (hits, intervals)
  }

  @Test("at least 90 of 100 hold the truth")
  func independentElements() {
    let result = coverage(
      collections: 40,
      { number in
        var orders = MadeOrders(seed: UInt64(number))
        return (0..<2_000).map { _ in orders.next() }
      }, sample: 300)
    #expect(result.intervals > 500)
    #expect(Double(result.hits) / Double(result.intervals) >= 0.93, "\(result)")
  }

  @Test("and do so where the elements of a document are alike")
  func dependentElements() {
    let result = coverage(
      collections: 30,
      { number in
        var random = SeededNumbers(seed: UInt64(number))
        return (0..<1_500).map { _ in
          let share = random.chance(0.5) ? 0.9 : 0.1
          let items = (0..<Int.random(in: 0...12, using: &random)).map { _ in
            MadeValue.document(random.chance(share) ? [("gift", random.chance(share) ? .int(1) : .null)] : [])
          }
          return [
            ("items", .array(items)), ("tags", .array(items.map { _ in random.chance(share) ? .int(1) : .null })),
          ]
        }
      }, sample: 300)
    #expect(result.intervals > 100)
    #expect(Double(result.hits) / Double(result.intervals) >= 0.92, "\(result)")
  }

  @Test("shapes that are known are found with their probabilities")
  func shares() throws {
    var orders = MadeOrders(seed: 42)
    let schema = MongoInference.schema((0..<20_000).map { _ in orders.next() })
    let expected: [(String, Double)] = [
      ("_id", 1), ("note", 0.6), ("address", 0.9), ("address.zip", 0.5), ("items[].gift", 0.2), ("matrix", 0.4),
      ("items[].sku", 1), ("items[]", 5.0 / 6), ("matrix[][]", 1),
    ]
    for (path, share) in expected {
      let presence = try #require(schema[path]?.presence.value)
      #expect(abs(presence - share) < 0.015, "\(path)")
    }
    let types: [(String, BSONKind, Double)] = [
      ("total", .double, 0.3), ("note", .null, 0.25), ("address.zip", .int32, 0.1), ("matrix[][]", .double, 0.5),
    ]
    for (path, kind, share) in types {
      let found = try #require(schema[path]?.types.first { $0.kind == kind })
      #expect(abs(found.share.value - share) < 0.015, "\(path)")
    }
  }
}
