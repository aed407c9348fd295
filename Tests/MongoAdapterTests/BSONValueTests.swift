import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct BSONValueTests {
  @Test func requestsKeepEveryType() throws {
    for seed in UInt64(1)...500 {
      var samples = BSONSamples(seed: seed)
      let value = try samples.value(depth: 4)
      #expect(try BSONValue(value.dbValue) == value, "seed \(seed)")
      #expect(try BSONValue.decode(value.dbValue) == value, "seed \(seed)")
    }
  }

  @Test func resultsKeepAllButTheWidthOfIntegers() throws {
    for seed in UInt64(1)...500 {
      var samples = BSONSamples(seed: seed)
      let value = samples.scalar()
      let back = try BSONValue(value.resultValue)
      if case .int64(let number) = value {
        #expect(back == BSONValue(number), "seed \(seed)")
      } else {
        #expect(back == value, "seed \(seed): \(value.resultValue)")
      }
    }
  }

  @Test func resultsAreValuesOfTheCoreWhereItHasThem() throws {
    let id = try #require(BSONObjectID("0123456789abcdefABCDEF01"))
    let uuid = DBUUID(high: 1, low: 2)
    #expect(
      BSONValue.objectID(id).resultValue == .native(DBNative(typeName: "objectId", text: "0123456789abcdefabcdef01")))
    #expect(BSONValue.binary(BSONBinary(uuid)).resultValue == .uuid(uuid))
    #expect(BSONValue.binary(BSONBinary(bytes: [1])).resultValue == .bytes(DBBytes([1])))
    #expect(
      BSONValue.binary(BSONBinary(subtype: 5, bytes: [1])).resultValue
        == .native(DBNative(typeName: "binData", text: #"{"$binary":{"base64":"AQ==","subType":"05"}}"#)))
    #expect(
      BSONValue.date(BSONDate(millisecondsSince1970: -1)).resultValue
        == .timestamp(DBTimestamp("1969-12-31T23:59:59.999Z")!))
    #expect(
      BSONValue.date(BSONDate(millisecondsSince1970: .max)).resultValue
        == .native(DBNative(typeName: "date", text: "9223372036854775807")))
    #expect(BSONValue.decimal128(BSONDecimal128("1.50")!).resultValue == .decimal(DBDecimal("1.50")!))
    #expect(
      BSONValue.decimal128(BSONDecimal128("1E+3")!).resultValue == .native(DBNative(typeName: "decimal", text: "1E+3")))
    #expect(
      BSONValue.decimal128(BSONDecimal128("-0")!).resultValue == .native(DBNative(typeName: "decimal", text: "-0")))
    #expect(BSONValue.minKey.resultValue == .native(DBNative(typeName: "minKey", text: #"{"$minKey":1}"#)))
    let nested: BSONValue = ["a": [1, ["b": .null]]]
    #expect(
      nested.resultValue
        == .document(DBDocument([.init("a", .array(DBArray([.int(1), .document(["b": .null])])))])))
  }

  @Test func boundValuesBecomeTheNearestTypeOfBSON() throws {
    #expect(try BSONValue(DBValue.int(5)) == .int32(5) && BSONValue(DBValue.int(1 << 40)) == .int64(1 << 40))
    #expect(try BSONValue(DBValue.uint(7)) == .int32(7))
    #expect(try BSONValue(DBValue.uint(.max)) == .decimal128(BSONDecimal128("18446744073709551615")!))
    #expect(
      try BSONValue(DBTimestamp("1970-01-01T00:00:00.001999Z")!.dbValue) == .date(BSONDate(millisecondsSince1970: 1)))
    #expect(
      try BSONValue(DBTimestamp("1969-12-31T23:59:59.9999Z")!.dbValue) == .date(BSONDate(millisecondsSince1970: -1)))
    #expect(try BSONValue(DBDate("1970-01-02")!.dbValue) == .date(BSONDate(millisecondsSince1970: 86_400_000)))
    #expect(try BSONValue(DBTime("12:30:00")!.dbValue) == .string("12:30:00"))
    #expect(try BSONValue(DBValue.json(DBJSON(#"{"a": {"$oid": "000000000000000000000000"}}"#))).kind == .document)
    #expect(try BSONValue(DBValue.native(DBNative(typeName: "long", text: "5"))) == .int64(5))
    #expect(try BSONValue(DBValue.native(DBNative(typeName: "int", text: "5"))) == .int32(5))
    #expect(try BSONValue(DBValue.native(DBNative(typeName: "double", text: "5"))) == .double(5))
    #expect(
      try BSONValue(DBValue.native(DBNative(typeName: "date", text: "2020-01-01T00:00:00Z")))
        == .date(BSONDate(millisecondsSince1970: 1_577_836_800_000)))
  }

  @Test func whatBSONHasNotIsRefused() {
    let refused: [DBValue] = [
      .decimal(DBDecimal("1.00000000000000000000000000000000000001")!), .timestamp(.infinity(hasZone: true)),
      .date(.infinity), .native(DBNative(typeName: "tsvector", text: "a")),
      .native(DBNative(typeName: "long", text: "x")),
      .native(DBNative(typeName: "objectId", bytes: DBBytes([1, 2]))),
      .native(DBNative(typeName: "timestamp", text: "5")),
      .native(DBNative(typeName: "minKey", text: "{}")),
      .native(DBNative(typeName: "int", bytes: DBBytes([1, 0, 0, 0, 10, 0]))), .json(DBJSON("{")),
      .document(DBDocument([.init("a\u{0}", .null)])),
    ]
    for value in refused { #expect(throws: BSONError.self, "\(value)") { try BSONValue(value) } }
    var deep = DBValue.null
    for _ in 0..<5_000 { deep = .array(DBArray([deep])) }
    #expect(throws: BSONError.self) { try BSONValue(deep) }
  }

  @Test func valuesStandInRequests() {
    let request: QueryRequest = "{x: \(BSONValue.int64(5)), y: \(BSONObjectID("000000000000000000000000"))}"
    guard case .template(let template) = request.statement else {
      Issue.record("no template")
      return
    }
    let values = template.segments.compactMap { if case .parameter(let value) = $0 { value } else { nil } }
    #expect(
      values == [
        .native(DBNative(typeName: "long", text: "5")),
        .native(DBNative(typeName: "objectId", text: "000000000000000000000000")),
      ])
  }

  @Test func objectIDsAreDistinctAndSayTheirSecond() throws {
    let ids = (0..<10_000).map { _ in BSONObjectID() }
    #expect(Set(ids).count == ids.count)
    #expect(Set(ids.map { Array($0.bytes[4..<9]) }).count == 1)
    let now = try #require(DBTimestamp.now().unixMicroseconds) / 1_000
    #expect(abs(ids[0].date.millisecondsSince1970 - now) < 60_000)
    let first = try #require(BSONObjectID("000000010000000000000000"))
    #expect(first.date == BSONDate(millisecondsSince1970: 1_000) && first < ids[0])
    #expect(BSONObjectID(bytes: first.bytes) == first && BSONObjectID(bytes: [1]) == nil)
    #expect(BSONObjectID("00000001000000000000000g") == nil && BSONObjectID("0000") == nil)
  }
}
