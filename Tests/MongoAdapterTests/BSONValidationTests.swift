import DBAdapterCore
import Testing

@testable import MongoAdapter

@Suite struct BSONValidationTests {
  /// Malformed documents by what is wrong with them.
  static let malformed: [(String, [UInt8])] = [
    ("nothing", []), ("a length alone", [4, 0, 0, 0]), ("a length too small", [4, 0, 0, 0, 0]),
    ("a length too large", [6, 0, 0, 0, 0]), ("a negative length", [0xFF, 0xFF, 0xFF, 0xFF, 0]),
    ("no closing zero", [5, 0, 0, 0, 1]), ("bytes behind the end", [5, 0, 0, 0, 0, 0]),
    ("an unknown type", [8, 0, 0, 0, 0x20, 0x61, 0, 0]), ("type zero", [8, 0, 0, 0, 0, 0x61, 0, 0]),
    ("a name without end", [7, 0, 0, 0, 0x0A, 0x61, 0]),
    ("an int32 cut short", [11, 0, 0, 0, 0x10, 0x61, 0, 1, 0, 0, 0]),
    ("a string of length 0", [12, 0, 0, 0, 2, 0x61, 0, 0, 0, 0, 0, 0]),
    ("a string of negative length", [13, 0, 0, 0, 2, 0x61, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]),
    ("a string too long", [13, 0, 0, 0, 2, 0x61, 0, 2, 0, 0, 0, 0, 0]),
    ("a string without its zero", [13, 0, 0, 0, 2, 0x61, 0, 1, 0, 0, 0, 1, 0]),
    ("a truth value of 2", [9, 0, 0, 0, 8, 0x61, 0, 2, 0]),
    ("a nested document too long", [13, 0, 0, 0, 3, 0x61, 0, 6, 0, 0, 0, 0, 0]),
    ("a nested document too short", [13, 0, 0, 0, 3, 0x61, 0, 4, 0, 0, 0, 0, 0]),
    ("an unknown type within", [16, 0, 0, 0, 3, 0x61, 0, 8, 0, 0, 0, 0x20, 0x62, 0, 0, 0]),
    ("binary of negative length", [13, 0, 0, 0, 5, 0x61, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]),
    ("binary too long", [13, 0, 0, 0, 5, 0x61, 0, 1, 0, 0, 0, 0, 0]),
    ("old binary with a wrong inner length", [17, 0, 0, 0, 5, 0x61, 0, 4, 0, 0, 0, 2, 1, 0, 0, 0, 0]),
    ("a regular expression without options", [10, 0, 0, 0, 0x0B, 0x61, 0, 0x78, 0, 0]),
    ("code with a scope too short", [13, 0, 0, 0, 0x0F, 0x61, 0, 5, 0, 0, 0, 0, 0]),
    (
      "code with a scope of the wrong length",
      [23, 0, 0, 0, 0x0F, 0x61, 0, 15, 0, 0, 0, 2, 0, 0, 0, 0x78, 0, 6, 0, 0, 0, 0, 0]
    ),
  ]

  @Test(arguments: malformed) func malformedBytesAreRefusedAndEndEarly(what: String, bytes: [UInt8]) {
    #expect(throws: BSONError.self, "\(what)") { try BSONDocument(validating: bytes) }
    let document = BSONDocument(unchecked: bytes[...])
    #expect(document.count <= 1)
    _ = document.extendedJSON(.canonical)
  }

  @Test func errorsSayWhere() {
    let error = #expect(throws: BSONError.self) {
      try BSONDocument(validating: [16, 0, 0, 0, 3, 0x61, 0, 8, 0, 0, 0, 0x20, 0x62, 0, 0, 0])
    }
    #expect(error?.offset == 11)
  }

  @Test func depthIsLimited() throws {
    let deep = try BSONSamples.nested(BSONDocument.deepest)
    #expect(try BSONDocument(validating: deep.bytes) == deep)
    let tooDeep = try BSONSamples.nested(BSONDocument.deepest + 1)
    #expect(throws: BSONError.self) { try BSONDocument(validating: tooDeep.bytes) }
    var abyss = BSONDocument()
    for _ in 0..<20_000 { abyss = try BSONDocument([("", .document(abyss))]) }
    #expect(throws: BSONError.self) { try BSONDocument(validating: abyss.bytes) }
    #expect(abyss.extendedJSON().hasPrefix(#"{"":{"":"#))
    #expect(throws: BSONError.self) { try BSONValue(BSONValue.document(abyss).resultValue) }
  }

  @Test func mutatedBytesNeverCrash() throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(2)
    var seed: UInt64 = 1
    while clock.now < end, seed < 5_000 {
      var samples = BSONSamples(seed: seed)
      var bytes = Array(try samples.document(depth: 3).bytes)
      for _ in 0..<samples.int(1...4) {
        let place = samples.int(0...bytes.count - 1)
        switch samples.int(0...3) {
        case 0: bytes[place] = samples.bytes(1)[0]
        case 1 where bytes.count > 5: bytes.remove(at: place)
        case 2: bytes.insert(0xFF, at: place)
        default: bytes[place] ^= 1 << UInt8(samples.int(0...7))
        }
      }
      // Behind a right frame the rest is read.
      for (place, byte) in withUnsafeBytes(of: Int32(bytes.count).littleEndian, Array.init).enumerated()
      where place < bytes.count {
        bytes[place] = byte
      }
      bytes[bytes.count - 1] = 0
      let document = BSONDocument(unchecked: bytes[...])
      let isValid = (try? BSONDocument(validating: bytes)) != nil
      let copy = try BSONDocument(document.map { ($0.name, $0.value) })
      if isValid, !document.names.joined().unicodeScalars.contains("\u{FFFD}") {
        #expect(copy == document, "seed \(seed)")
      }
      _ = document.extendedJSON(.canonical)
      _ = document.extendedJSON(.relaxed)
      _ = BSONValue.document(document).resultValue
      _ = try? document.decode([String: BSONValue].self)
      seed += 1
    }
    #expect(seed > 1)
  }
}
