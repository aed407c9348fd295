import Testing

@testable import MongoAdapter

@Suite("Documents that are maps")
struct InferenceMapTests {
  @Test("ids as names become one path, from the first document")
  func ids() throws {
    var random = SeededNumbers(seed: 1)
    var inference = MongoInference()
    var keys = 0
    for _ in 0..<5_000 {
      let count = Int.random(in: 0...8, using: &random)
      keys += count
      let votes = (0..<count).map { _ in
        ("user\(UInt64.random(in: 0...UInt64.max, using: &random))", MadeValue.document([("score", .int(1))]))
      }
      inference.add([("_id", .int(1)), ("votes", .document(votes)), ("open", .bool(true))])
    }
    let schema = inference.finish()
    #expect(schema.allFields.map(\.path) == ["_id", "votes", "votes.{key}", "votes.{key}.score", "open"])
    #expect(schema.unfollowed == 0)
    let key = try #require(schema["votes.{key}"])
    #expect(key.values == keys && key.parents == 5_000)
    #expect(schema["votes.{key}.score"]?.present == keys)
    #expect(schema["votes.{key}.score"]?.presence.value == 1)
    let empty = try #require(schema["votes"]).anyKey?.missing
    #expect(empty == 5_000 - key.present && key.present < 5_000)
  }

  @Test("what most documents have stays itself beside the keys")
  func mixed() throws {
    var inference = MongoInference()
    for number in 0..<2_000 {
      var fields: [(String, MadeValue)] = [("total", .int(1)), ("k\(number)", .string("x"))]
      if number % 4 == 0 { fields.append(("flag", .bool(true))) }
      inference.add([("by", .document(fields))])
    }
    let schema = inference.finish()
    #expect(schema.allFields.map(\.path) == ["by", "by.total", "by.flag", "by.{key}"])
    #expect(schema["by.{key}"]?.values == 2_000 && schema["by.{key}"]?.present == 2_000)
    #expect(schema["by.flag"]?.presence.value == 0.25)
  }

  @Test("many fields that documents share are no map")
  func wide() {
    let fields = (0..<600).map { ("f\($0)", MadeValue.int(1)) }
    let schema = MongoInference.schema((0..<30).map { number in Array(fields.prefix(300 + number * 10)) })
    #expect(schema.fields.count == 590)
    #expect(schema["{key}"] == nil)
  }

  @Test("object ids, uuids and numbers are keys even when there are few")
  func identifiers() {
    let id: (Int) -> String = { "50319491fe4dce143835c" + "\(552 + $0)" }
    let documents: [[(String, MadeValue)]] = [
      [
        ("ids", .document([(id(0), .int(1)), (id(1), .int(1))])),
        ("years", .document((2010..<2025).map { ("\($0)", .double(1)) })),
        ("scores", .document([("1", .int(1)), ("2", .int(1))])),
      ]
    ]
    let schema = MongoInference.schema(documents)
    #expect(
      schema.allFields.map(\.path)
        == ["ids", "ids.{key}", "years", "years.{key}", "scores", "scores.1", "scores.2"])
  }

  @Test("one document with more keys than there is room for does not eat the bound")
  func huge() throws {
    var inference = MongoInference(InferenceOptions(maximumPaths: 1_000))
    inference.add([("by", .document((0..<5_000).map { ("k\($0)", .int(1)) })), ("last", .int(1))])
    for number in 0..<100 { inference.add([("by", .document([("n\(number)", .int(1))])), ("last", .int(1))]) }
    let schema = inference.finish()
    #expect(schema.allFields.map(\.path) == ["by", "by.{key}", "last"])
    #expect(schema["by.{key}"]?.present == 101)
    #expect(schema.unfollowed > 0 && schema.unfollowed + (schema["by.{key}"]?.values ?? 0) == 5_101)
  }

  @Test("maps in maps")
  func nested() {
    var inference = MongoInference()
    var random = SeededNumbers(seed: 3)
    for _ in 0..<1_000 {
      let inner = { (name: String) in ("\(name)\(UInt32.random(in: 0...UInt32.max, using: &random))", MadeValue.int(1))
      }
      let outer = (
        "o\(UInt32.random(in: 0...UInt32.max, using: &random))", MadeValue.document([inner("i"), inner("j")])
      )
      inference.add([("m", .document([outer]))])
    }
    let schema = inference.finish()
    #expect(schema.allFields.map(\.path) == ["m", "m.{key}", "m.{key}.{key}"])
    #expect(schema["m.{key}.{key}"]?.values == 2_000)
  }
}
