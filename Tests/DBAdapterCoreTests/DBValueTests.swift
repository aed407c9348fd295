import DBAdapterCore
import Testing

@Suite struct DBValueTests {
  @Test func staysSmall() {
    // Three words with the tag; one reference cell more would cost every row.
    #expect(MemoryLayout<DBValue>.size == 17)
    #expect(MemoryLayout<DBValue>.stride == 24)
  }

  @Test func isWrittenAsLiterals() {
    let values: [DBValue] = [nil, true, 42, 1.5, "text", [1, "two"]]
    #expect(
      values == [.null, .bool(true), .int(42), .double(1.5), .text("text"), .array(DBArray([.int(1), .text("two")]))])
  }

  @Test func namesItsKind() {
    #expect(DBValue.null.kindName == "null")
    #expect(DBValue.native(DBNative(typeName: "tsvector", text: "")).kindName == "tsvector")
    #expect(DBValue.null.isNull && !DBValue.text("").isNull)
  }

  @Test(arguments: [
    (DBValue.null, "NULL"), (.double(0.1), "0.1"), (.double(3), "3"), (.double(1e300), "1e+300"),
    (.double(.nan), "NaN"),
    (.double(-.infinity), "-Infinity"), (.bytes(DBBytes([0, 255])), "\\x00ff"), (.uint(.max), "18446744073709551615"),
    (.array(DBArray([1, nil])), "[1, NULL]"), (.array(DBArray([1], lowerBound: 0)), "[0:]=[1]"),
    (.document(["a": 1, "b": "x"]), "{a: 1, b: x}"), (.double(-0.0), "-0"),
  ])
  func readsWell(_ value: DBValue, _ text: String) {
    #expect(value.description == text)
  }

  @Test func doublesReadBack() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      let text = DBValue.double(number).description
      #expect(Double(text)?.bitPattern == number.bitPattern, "\(text), seed \(generator.seed)")
    }
  }
}

@Suite struct DBBytesTests {
  @Test(arguments: [
    ("", "", ""), ("f", "66", "Zg=="), ("fo", "666f", "Zm8="), ("foo", "666f6f", "Zm9v"),
    ("foobar", "666f6f626172", "Zm9vYmFy"),
  ])
  func writesHexadecimalAndBase64(_ text: String, _ hexadecimal: String, _ base64: String) {
    // The vectors of RFC 4648 section 10.
    let bytes = DBBytes(text.utf8)
    #expect(bytes.hexadecimal == hexadecimal && bytes.base64 == base64)
    #expect(DBBytes(hexadecimal: hexadecimal) == bytes)
  }

  @Test func readsHexadecimal() {
    #expect(DBBytes(hexadecimal: "\\x00FFab")?.bytes == [0, 255, 171])
    #expect(DBBytes(hexadecimal: "0x0a")?.bytes == [10])
    #expect(DBBytes(hexadecimal: "\\x")?.bytes == [])
    for text in ["0", "0g", "\\x0", "x00", "00 00", "é"] { #expect(DBBytes(hexadecimal: text) == nil, "\(text)") }
  }

  @Test func readsWhatItWrites() {
    var generator = SeededGenerator()
    for _ in 0..<1_000 {
      let bytes = DBBytes(
        (0..<Int.random(in: 0...64, using: &generator)).map { _ in .random(in: .min ... .max, using: &generator) })
      #expect(DBBytes(hexadecimal: bytes.hexadecimal) == bytes, "seed \(generator.seed)")
      #expect(DBBytes(hexadecimal: bytes.description) == bytes, "seed \(generator.seed)")
      #expect(bytes.base64.utf8.count == (bytes.count + 2) / 3 * 4)
    }
  }
}

@Suite struct DBUUIDTests {
  @Test func readsTheFormsPostgreSQLReads() throws {
    let uuid = DBUUID(high: 0xA0EE_BC99_9C0B_4EF8, low: 0xBB6D_6BB9_BD38_0A11)
    let canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    #expect(uuid.description == canonical)
    for text in [
      canonical, canonical.uppercased(), "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
      "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
    ] {
      #expect(DBUUID(text) == uuid, "\(text)")
    }
  }

  @Test(arguments: [
    "", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
    "a-0eebc999c0b4ef8bb6d6bb9bd380a11",
    "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  ])
  func refuses(_ text: String) {
    #expect(DBUUID(text) == nil)
  }

  @Test func makesVersionFour() {
    let uuid = DBUUID.random()
    #expect(uuid.high >> 12 & 15 == 4 && uuid.low >> 62 == 2)
    #expect(uuid != .random())
    #expect(DBUUID(uuid.description) == uuid)
    #expect(DBUUID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
    #expect(DBUUID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
  }
}
