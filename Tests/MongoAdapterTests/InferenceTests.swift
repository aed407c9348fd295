import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite("Inference of a schema")
struct InferenceTests {
  @Test("every path, type and count is that of the documents")
  func exact() throws {
    let schema = MongoInference.schema([
      [("a", .int(1)), ("_id", .objectID(1)), ("b", .document([("c", .null)]))],
      [("_id", .objectID(2)), ("a", .long(1)), ("b", .document([]))],
      [("_id", .objectID(3)), ("a", .double(1)), ("l", .array([.document([("x", .string("né"))]), .int(1)]))],
      [("_id", .objectID(4)), ("a", .int(2)), ("l", .array([])), ("m", .array([.array([.uuid(1), .binary([1])])]))],
    ])
    #expect(
      schema.allFields.map(\.path) == ["_id", "a", "b", "b.c", "l", "l[]", "l[].x", "m", "m[]", "m[][]"])
    #expect(schema.documents == 4 && schema.malformed == 0 && schema.unfollowed == 0)
    let a = try #require(schema["a"])
    #expect(a.types.map(\.name) == ["int", "double", "long"])
    #expect(a.types.map(\.count) == [2, 1, 1])
    #expect(a.types.map(\.share.value) == [0.5, 0.25, 0.25])
    #expect(a.types[0].share.interval == 0.5...0.5)
    let nested = try #require(schema["b.c"])
    #expect(nested.parents == 2 && nested.present == 1 && nested.missing == 1 && nested.count(of: .null) == 1)
    #expect(nested.presence.value == 0.5)
    let list = try #require(schema["l"])
    #expect(list.presence.value == 0.5)
    #expect(list.arrayLengths.map { [$0.minimum, $0.median, $0.maximum] } == [0, 0, 2])
    #expect(list.arrayLengths?.mean == 1)
    let elements = try #require(list.element)
    #expect(elements.parents == 2 && elements.present == 1 && elements.values == 2)
    #expect(elements.types.map(\.name) == ["object", "int"])
    #expect(schema["l[].x"]?.textLengths.map { [$0.minimum, $0.maximum] } == [3, 3])
    #expect(schema["l[].x"]?.parents == 1)
    #expect(schema["m[][]"]?.types.map(\.name) == ["binData", "binData (uuid)"])
  }

  @Test("a name that comes twice in a document is present once")
  func repeatedNames() throws {
    let field = try #require(MongoInference.schema([[("a", .int(1)), ("a", .string("x"))], [("a", .int(1))]])["a"])
    #expect(field.present == 2 && field.presence.value == 1)
    #expect(field.repeated == 1)
    #expect(field.types.map(\.count) == [2, 1])
  }

  @Test("names that look like the notation are quoted")
  func quotedNames() {
    let schema = MongoInference.schema([
      [("a.b", .document([("c[]", .int(1)), ("", .int(1)), ("{key}", .int(1)), ("q\"", .int(1))]))]
    ])
    #expect(
      schema.allFields.map(\.path)
        == [#""a.b""#, #""a.b"."c[]""#, #""a.b"."""#, #""a.b"."{key}""#, #""a.b"."q""""#])
  }

  @Test("no value is kept unless it is asked for")
  func examples() throws {
    var documents: [[(String, MadeValue)]] = []
    for number in 0..<1_000 {
      documents.append([
        ("n", .int(Int32(number % 50))), ("t", .string(number % 2 == 0 ? "x" : "y")), ("d", .date(Int64(number))),
        ("big", .string(String(repeating: "b", count: 2_000))),
      ])
    }
    let silent = MongoInference.schema(documents)
    #expect(silent.allFields.allSatisfy { $0.examples.isEmpty && $0.numbers == nil && $0.dates == nil })
    let options = InferenceOptions(sampleValues: 5, keepsRanges: true, seed: 7)
    let schema = MongoInference.schema(documents, options: options)
    #expect(Set(schema["n"]?.examples ?? []).count == 5)
    #expect(schema["t"]?.examples.count == 2)
    #expect(Set(schema["t"]?.examples.compactMap(\.value) ?? []) == [.string("x"), .string("y")])
    #expect(schema["d"]?.examples.allSatisfy { $0.value?.kind == .date } == true)
    let column = schema.columns().first { $0.name == "t" }
    #expect(Set(column?.examples ?? []) == [.text("x"), .text("y")])
    #expect(InferredField.Example(kind: .string, bytes: [1]).value == nil)
    #expect(schema["big"]?.examples.isEmpty == true)
    #expect(schema["n"]?.numbers == 0...49 && schema["d"]?.dates == 0...999)
    #expect(MongoInference.schema(documents.reversed(), options: options)["n"]?.examples == schema["n"]?.examples)
    let other = MongoInference.schema(documents, options: InferenceOptions(sampleValues: 5, seed: 8))
    #expect(other["n"]?.examples != schema["n"]?.examples)
  }

  @Test("the number of paths and the depth are bounded, and what is beyond is counted")
  func bounds() throws {
    let wide = (0..<50).map { ("f\($0)", MadeValue.int(1)) }
    let schema = MongoInference.schema([wide, wide], options: InferenceOptions(maximumPaths: 20))
    #expect(schema.allFields.count == 20)
    #expect(schema.unfollowed == 60)
    var deep = MadeValue.int(1)
    for _ in 0..<120 { deep = .document([("d", deep)]) }
    let nested = MongoInference.schema([[("d", deep)]])
    #expect(nested.allFields.count == 101)
    #expect(nested.unfollowed == 1)
    #expect(nested.malformed == 0)
    let shallow = MongoInference.schema([[("a", .document([("b", .int(1))]))]], options: .init(maximumDepth: 0))
    #expect(shallow.allFields.map(\.path) == ["a"] && shallow.unfollowed == 1)
  }

  @Test("parts add up to the whole")
  func merging() {
    var orders = MadeOrders(seed: 5)
    let documents = (0..<3_000).map { number in
      orders.next() + [("by", .document([("u\(number * 7_919 % 4_001)", .document([("n", .int(1))]))]))]
    }
    let options = InferenceOptions(sampleValues: 3, keepsRanges: true)
    var whole = MongoInference(options)
    var parts = [MongoInference(options), MongoInference(options), MongoInference(options)]
    for (number, document) in documents.enumerated() {
      whole.add(document)
      parts[number / 1_200].add(document)
    }
    let broken: [UInt8] = [1, 2, 3]
    broken.withUnsafeBytes {
      whole.add($0)
      parts[2].add($0)
    }
    var sum = parts[0]
    sum.merge(parts[1])
    sum.merge(parts[2])
    #expect(sum.finish() == whole.finish())
    #expect(sum.finish().malformed == 1)
    let sampled = InferencePopulation.sample(of: 100_000)
    let left = sum.finish(of: sampled)
    let right = whole.finish(of: sampled)
    #expect(left["items[].gift"] == right["items[].gift"])
    #expect(left["by.{key}.n"]?.presence.value == right["by.{key}.n"]?.presence.value)
    var empty = MongoInference(options)
    empty.merge(whole)
    #expect(empty.finish() == whole.finish())
  }

  @Test("malformed documents are counted and count nowhere else")
  func malformed() {
    var random = SeededNumbers(seed: 11)
    var orders = MadeOrders(seed: 11)
    var inference = MongoInference()
    var readable = 0
    for round in 0..<5_000 {
      var bytes = MadeValue.bytes(orders.next())
      if round % 2 == 0 {
        for _ in 0..<3 {
          let position = Int.random(in: 0..<bytes.count, using: &random)
          bytes[position] = UInt8.random(in: 0...255, using: &random)
        }
      } else if round % 4 == 1 {
        bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
      } else {
        readable += 1
      }
      bytes.withUnsafeBytes { inference.add($0) }
    }
    let schema = inference.finish()
    #expect(schema.documents + schema.malformed == 5_000)
    #expect(schema.documents >= readable && schema.malformed >= 1_250)
    var inner = MadeValue.bytes([("a", .document([("b", .int(1))]))])
    inner[inner.count - 7] = 0x40
    var strict = MongoInference()
    inner.withUnsafeBytes { strict.add($0) }
    #expect(strict.finish() == InferredSchema(documents: 0, malformed: 1, fields: []))
  }
}
