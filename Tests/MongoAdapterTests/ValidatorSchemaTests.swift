import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite("Validators and documents")
struct ValidatorSchemaTests {
  private let validator = """
    {"$jsonSchema": {
      "bsonType": "object", "title": "Orders", "description": "what was ordered",
      "required": ["_id", "total", "by"],
      "properties": {
        "_id": {"bsonType": "objectId"},
        "total": {"bsonType": ["double", "decimal"], "minimum": 0, "description": "with tax"},
        "state": {"enum": ["open", "sent"]},
        "address": {"bsonType": "object", "required": ["zip"], "additionalProperties": false,
          "properties": {"zip": {"bsonType": "string", "pattern": "^[0-9]+$"}}},
        "items": {"bsonType": "array", "minItems": 1, "items": {"bsonType": "object",
          "properties": {"sku": {"type": "string"}, "count": {"bsonType": "number"}}}},
        "pair": {"items": [{"type": "string"}, {"type": "boolean"}]},
        "votes": {"bsonType": "object", "additionalProperties": {"bsonType": "int"}}
      },
      "anyOf": [{"required": ["a"]}]
    }, "total": {"$lt": 1000}}
    """

  private func schema() throws -> ValidatorSchema {
    try #require(ValidatorSchema(validator: try BSONDocument(extendedJSON: validator)))
  }

  @Test("a validator is read")
  func reading() throws {
    let schema = try schema()
    #expect(schema.types == ["object"] && schema.title == "Orders" && schema.explanation == "what was ordered")
    #expect(schema.required == ["_id", "total", "by"])
    #expect(schema.properties.map(\.name) == ["_id", "total", "state", "address", "items", "pair", "votes"])
    #expect(schema["total"]?.types == ["double", "decimal"])
    #expect(schema["total"]?.limits.map(\.description) == ["minimum: 0"])
    #expect(schema["address"]?.additionalFields == .forbidden)
    #expect(schema["votes"]?.additionalFields == .matching(ValidatorSchema(types: ["int"])))
    #expect(schema["pair"]?.items == .each([ValidatorSchema(types: ["string"]), ValidatorSchema(types: ["bool"])]))
    #expect(schema.others.map(\.keyword) == ["anyOf", "total"])
    #expect(
      schema.fields.map(\.path) == [
        "_id", "total", "state", "address", "address.zip", "items", "items[]", "items[].sku", "items[].count", "pair",
        "votes", "votes.{key}", "by",
      ])
    #expect(schema.fields.filter(\.isRequired).map(\.path) == ["_id", "total", "address.zip", "by"])
  }

  @Test("what is no schema, or cannot be understood, is not lost")
  func oddities() throws {
    #expect(ValidatorSchema(validator: try BSONDocument(extendedJSON: #"{"a": {"$gt": 1}}"#)) == nil)
    #expect(ValidatorSchema(validator: try BSONDocument(extendedJSON: #"{"$jsonSchema": 1}"#)) == nil)
    let both = try #require(
      ValidatorSchema(
        validator: try BSONDocument(
          extendedJSON: #"{"$and": [{"$jsonSchema": {"required": ["a"]}}, {"b": 1}], "c": 2}"#)))
    #expect(both.required == ["a"] && both.others.map(\.description) == ["c: 2", "b: 1"])
    let wrong = ValidatorSchema(
      try BSONDocument(
        extendedJSON: """
          {"bsonType": 5, "required": [1], "properties": {"a": 1}, "items": [2], "additionalProperties": "no", "x": 1}
          """))
    #expect(
      wrong.others.map(\.keyword) == ["bsonType", "required", "properties", "items", "additionalProperties", "x"])
    #expect(wrong.fields.isEmpty)
  }

  @Test("what differs from the documents is found, with numbers")
  func findings() throws {
    let seen = MongoInference.schema([
      [
        ("_id", .objectID(1)), ("total", .double(1)), ("by", .string("x")), ("extra", .int(1)),
        ("address", .document([("zip", .string("1")), ("city", .string("x"))])),
        ("items", .array([.document([("sku", .int(1)), ("count", .long(1))]), .document([("sku", .string("x"))])])),
        ("votes", .document([("a", .int(1)), ("b", .string("x"))])),
      ],
      [("_id", .objectID(2)), ("total", .int(1)), ("address", .document([])), ("items", .array([]))],
      [("_id", .objectID(3)), ("state", .string("open")), ("total", .decimal), ("items", .string("none"))],
    ])
    let findings = seen.findings(against: try schema())
    #expect(
      findings.map(\.sentence) == [
        "total is int in 1 of 3 values, declared is double or decimal",
        "address.zip is required, and missing in 1 of 2 documents at address",
        "address.city is not declared, other fields are forbidden, and 1 of 2 documents at address have it",
        "items is string in 1 of 3 values, declared is array",
        "items[].sku is int in 1 of 2 values, declared is string",
        "pair is declared, and none of 3 documents has it",
        "votes.b is string in 1 of 1 values, declared is int",
        "by is required, and missing in 2 of 3 documents",
        "extra is not declared, and 1 of 3 documents have it",
      ])
    #expect(findings.map(\.isViolation) == [true, true, true, true, true, false, true, true, false])
    #expect(findings.map(\.count) == [1, 1, 1, 1, 1, 0, 1, 2, 1])
    #expect(MongoInference.schema([]).findings(against: try schema()).isEmpty)
  }

  @Test("declared and inferred stand side by side in the columns")
  func columns() throws {
    let seen = MongoInference.schema([
      [("total", .null), ("_id", .objectID(1)), ("items", .array([.int(1)]))],
      [("total", .null), ("_id", .objectID(2))], [("total", .double(1)), ("_id", .objectID(3))],
    ])
    let columns = seen.columns(declared: try schema())
    #expect(columns.map(\.position) == Array(1...columns.count))
    #expect(columns.prefix(4).map(\.name) == ["_id", "total", "items", "items[]"])
    #expect(columns.prefix(4).map(\.isNullable) == [false, true, true, false])
    let total = columns[1]
    #expect(total.type == DBType(.float, nativeName: "double") && total.comment == "with tax")
    #expect(total.observedTypes.map(\.count) == [2, 1] && total.presence == 1 && total.presenceInterval == 1...1)
    #expect(
      total.declaration
        == ColumnDeclaration(types: ["double", "decimal"], isRequired: true, rules: ["minimum: 0"]))
    #expect(columns[2].lengths?.maximum == 1 && columns[2].presenceInterval == 1.0 / 3...1.0 / 3)
    let unseen = try #require(columns.first { $0.name == "address.zip" })
    #expect(unseen.presence == 0 && unseen.type == DBType(.text, nativeName: "string") && !unseen.isNullable)
    #expect(columns.map(\.name).suffix(2) == ["votes.{key}", "by"])
    var inference = MongoInference()
    inference.add([("_id", .objectID(1)), ("a", .int(1))])
    #expect(inference.finish(of: .sample(of: 10)).columns().map(\.isNullable) == [false, true])
  }

  @Test("a $jsonSchema is made of documents that fulfil it")
  func writing() throws {
    let schema = MongoInference.schema([
      [
        ("_id", .objectID(1)), ("n", .int(1)), ("a", .document([("b", .bool(true)), ("c", .null)])),
        ("l", .array([.document([("x", .double(1))]), .array([.uuid(1), .binary([1])])])),
        ("m", .document((0..<12).map { ("\($0)", .date(1)) })),
      ],
      [("_id", .objectID(2)), ("n", .string("x")), ("a", .document([("b", .bool(true))]))],
    ])
    let text = """
      {"bsonType":"object","title":"T","required":["_id","n","a"],"properties":{"_id":{"bsonType":"objectId"},\
      "n":{"bsonType":["string","int"]},"a":{"bsonType":"object","required":["b"],\
      "properties":{"b":{"bsonType":"bool"},"c":{"bsonType":"null"}},"additionalProperties":false},\
      "l":{"bsonType":"array","items":{"bsonType":["object","array"],"required":["x"],\
      "properties":{"x":{"bsonType":"double"}},"additionalProperties":false,"items":{"bsonType":"binData"}}},\
      "m":{"bsonType":"object","additionalProperties":{"bsonType":"date"}}},"additionalProperties":false}
      """
    let strict = JSONSchemaOptions(allowsOtherFields: false, title: "T")
    #expect(try schema.jsonSchema(strict).extendedJSON() == text)
    let loose = try schema.jsonSchema(JSONSchemaOptions(requiredPresence: nil, minimumTypeShare: 0.6))
    #expect(loose.value(at: "properties.n")?.extendedJSON() == "{}")
    #expect(loose["required"] == nil && loose["additionalProperties"] == nil)
  }

  @Test("generated documents fulfil the schema that was made of them", arguments: 0..<5 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var orders = MadeOrders(seed: seed)
    let schema = MongoInference.schema((0..<500).map { _ in orders.next() })
    let validator = ValidatorSchema(try schema.jsonSchema(JSONSchemaOptions(allowsOtherFields: false)))
    #expect(schema.findings(against: validator).isEmpty)
    #expect(Set(validator.fields.map(\.path)) == Set(schema.allFields.map(\.path)))
    let others = MongoInference.schema([[("_id", .int(1)), ("new", .int(1))]])
    #expect(Set(others.findings(against: validator).map(\.kind)) == [.type, .neverSeen, .missing, .forbidden])
  }
}
