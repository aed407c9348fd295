import DBAdapterCore
import Testing

@Suite struct DBJSONTests {
  @Test(
    arguments: [
      ("null", DBValue.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0),
      ("-9223372036854775808", .int(.min)),
      ("9223372036854775808", .decimal(DBDecimal("9223372036854775808")!)), ("1.0", .decimal(DBDecimal("1.0")!)),
      ("1e2", .decimal(DBDecimal("100")!)), ("1E+2", .decimal(DBDecimal("100")!)),
      ("-1.5e-3", .decimal(DBDecimal("-0.0015")!)),
      ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{8}\u{C}\n\r\t")), (#""\u00e9\ud83d\ude00""#, "é😀"),
      ("[]", []), ("[1,[2],{}]", [1, [2], .document([:])]), (#"{"a":1,"a":2}"#, .document(["a": 1, "a": 2])),
      ("\t\r\n[ 1 , 2 ]\n", [1, 2]), ("\"\u{7F}é😀\"", "\u{7F}é😀"),
    ] as [(String, DBValue)])
  func parses(_ text: String, _ value: DBValue) throws {
    #expect(try DBJSON(text).parsed() == value)
  }

  /// A surrogate without its other half is no character; what follows it is kept.
  @Test(arguments: [
    (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"),
    (#""\ud800\n""#, "\u{FFFD}\n"),
    (#""\ud800\"x""#, "\u{FFFD}\"x"), (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
  ])
  func replacesLoneSurrogates(_ text: String, _ value: String) throws {
    #expect(try DBJSON(text).parsed() == .text(value))
  }

  @Test(arguments: [
    "", " ", "nul", "True", "+1", "01", "-01", "1.", ".5", "-.5", "-", "1e", "1e+", "0x1", "1 2", "[", "[1", "[1,]",
    "[,1]", "{",
    #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}", "\"", #""\"#, #""\x""#, #""\u12""#, #""\u12g4""#, "\"\u{1}\"",
    "\"\n\"", "[1]x",
    "NaN", "Infinity", "'a'", "\u{FEFF}1", "1-2", "--1", "1e5.5",
  ])
  func refuses(_ text: String) {
    #expect(throws: DecodeFailure.self) { try DBJSON(text).parsed() }
  }

  @Test func saysWhere() throws {
    let failure = #expect(throws: DecodeFailure.self) { try DBJSON("[1, 2, x]").parsed() }
    #expect(failure?.detail?.hasSuffix("at byte 7") == true)
    #expect(failure?.wanted == "JSON")
  }

  @Test func limitsItsDepth() throws {
    func nested(_ depth: Int) -> DBJSON {
      DBJSON(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(throws: Never.self) { try nested(512).parsed() }
    let failure = #expect(throws: DecodeFailure.self) { try nested(100_000).parsed() }
    #expect(failure?.detail?.contains("512") == true)
    #expect(throws: DecodeFailure.self) { try DBJSON(String(repeating: "[{\"a\":", count: 50_000)).parsed() }
  }

  @Test func keepsTheTextAsItCame() {
    let text = "{ \"b\" : 1.10,\"a\":1e1 }"
    #expect(DBJSON(text).text == text && DBValue.json(DBJSON(text)).description == text)
  }

  @Test func survivesAnyText() {
    var generator = SeededGenerator()
    for _ in 0..<20_000 {
      let text = generator.text(of: "[]{}\",:\\u0d8ntrue1.-+eE \u{1}é😀", upTo: 40)
      // Anything may be refused; what is accepted is written and read back as the same value.
      guard let value = try? DBJSON(text).parsed() else { continue }
      #expect((try? DBJSON(json(value)).parsed()).map { json($0) } == json(value), "\(text), seed \(generator.seed)")
    }
  }
}

@Suite struct JSONWriterTests {
  @Test func writesOnOneLine() {
    var writer = JSONWriter()
    writer.object { root in
      root.member("a", 1 as Int?)
      root.member("b", nil as String?)
      root.member("c", ["x", "{", "["])
      root.member("d") {
        $0.array { list in
          list.object { _ in }; list.array { _ in }; list.bool(true); list.null()
        }
      }
      root.member("", "\"\\\n\r\t\u{1}\u{7F}é")
    }
    #expect(
      writer.text
        == #"{"a":1,"b":null,"c":["x","{","["],"d":[{},[],true,null],"":"\"\\\n\r\t\u0001\u007fé"}"#)
  }

  @Test func indents() {
    var writer = JSONWriter(indentation: 2)
    writer.object { root in
      root.member("a") {
        $0.array {
          $0.number(1); $0.raw("[2]")
        }
      }
      root.member("b") { $0.object { _ in } }
    }
    #expect(writer.text == "{\n  \"a\": [\n    1,\n    [2]\n  ],\n  \"b\": {}\n}")
  }

  @Test func writesWhatItsParserReads() throws {
    var generator = SeededGenerator()
    for _ in 0..<2_000 {
      let value = generator.jsonValue(depth: 4)
      for indentation in [nil, 2] as [Int?] {
        let text = json(value, indentation: indentation)
        #expect((try? DBJSON(text).parsed()) == value, "\(text), seed \(generator.seed)")
      }
    }
  }
}

/// A value as JSON text by ``JSONWriter``.
private func json(_ value: DBValue, indentation: Int? = nil) -> String {
  func write(_ value: DBValue, to writer: inout JSONWriter) {
    switch value {
    case .null: writer.null()
    case .bool(let bool): writer.bool(bool)
    case .text(let text): writer.string(text)
    case .array(let array): writer.array { list in array.elements.forEach { write($0, to: &list) } }
    case .document(let document):
      writer.object { object in
        document.fields.forEach { field in object.member(field.name) { write(field.value, to: &$0) } }
      }
    default: writer.raw(value.description)
    }
  }
  var writer = JSONWriter(indentation: indentation)
  write(value, to: &writer)
  return writer.text
}

extension SeededGenerator {
  fileprivate mutating func jsonValue(depth: Int) -> DBValue {
    func text(_ generator: inout SeededGenerator) -> String {
      generator.text(of: "aé😀\"\\/\n\t\u{0}\u{1F}\u{7F}\u{2028}", upTo: 8)
    }
    switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &self) {
    case 0: return .null
    case 1: return .bool(.random(using: &self))
    case 2: return .int(.random(in: .min ... .max, using: &self))
    case 3: return .decimal(DBDecimal("\(Int32.random(in: .min ... .max, using: &self)).50")!)
    case 4, 5: return .text(text(&self))
    case 6: return .array(DBArray((0..<Int.random(in: 0...4, using: &self)).map { _ in jsonValue(depth: depth - 1) }))
    default:
      return .document(
        DBDocument(
          (0..<Int.random(in: 0...4, using: &self)).map { _ in .init(text(&self), jsonValue(depth: depth - 1)) }))
    }
  }
}
