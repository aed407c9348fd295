import DBAdapterCore
import DBRendering
import Testing

@Suite struct TableTests {
  @Test func columnsLineUpWhateverTheScript() throws {
    let fixture = RenderingFixture(
      [("名前", .text), ("n", .integer)],
      [
        [.text("日本語"), 1], [.text("cafe\u{301}"), 22], [.text("☕ 👩‍👩‍👧‍👦 🇩🇪"), 333], [.text("한국어"), 4],
        [.text("\u{1112}\u{1161}\u{11AB}"), 5], [.text("1️⃣ ❤️"), 6], [.text("ＡＢ"), 7], [.text("नमस्ते"), 8],
      ])
    expectGolden(try fixture.rendered(.table).text, "scripts.table")
  }

  @Test(arguments: [
    ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("Ａ", 2), ("☕", 2), ("❤", 1), ("❤\u{FE0F}", 2), ("👩‍👩‍👧‍👦", 2), ("🇩🇪", 2),
    ("1\u{FE0F}\u{20E3}", 2), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("\u{200D}", 0), ("👍🏽", 2), ("स्ते", 2), ("—", 1),
    ("…", 1), ("│", 1),
  ])
  func widths(_ text: String, _ width: Int) {
    #expect(SafeText(text).width == width)
  }

  @Test func dataCannotActOnATerminal() throws {
    let attack = "a\u{1B}[31mred\u{1B}]0;title\u{07}\u{9B}1m\r\u{8}\u{7F}\u{202E}evil\u{2028}x"
    let expected = "a\\x1b[31mred\\x1b]0;title\\x07\\u009b1m\\r\\x08\\x7f\\u202eevil\\u2028x"
    let fixture = RenderingFixture([(attack, .text)], [[.text(attack)]])
    for format in OutputFormat.allCases where format.isForPeople {
      let text = try fixture.rendered(format).text
      let unsafe = text.unicodeScalars.filter { $0.properties.generalCategory == .control && $0 != "\n" }
      #expect(unsafe.isEmpty, "\(format)")
      #expect(!text.unicodeScalars.contains("\u{202E}"), "\(format)")
    }
    #expect(try fixture.rendered(.vertical).text == "── row 1 ──\n\(expected) │ \(expected)\n")
    let json = try fixture.rendered(.json).text
    #expect(!json.utf8.contains(0x1B))
  }

  @Test func aTerminalsWidthIsKept() throws {
    let long = String(repeating: "word ", count: 40)
    let fixture = RenderingFixture(
      [("id", .integer), ("wide", .text), ("wider", .text)],
      [[1, .text(long), .text(long + long)], [2, .text("日本語日本語日本語日本語日本語日本語"), .text("x")]])
    for width in [40, 60, 80, 200] {
      let text = try fixture.rendered(.table) { $0.terminalWidth = width }.text
      let widths = text.split(separator: "\n").map { SafeText(String($0)).width }
      #expect(widths.allSatisfy { $0 <= width }, "\(width): \(widths)")
      #expect(text.contains("…"))
    }
    let piped = try fixture.rendered(.table).text
    #expect(piped.contains(long + long))
    #expect(!piped.contains("…"))
  }

  @Test func colourOnlyWhenAskedFor() throws {
    let fixture = RenderingFixture([("a", .text)], [[.null]])
    #expect(try fixture.rendered(.table).text == "a\n────\nNULL\n")
    #expect(
      try fixture.rendered(.table) { $0.isColored = true }.text
        == "\u{1B}[1ma\u{1B}[0m\n────\n\u{1B}[2mNULL\u{1B}[0m\n")
  }

  @Test func nullAndHeaderAsAskedFor() throws {
    let fixture = RenderingFixture([("a", .text), ("b", .text)], [[.null, .text("x")]])
    #expect(try fixture.rendered(.table) { $0.nullText = "∅" }.text == "a │ b\n──┼──\n∅ │ x\n")
    #expect(try fixture.rendered(.table) { $0.hasHeader = false }.text == "NULL │ x\n")
  }

  @Test func untypedColumnsOfNumbersAreRightAligned() throws {
    let numbers = RenderingFixture([("count", .unknown), ("x", .text)], [[1, .text("a")], [.null, .text("b")]])
    #expect(try numbers.rendered(.table).text == "count │ x\n──────┼──\n    1 │ a\n NULL │ b\n")
    let mixed = RenderingFixture([("count", .unknown), ("x", .text)], [[1, .text("a")], [.text("t"), .text("b")]])
    #expect(try mixed.rendered(.table).text == "count │ x\n──────┼──\n1     │ a\nt     │ b\n")
  }

  @Test func widthsStayAfterTheFirstRows() throws {
    var lines = Array(repeating: [DBValue.text("x"), .text("y")], count: 1_000)
    lines.append([.text("longer than all before"), .text("y")])
    let text = try RenderingFixture([("a", .text), ("b", .text)], lines).rendered(.table).text
    #expect(text.hasSuffix("x │ y\nlonger than all before │ y\n"))
  }

  @Test func markdownCannotBreakOut() throws {
    let fixture = RenderingFixture([("a|b", .text)], [[.text("x|y\n<script>`\\")]])
    #expect(try fixture.rendered(.markdown).text == "| a\\|b |\n| --- |\n| x\\|y<br>\\<script>\\`\\\\ |\n")
  }
}
