import DBAdapterCore
import Testing

@Suite struct DBRangeTests {
  @Test func readsBounds() throws {
    let range = try #require(DBRange("[1,10)"))
    #expect(range.lower?.text == "1" && range.lower?.isInclusive == true)
    #expect(range.upper?.text == "10" && range.upper?.isInclusive == false && !range.isEmpty)
    let open = try #require(DBRange("(,2026-01-01]"))
    #expect(open.lower == nil && open.upper?.isInclusive == true)
    let quoted = try #require(DBRange(#"["2026-01-01 00:00:00","a ""b"" \\ c")"#))
    #expect(quoted.lower?.text == "2026-01-01 00:00:00" && quoted.upper?.text == #"a "b" \ c"#)
    #expect(DBRange(#"["",)"#)?.lower?.text == "")
    #expect(DBRange("empty")?.isEmpty == true)
  }

  @Test(arguments: ["", "1,2", "[1,2", "[1;2]", "[1,2]x", "[\"1,2]", "{[1,2)}"])
  func refusesOtherText(_ text: String) {
    #expect(DBRange(text) == nil)
  }

  @Test func readsMultiranges() throws {
    #expect(DBMultirange("{[1,3),[7,)}")?.ranges.map(\.description) == ["[1,3)", "[7,)"])
    #expect(DBMultirange("{}")?.ranges.isEmpty == true)
    #expect(DBMultirange("[1,3)") == nil)
    let native = DBValue.native(DBNative(typeName: "int4range", text: "[1,3)"))
    #expect(try DBRange.decode(native).description == "[1,3)")
    #expect(throws: DecodeFailure.self) { try DBRange.decode(.int(1)) }
  }
}
