import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct BSONDocumentTests {
  @Test func elementsComeBackAsTheyWereWritten() throws {
    for seed in UInt64(1)...400 {
      var samples = BSONSamples(seed: seed)
      let elements = try samples.elements(depth: 5)
      let document = try BSONDocument(elements)
      let read = document.elements
      #expect(read.map(\.name) == elements.map(\.0), "seed \(seed)")
      #expect(read.map(\.value) == elements.map(\.1), "seed \(seed)")
      #expect(document.count == elements.count && document.names == elements.map(\.0), "seed \(seed)")
      let copy = try BSONDocument(read.map { ($0.name, $0.value) })
      #expect(copy == document && copy.hashValue == document.hashValue, "seed \(seed)")
      #expect(try BSONDocument(validating: document.bytes, requiresUTF8: true) == document, "seed \(seed)")
    }
  }

  @Test func bytesAreThoseOfTheSpecification() throws {
    let hello: BSONDocument = ["hello": "world"]
    #expect(
      Array(hello.bytes) == [
        0x16, 0, 0, 0, 2, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0, 6, 0, 0, 0, 0x77, 0x6F, 0x72, 0x6C, 0x64, 0, 0,
      ])
    let list: BSONDocument = ["BSON": ["awesome", 5.05, 1986]]
    #expect(
      DBBytes(list.bytes).hexadecimal
        == "310000000442534f4e002600000002300008000000617765736f6d65000131003333333333331440103200c20700000000")
    let empty: BSONDocument = [:]
    #expect(Array(empty.bytes) == [5, 0, 0, 0, 0] && empty.isEmpty && empty == BSONDocument())
    let binary: BSONDocument = ["b": .binary(BSONBinary(subtype: 2, bytes: [1, 2]))]
    #expect(Array(binary.bytes.dropFirst(7).dropLast()) == [6, 0, 0, 0, 2, 2, 0, 0, 0, 1, 2])
    let scope: BSONDocument = ["c": .codeWithScope(BSONCodeWithScope(code: "x", scope: [:]))]
    #expect(Array(scope.bytes.dropFirst(7).dropLast()) == [15, 0, 0, 0, 2, 0, 0, 0, 0x78, 0, 5, 0, 0, 0, 0])
  }

  @Test func theFirstOfEqualNamesIsFound() throws {
    let document = try BSONDocument([("a", 1), ("b", 2), ("a", 3), ("é", 4), ("e\u{301}", 5)])
    #expect(document["a"] == 1 && document["b"] == 2 && document["c"] == nil)
    #expect(document["é"] == 4 && document["e\u{301}"] == 5)
    #expect(document.elements.filter { $0.name == "a" }.map(\.value) == [1, 3])
  }

  @Test func pathsPassThroughDocumentsAndLists() {
    let document: BSONDocument = ["a": ["b": [["c": 7], 8]], "x": 1]
    #expect(document.value(at: "a.b.0.c") == 7 && document.value(at: "a.b.1") == 8 && document.value(at: "x") == 1)
    #expect(document.value(at: "a.b.2") == nil && document.value(at: "x.y") == nil && document.value(at: "") == nil)
  }

  @Test func nestedDocumentsShareTheirMemory() throws {
    let document: BSONDocument = ["a": ["b": 1]]
    guard case .document(let nested)? = document["a"] else { throw BSONError("no document") }
    let (outer, inner) = document.withUnsafeBytes { outer in nested.withUnsafeBytes { (outer, $0) } }
    #expect(inner.baseAddress == outer.baseAddress.map { $0 + 7 })
  }

  @Test func namesWithZeroBytesAreRefused() {
    #expect(throws: BSONError.self) { try BSONDocument([("a\u{0}b", 1)]) }
    #expect(throws: BSONError.self) { try BSONRegex(pattern: "a\u{0}") }
    #expect(throws: BSONError.self) { try BSONRegex(pattern: "a", options: "\u{0}") }
    #expect((try? BSONRegex(pattern: "a", options: "xim"))?.options == "imx")
  }

  @Test func doublesAreComparedByTheirBits() {
    let payload = Double(bitPattern: 0x7FF8_0000_0000_0001)
    #expect(BSONValue.double(payload) == .double(payload) && BSONValue.double(payload) != .double(.nan))
    #expect(BSONValue.double(0) != .double(-0.0) && BSONValue.int32(1) != .int64(1) && BSONValue.int32(1) != .double(1))
    let document: BSONDocument = ["x": .double(payload)]
    #expect(document["x"] == .double(payload))
  }

  @Test func textThatIsNotUTF8IsKept() throws {
    let values: [(BSONKind, [UInt8])] = [
      (.string, [2, 0, 0, 0, 0xE9, 0]), (.code, [2, 0, 0, 0, 0xFF, 0]), (.symbol, [3, 0, 0, 0, 0xC3, 0x28, 0]),
      (.regex, [0xE9, 0, 0x69, 0]), (.dbPointer, [2, 0, 0, 0, 0xE9, 0] + Array(repeating: 7, count: 12)),
      (.codeWithScope, [15, 0, 0, 0, 2, 0, 0, 0, 0xE9, 0, 5, 0, 0, 0, 0]),
    ]
    for (kind, encoded) in values {
      var writer = BSONWriter()
      try writer.begin(kind, "x".utf8)
      writer.append(encoded: encoded)
      let document = try writer.finish()
      let value = try #require(document["x"])
      #expect(value == .invalidText(BSONInvalidText(kind: kind, encoded: encoded)) && value.kind == kind)
      #expect(try BSONDocument([("x", value)]) == document)
      #expect(try BSONValue(value.resultValue) == value && BSONValue(value.dbValue) == value)
      #expect(try BSONDocument(validating: document.bytes) == document)
      #expect(throws: BSONError.self) { try BSONDocument(validating: document.bytes, requiresUTF8: true) }
    }
    guard case .invalidText(let text) = BSONValue.invalidText(BSONInvalidText(kind: .string, encoded: values[0].1))
    else { return }
    #expect(text.bytes == DBBytes([0xE9]))
  }

  @Test func namesThatAreNotUTF8AreFoundByValidation() throws {
    let bytes: [UInt8] = [8, 0, 0, 0, 0x0A, 0xE9, 0, 0]
    let document = try BSONDocument(validating: bytes)
    #expect(document.names == ["\u{FFFD}"] && Array(document.bytes) == bytes)
    #expect(try BSONValue(BSONValue.document(document).resultValue) == .document(document))
    let error = #expect(throws: BSONError.self) { try BSONDocument(validating: bytes, requiresUTF8: true) }
    #expect(error?.offset == 5)
  }
}
