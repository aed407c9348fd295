import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct BSONCodableTests {
  enum Colour: String, Codable { case red, green }

  struct Item: Codable, Equatable {
    var name: String
    var price: DBDecimal
    var tags: [String]
  }

  struct Order: Codable, Equatable {
    var _id: BSONObjectID
    var count: Int
    var big: UInt64?
    var share: Double
    var isPaid: Bool
    var colour: Colour
    var made: DBTimestamp
    var key: DBUUID
    var data: [UInt8]
    var items: [Item]
    var note: String?
    var extra: BSONDocument
    var any: [BSONValue]
    var matrix: [[Int]]
    var byName: [String: Int]
  }

  static func order() throws -> Order {
    Order(
      _id: BSONObjectID(), count: 3, big: 1 << 40, share: 0.5, isPaid: true, colour: .green,
      made: try #require(DBTimestamp("2026-02-28T13:05:07.25Z")), key: DBUUID(high: 1, low: 2), data: [1, 2, 3],
      items: [
        Item(name: "a", price: try #require(DBDecimal("1.50")), tags: []),
        Item(name: "b", price: DBDecimal(2), tags: ["x"]),
      ],
      note: nil, extra: ["n": .int64(1), "d": .maxKey], any: [.int64(1), .minKey, .null], matrix: [[1], [], [2, 3]],
      byName: ["one": 1])
  }

  @Test func structuresComeBack() throws {
    let order = try Self.order()
    let document = try BSONDocument(encoding: order)
    #expect(try document.decode(Order.self) == order)
    #expect(
      document["_id"] == .objectID(order._id) && document["count"] == .int32(3) && document["big"] == .int64(1 << 40))
    #expect(
      document["colour"] == "green" && document["key"] == .binary(BSONBinary(order.key)) && document["note"] == nil)
    #expect(document.value(at: "items.0.price")?.kind == .decimal128 && document.value(at: "any.0") == .int64(1))
    #expect(document["made"]?.kind == .date && document["data"] == .binary(BSONBinary(bytes: [1, 2, 3])))
  }

  @Test func rowsDecodeLazilyAndWhole() throws {
    let order = try Self.order()
    let document = try BSONDocument(encoding: order)
    let columns = ColumnSet(
      [Column(name: "document", type: DBType(.document, nativeName: "object"))],
      formats: [.custom(BSONDocumentDecoder())])
    var builder = RowBatchBuilder(columns: columns)
    document.withUnsafeBytes { builder.append(encoded: $0) }
    let batch = builder.finish()
    let row = try #require(batch.first { _ in true })
    #expect(row["count"] == .int(3) && row["isPaid"] == .bool(true) && row["nothing"] == nil)
    #expect(row["extra"] == .document(DBDocument([.init("n", .int(1)), .init("d", BSONValue.maxKey.resultValue)])))
    #expect(try row.decode(String.self, at: "colour") == "green" && row.decode(Double.self, at: "share") == 0.5)
    #expect(try row.decode(BSONObjectID.self, at: "_id") == order._id)
    #expect(try row.decode(as: Order.self) == order)
    #expect(row.bson == document && row.bson?["extra"] == .document(order.extra))
    #expect(row[0] == BSONValue.document(document).resultValue)
    var text: [UInt8] = []
    #expect(row.appendJSON(style: .canonical, to: &text))
    #expect(String(decoding: text, as: UTF8.self) == document.extendedJSON(.canonical))
  }

  struct Small: Decodable { var a: Int8 }
  struct Nested: Decodable {
    var list: [Inner]; struct Inner: Decodable { var b: Inside; struct Inside: Decodable { var c: Bool } }
  }

  @Test func numbersThatFitAreTaken() throws {
    #expect(try (["a": 5.0] as BSONDocument).decode(Small.self).a == 5)
    #expect(try (["a": .int64(-128)] as BSONDocument).decode(Small.self).a == -128)
    #expect(throws: DecodeFailure.self) { try (["a": 128] as BSONDocument).decode(Small.self) }
    #expect(throws: DecodeFailure.self) { try (["a": 1.5] as BSONDocument).decode(Small.self) }
    #expect(throws: DecodeFailure.self) { try (["a": "1"] as BSONDocument).decode(Small.self) }
  }

  @Test func errorsNameThePath() throws {
    let wrong = #expect(throws: DecodeFailure.self) {
      try (["list": [["b": ["c": true]], ["b": ["c": 1]]]] as BSONDocument).decode(Nested.self)
    }
    #expect(wrong?.description == "wanted Bool, found int: at list[1].b.c")
    do {
      _ = try (["list": [["b": [:]]]] as BSONDocument).decode(Nested.self)
      Issue.record("decoded")
    } catch DecodingError.keyNotFound(let key, _) {
      #expect(key.stringValue == "list[0].b.c")
    }
  }

  struct Optionals: Decodable { var a: Int?; var b: Int?; var c: [Int?] }

  @Test func missingAndNullAreBothNil() throws {
    let value = try (["b": .null, "c": [1, .null]] as BSONDocument).decode(Optionals.self)
    #expect(value.a == nil && value.b == nil && value.c == [1, nil])
  }

  @Test func manyFieldsAreFoundByTheirFirst() throws {
    let names = (0..<200).map { "f\($0)" }
    let document = try BSONDocument(names.enumerated().map { ($1, BSONValue(Int64($0))) } + [("f7", -1)])
    let decoded = try document.decode([String: Int].self)
    #expect(decoded["f7"] == 7 && decoded["f199"] == 199 && decoded.count == 200)
  }

  @Test func whatIsNoDocumentIsRefused() {
    #expect(throws: BSONError.self) { try BSONDocument(encoding: [1, 2]) }
    #expect(throws: BSONError.self) { try BSONDocument(encoding: ["a\u{0}": 1]) }
  }
}
