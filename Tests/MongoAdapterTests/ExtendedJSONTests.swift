import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct ExtendedJSONTests {
  /// Values with their canonical and their relaxed text.
  static let texts: [(BSONValue, String, String)] = [
    (.int32(-5), #"{"$numberInt":"-5"}"#, "-5"), (.int64(5), #"{"$numberLong":"5"}"#, "5"),
    (.int64(.min), #"{"$numberLong":"-9223372036854775808"}"#, "-9223372036854775808"),
    (.double(1), #"{"$numberDouble":"1.0"}"#, "1.0"), (.double(-0.0), #"{"$numberDouble":"-0.0"}"#, "-0.0"),
    (.double(0.1), #"{"$numberDouble":"0.1"}"#, "0.1"), (.double(1e300), #"{"$numberDouble":"1e+300"}"#, "1e+300"),
    (.double(.nan), #"{"$numberDouble":"NaN"}"#, #"{"$numberDouble":"NaN"}"#),
    (.double(-.infinity), #"{"$numberDouble":"-Infinity"}"#, #"{"$numberDouble":"-Infinity"}"#),
    ("a\"\\\n\u{1}é😀/", #""a\"\\\n\u0001é😀/""#, #""a\"\\\n\u0001é😀/""#), (true, "true", "true"),
    (.null, "null", "null"),
    (["a": [1, "b"]], #"{"a":[{"$numberInt":"1"},"b"]}"#, #"{"a":[1,"b"]}"#), ([:], "{}", "{}"), ([], "[]", "[]"),
    (
      .objectID(BSONObjectID("00112233445566778899aabb")!), #"{"$oid":"00112233445566778899aabb"}"#,
      #"{"$oid":"00112233445566778899aabb"}"#
    ),
    (
      .date(BSONDate(millisecondsSince1970: 1_356_351_330_501)), #"{"$date":{"$numberLong":"1356351330501"}}"#,
      #"{"$date":"2012-12-24T12:15:30.501Z"}"#
    ),
    (
      .date(BSONDate(millisecondsSince1970: 0)), #"{"$date":{"$numberLong":"0"}}"#, #"{"$date":"1970-01-01T00:00:00Z"}"#
    ),
    (
      .date(BSONDate(millisecondsSince1970: -1)), #"{"$date":{"$numberLong":"-1"}}"#, #"{"$date":{"$numberLong":"-1"}}"#
    ),
    (
      .date(BSONDate(millisecondsSince1970: 253_402_300_799_999)), #"{"$date":{"$numberLong":"253402300799999"}}"#,
      #"{"$date":"9999-12-31T23:59:59.999Z"}"#
    ),
    (
      .date(BSONDate(millisecondsSince1970: 253_402_300_800_000)), #"{"$date":{"$numberLong":"253402300800000"}}"#,
      #"{"$date":{"$numberLong":"253402300800000"}}"#
    ),
    (
      .binary(BSONBinary(subtype: 2, bytes: [255, 255])), #"{"$binary":{"base64":"//8=","subType":"02"}}"#,
      #"{"$binary":{"base64":"//8=","subType":"02"}}"#
    ),
    (
      .regex(BSONRegex(unchecked: "a/\"b", options: "im")),
      #"{"$regularExpression":{"pattern":"a/\"b","options":"im"}}"#,
      #"{"$regularExpression":{"pattern":"a/\"b","options":"im"}}"#
    ),
    (.code("f()"), #"{"$code":"f()"}"#, #"{"$code":"f()"}"#), (.symbol("s"), #"{"$symbol":"s"}"#, #"{"$symbol":"s"}"#),
    (
      .codeWithScope(BSONCodeWithScope(code: "x", scope: ["y": 1])),
      #"{"$code":"x","$scope":{"y":{"$numberInt":"1"}}}"#,
      #"{"$code":"x","$scope":{"y":1}}"#
    ),
    (
      .timestamp(BSONTimestamp(seconds: .max, increment: 7)), #"{"$timestamp":{"t":4294967295,"i":7}}"#,
      #"{"$timestamp":{"t":4294967295,"i":7}}"#
    ),
    (
      .dbPointer(BSONDBPointer(namespace: "d.c", id: BSONObjectID("00112233445566778899aabb")!)),
      #"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"00112233445566778899aabb"}}}"#,
      #"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"00112233445566778899aabb"}}}"#
    ),
    (
      .decimal128(BSONDecimal128("-1.50")!), #"{"$numberDecimal":"-1.50"}"#, #"{"$numberDecimal":"-1.50"}"#
    ),
    (.minKey, #"{"$minKey":1}"#, #"{"$minKey":1}"#), (.maxKey, #"{"$maxKey":1}"#, #"{"$maxKey":1}"#),
    (.undefined, #"{"$undefined":true}"#, #"{"$undefined":true}"#),
  ]

  @Test(arguments: texts) func valuesHaveTheTextOfTheSpecification(
    value: BSONValue, canonical: String, relaxed: String
  ) throws {
    #expect(value.extendedJSON(.canonical) == canonical && value.extendedJSON(.relaxed) == relaxed)
    #expect(try BSONValue(extendedJSON: canonical) == value)
    #expect(try BSONValue(extendedJSON: relaxed).extendedJSON(.relaxed) == relaxed)
  }

  @Test func canonicalTextComesBack() throws {
    for seed in UInt64(1)...100 {
      var samples = BSONSamples(seed: seed)
      let document = try samples.document(depth: 5)
      let text = document.extendedJSON(.canonical)
      let back = try BSONDocument(extendedJSON: text)
      // A text has one NaN, and a document that looks like a wrapper is one.
      #expect(back.extendedJSON(.canonical) == text, "seed \(seed)")
      if !text.contains("NaN") { #expect(back == document, "seed \(seed)") }
      let pretty = document.extendedJSON(.canonical, indentation: 2)
      #expect(try BSONDocument(extendedJSON: pretty) == back, "seed \(seed)")
      let relaxed = document.extendedJSON()
      #expect(try BSONDocument(extendedJSON: relaxed).extendedJSON() == relaxed, "seed \(seed)")
    }
  }

  /// Other ways to write a value.
  static let accepted: [(String, BSONValue)] = [
    (#"{"$binary": "AQI=", "$type": "05"}"#, .binary(BSONBinary(subtype: 5, bytes: [1, 2]))),
    (#"{"$type": "ffffff80", "$binary": ""}"#, .binary(BSONBinary(subtype: 0x80, bytes: []))),
    (#"{"$binary": {"subType": "0", "base64": "AQI="}}"#, .binary(BSONBinary(bytes: [1, 2]))),
    (
      #"{"$uuid": "00000000-0000-0001-0000-000000000002"}"#, .binary(BSONBinary(DBUUID(high: 1, low: 2)))
    ),
    (#"{"$regex": "a", "$options": "xi"}"#, .regex(BSONRegex(unchecked: "a", options: "ix"))),
    (#"{"$options": "", "$regex": "a"}"#, .regex(BSONRegex(unchecked: "a", options: ""))),
    (#"{"$scope": {}, "$code": "c"}"#, .codeWithScope(BSONCodeWithScope(code: "c", scope: [:]))),
    (#"{"$date": 1500}"#, .date(BSONDate(millisecondsSince1970: 1_500))),
    (#"{"$date": "1970-01-01T01:00:00.5+01:00"}"#, .date(BSONDate(millisecondsSince1970: 500))),
    (#"{"$date": "0001-01-01T00:00:00Z"}"#, .date(BSONDate(millisecondsSince1970: -62_135_596_800_000))),
    ("2147483648", .int64(2_147_483_648)), ("-2147483648", .int32(.min)),
    ("9223372036854775808", .double(9_223_372_036_854_775_808)),
    ("-0", .double(-0.0)), ("1e2", .double(100)), ("1.0", .double(1)), (#""\u00e9\ud83d\ude00\u0000""#, "é😀\u{0}"),
    (#"{"$numberDouble":"1"}"#, .double(1)), (#"{"$regex": "a"}"#, ["$regex": "a"]),
    (
      #"{"$regex": {"$regularExpression":{"pattern":"a","options":""}}, "$options": "i"}"#,
      ["$regex": .regex(BSONRegex(unchecked: "a", options: "")), "$options": "i"]
    ),
    (#"{"$type": "string"}"#, ["$type": "string"]), (#"{"$ref": "c", "$id": 1}"#, ["$ref": "c", "$id": 1]),
    (#"{"a": {"$gt": 1}}"#, ["a": ["$gt": 1]]), (" \t\r\n[ 1 , 2 ]\n", [1, 2]),
    (#"{"x": 1, "$oid": "y"}"#, ["x": 1, "$oid": "y"]),
  ]

  @Test(arguments: accepted) func otherFormsAreTaken(text: String, value: BSONValue) throws {
    #expect(try BSONValue(extendedJSON: text) == value)
  }

  @Test(arguments: [
    #"{"$oid": "123"}"#, #"{"$oid": 1}"#, #"{"$oid": "00112233445566778899aabb", "x": 1}"#,
    #"{"$numberInt": "2147483648"}"#,
    #"{"$numberInt": 5}"#, #"{"$numberInt": "1.0"}"#, #"{"$numberLong": "9223372036854775808"}"#,
    #"{"$numberLong": "+1"}"#,
    #"{"$numberDouble": "x"}"#, #"{"$numberDouble": "0x10"}"#, #"{"$numberDouble": "inf"}"#,
    #"{"$numberDecimal": "12345678901234567890123456789012345"}"#, #"{"$binary": {"base64": "A", "subType": "00"}}"#,
    #"{"$binary": {"base64": "AAAA"}}"#, #"{"$binary": {"base64": "AA=A", "subType": "00"}}"#,
    #"{"$binary": {"base64": "AAAA", "subType": "100"}}"#, #"{"$uuid": "00000000000000010000000000000002"}"#,
    #"{"$timestamp": {"t": -1, "i": 1}}"#, #"{"$timestamp": {"t": 1}}"#, #"{"$timestamp": {"t": 4294967296, "i": 1}}"#,
    #"{"$regularExpression": {"pattern": "a"}}"#, #"{"$regularExpression": {"pattern": "a\u0000", "options": ""}}"#,
    #"{"$date": "2012-12-24"}"#, #"{"$date": "2012-12-24T12:15:30"}"#, #"{"$date": true}"#, #"{"$minKey": 2}"#,
    #"{"$maxKey": "1"}"#, #"{"$undefined": false}"#, #"{"$dbPointer": {"$ref": "a", "$id": 1}}"#,
    #"{"$code": 1, "$scope": {}}"#, #"{"$symbol": 1}"#,
    "", "{", "[", "[1", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "[1,]", "{a: 1}", "{'a': 1}", "'a'", "nul",
    "nulls", "tru",
    "01", "1.", ".5", "+1", "1e", "--1", "0x1", "1e999", "NaN", "undefined", "\"a", "\"\\x\"", "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\u0041\"", "\"\\u12g4\"", "\"a\nb\"", "{\"a\\u0000b\": 1}", "1 2", "{} {}", "/* c */ 1",
    "ObjectId(\"a\")",
  ]) func wrongTextIsRefused(text: String) {
    let error = #expect(throws: BSONError.self) { try BSONValue(extendedJSON: text) }
    #expect(error?.position != nil)
  }

  @Test func duplicateNamesAndOrderSurvive() throws {
    let text = #"{"b":1,"a":2,"b":3}"#
    let document = try BSONDocument(extendedJSON: text)
    #expect(document.names == ["b", "a", "b"] && document.extendedJSON() == text)
  }

  @Test func errorsSayWhere() {
    let error = #expect(throws: BSONError.self) { try BSONDocument(extendedJSON: "{\"é\": 1,\n  \"ü\": tru}") }
    #expect(error?.description == "line 2, column 8: expected a value")
    let wrapper = #expect(throws: BSONError.self) { try BSONDocument(extendedJSON: #"{"a": {"$oid": "x"}}"#) }
    #expect(wrapper?.description == "line 1, column 7: expected $oid with 24 hexadecimal digits in quotes")
    #expect(throws: BSONError.self) { try BSONDocument(extendedJSON: "[1]") }
  }

  @Test func depthIsLimited() throws {
    let deep = try BSONSamples.nested(BSONDocument.deepest)
    #expect(try BSONDocument(extendedJSON: deep.extendedJSON()) == deep)
    for text in [String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)] {
      let error = #expect(throws: BSONError.self) { try BSONValue(extendedJSON: text) }
      #expect(error?.message.contains("200 deep") == true)
    }
  }

  @Test func indentedTextIsReadable() {
    let document: BSONDocument = ["a": [1, [:]], "b": ["c": .null], "d": []]
    #expect(
      document.extendedJSON(indentation: 2)
        == """
        {
          "a": [
            1,
            {}
          ],
          "b": {
            "c": null
          },
          "d": []
        }
        """)
  }

  @Test func mutatedTextNeverCrashes() throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(2)
    var seed: UInt64 = 1
    while clock.now < end, seed < 5_000 {
      var samples = BSONSamples(seed: seed)
      var bytes = Array(
        try samples.document(depth: 3).extendedJSON(seed.isMultiple(of: 2) ? .canonical : .relaxed).utf8)
      let interesting = Array("{}[]\",:\\$-0.e\u{0}".utf8)
      for _ in 0..<samples.int(1...3) where !bytes.isEmpty {
        let place = samples.int(0...bytes.count - 1)
        switch samples.int(0...2) {
        case 0: bytes[place] = interesting[samples.int(0...interesting.count - 1)]
        case 1: bytes.remove(at: place)
        default: bytes.insert(interesting[samples.int(0...interesting.count - 1)], at: place)
        }
      }
      if let value = try? BSONValue(extendedJSON: String(decoding: bytes, as: UTF8.self)) {
        let text = value.extendedJSON(.canonical)
        #expect(try BSONValue(extendedJSON: text).extendedJSON(.canonical) == text, "seed \(seed)")
      }
      seed += 1
    }
    #expect(seed > 1)
  }
}
