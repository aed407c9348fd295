import DBAdapterCore
import DBRendering
import Testing

@Suite struct FormatTests {
  @Test(arguments: OutputFormat.allCases) func everyValueInEveryFormat(_ format: OutputFormat) throws {
    var outcome = ResultOutcome()
    outcome.requestID = DBUUID(high: 1, low: 2)
    outcome.connection = "localhost:5432/shop"
    outcome.engine = .postgres
    outcome.commandTag = "SELECT"
    outcome.truncation = Truncation(.rowLimit, limit: 4)
    outcome.notices = [ServerNotice(severity: "NOTICE", message: "careful")]
    outcome.timing = QueryTiming(waited: .milliseconds(1), executed: .microseconds(2_500), fetched: .milliseconds(3))
    expectGolden(try RenderingFixture.everything.rendered(format, outcome).text, "everything.\(format)")
  }

  @Test(arguments: OutputFormat.allCases.filter { $0 != .envelope }) func noRows(_ format: OutputFormat) throws {
    let text = try RenderingFixture([("id", .integer), ("name", .text)], []).rendered(format).text
    let expected: [OutputFormat: String] = [
      .table: "id │ name\n───┼─────\n", .vertical: "", .markdown: "| id | name |\n| ---: | --- |\n", .csv: "id,name\n",
      .tsv: "id\tname\n", .json: "[]\n", .jsonl: "", .raw: "",
    ]
    #expect(text == expected[format])
  }

  @Test(arguments: OutputFormat.allCases.filter { $0 != .envelope }) func noColumns(_ format: OutputFormat) throws {
    let text = try RenderingFixture([], [[], []]).rendered(format).text
    let expected: [OutputFormat: String] = [
      .table: "", .vertical: "── row 1 ──\n── row 2 ──\n", .markdown: "", .csv: "\n\n\n", .tsv: "\n\n\n",
      .json: "[\n {},\n {}\n]\n", .jsonl: "{}\n{}\n", .raw: "\n\n",
    ]
    #expect(text == expected[format])
  }

  @Test func duplicateNamesAreRenamedInObjectsOnly() throws {
    let fixture = RenderingFixture(
      [("a", .integer), ("a", .integer), ("a_2", .integer), ("a", .integer)], [[1, 2, 3, 4]])
    let lines = try fixture.rendered(.jsonl)
    #expect(lines.text == "{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}\n")
    #expect(lines.notes.renamings.map(\.written) == ["a_3", "a_4"])
    #expect(lines.notes.renamings.map(\.original) == ["a", "a"])
    let csv = try fixture.rendered(.csv)
    #expect(csv.text == "a,a,a_2,a\n1,2,3,4\n")
    #expect(csv.notes.renamings.isEmpty)
  }

  @Test func csvKeepsNullAndEmptyApart() throws {
    let fixture = RenderingFixture([("t", .text)], [[.text("")], [.null], [.text("-")]])
    #expect(try fixture.rendered(.csv).text == "t\n\"\"\n\n-\n")
    #expect(try fixture.rendered(.csv) { $0.nullText = "-" }.text == "t\n\n-\n\"-\"\n")
    #expect(try fixture.rendered(.tsv).text == "t\n\n\\N\n-\n")
    #expect(try fixture.rendered(.csv) { $0.hasHeader = false }.text == "\"\"\n\n-\n")
  }

  @Test func csvQuotesWhatTheDelimiterNeeds() throws {
    let fixture = RenderingFixture(
      [("a;b", .text), ("n", .float)], [[.text("x;y"), .double(1.5)], [.text("x,y"), .null], [.text("a\rb"), 1]])
    #expect(try fixture.rendered(.csv) { $0.delimiter = 59 }.text == "\"a;b\";n\n\"x;y\";1.5\nx,y;\n\"a\rb\";1\n")
    #expect(try fixture.rendered(.csv) { $0.delimiter = 46 }.text == "a;b.n\nx;y.\"1.5\"\nx,y.\n\"a\rb\".1\n")
  }

  @Test func tsvEscapesAsCopyDoes() throws {
    #expect(try RenderingFixture.texts(["a\tb\nc\rd\\e"]).rendered(.tsv).text == "t\na\\tb\\nc\\rd\\\\e\n")
  }

  @Test func rawGivesTheBytesOfOneColumnAsTheyAre() throws {
    let bytes: [UInt8] = [0, 255, 10, 65]
    var options = RenderingOptions()
    let sink = MemorySink()
    var writer = ResultWriter(OutputFormat.raw.renderer(options), to: sink)
    let rows = RenderingFixture([("b", .bytes)], [[.bytes(DBBytes(bytes))]]).rows
    writer.begin(rows.columns)
    try writer.rows(rows)
    try writer.end(ResultOutcome())
    #expect(sink.bytes == bytes)
    options.binary = .hex
    #expect(
      try RenderingFixture([("b", .bytes)], [[.bytes(DBBytes(bytes))]]).rendered(.raw) { $0 = options }.text
        == "\\x00ff0a41\n")
  }

  @Test func invalidTextIsShownAsBytesInEveryFormat() throws {
    let fixture = RenderingFixture(text: [[0x61, 0xFF, 0x62], [0xC3, 0xA9], [0xC0, 0x80], [0xED, 0xA0, 0x80]])
    #expect(try fixture.rendered(.csv).text == "t\n\\x61ff62\né\n\\xc080\n\\xeda080\n")
    #expect(
      try fixture.rendered(.jsonl).text
        == "{\"t\":\"Yf9i\"}\n{\"t\":\"é\"}\n{\"t\":\"wIA=\"}\n{\"t\":\"7aCA\"}\n")
  }

  @Test func nulBytesSurvive() throws {
    let fixture = RenderingFixture.texts(["a\0b"])
    #expect(try fixture.rendered(.csv).text == "t\na\0b\n")
    #expect(try fixture.rendered(.jsonl).text == "{\"t\":\"a\\u0000b\"}\n")
    #expect(try fixture.rendered(.table).text == "t\n──────\na\\x00b\n")
  }

  @Test func jsonEscapesAtEveryAlignment() throws {
    for length in 0..<20 {
      for special in ["\"", "\\", "\n", "\u{1F}", "\u{7F}"] {
        let text = String(repeating: "é", count: length) + special + String(repeating: "x", count: 19 - length)
        let line = try RenderingFixture.texts([text]).rendered(.jsonl).text
        let parsed = try DBJSON(line).parsed()
        #expect(parsed == .document(["t": .text(text)] as DBDocument))
      }
    }
  }

  @Test func numbersAsStrings() throws {
    let fixture = RenderingFixture(
      [("i", .integer), ("d", .decimal), ("f", .float)],
      [[.int(.max), .decimal(DBDecimal(canonical: "1.10")), .double(0.5)]])
    #expect(
      try fixture.rendered(.jsonl) { $0.numbers = .string }.text
        == "{\"i\":\"9223372036854775807\",\"d\":\"1.10\",\"f\":0.5}\n")
  }

  @Test func binaryEncodings() throws {
    let fixture = RenderingFixture([("b", .bytes)], [[.bytes(DBBytes("hé".utf8))], [.bytes(DBBytes([0xFF]))]])
    #expect(try fixture.rendered(.csv) { $0.binary = .base64 }.text == "b\naMOp\n/w==\n")
    #expect(try fixture.rendered(.csv) { $0.binary = .utf8 }.text == "b\nhé\n\\xff\n")
    #expect(try fixture.rendered(.jsonl) { $0.binary = .hex }.text == "{\"b\":\"68c3a9\"}\n{\"b\":\"ff\"}\n")
    #expect(try fixture.rendered(.jsonl) { $0.binary = .utf8 }.text == "{\"b\":\"hé\"}\n{\"b\":\"\\\\xff\"}\n")
  }

  @Test func longCellsAreCutAndCounted() throws {
    let fixture = RenderingFixture.texts(["short", "éééééééééé", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"])
    let csv = try fixture.rendered(.csv) { $0.maximumCell = 5 }
    #expect(csv.text == "t\nshort\nééééé…\n👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦…\n")
    #expect(csv.notes.cutCells == 2)
    let json = try fixture.rendered(.jsonl) { $0.maximumCell = 5 }
    #expect(json.notes.cutCells == 2)
    #expect(json.text.hasPrefix("{\"t\":\"short\"}\n{\"t\":\"ééééé…\"}\n"))
  }

  @Test func envelopesTellTheSameRowsByTheirHash() throws {
    func hash(_ lines: [[DBValue]]) throws -> Substring? {
      let text = try RenderingFixture([("a", .integer)], lines).rendered(.envelope).text
      return text.split(separator: "\"hash\":\"").last?.prefix { $0 != "\"" }
    }
    #expect(try hash([[1], [2], [3]]) == hash([[3], [1], [2]]))
    #expect(try hash([[1], [2], [3]]) != hash([[1], [2], [4]]))
    #expect(try hash([[1], [1]]) != hash([]))
  }

  @Test func anEnvelopeOfAFailureSaysSo() throws {
    var outcome = ResultOutcome()
    outcome.error = DBError(.timeout, "too slow")
    let sink = MemorySink()
    var writer = ResultWriter(OutputFormat.envelope.renderer(), to: sink)
    try writer.end(outcome)
    guard case .document(let document) = try DBJSON(sink.text).parsed(),
      case .document(let error)? = document["error"]
    else {
      Issue.record("no document: \(sink.text)")
      return
    }
    #expect(document["success"] == .bool(false))
    #expect(document["rows"] == .array(DBArray([])))
    #expect(error["code"] == .text("DB_TIMEOUT"))
  }

  @Test func everyFormatSurvivesManyRows() throws {
    let line: [DBValue] = [1, .text("x"), .null]
    let fixture = RenderingFixture(
      [("a", .integer), ("b", .text), ("c", .text)], Array(repeating: line, count: 5_000))
    for format in OutputFormat.allCases {
      let text = try fixture.rendered(format).text
      #expect(text.utf8.count > 5_000 * 4)
    }
  }

  @Test func bytesAmongTextSayThatTheyAreBytes() throws {
    func rendered(_ kind: DBType.Kind, _ name: String, _ format: OutputFormat) throws -> String {
      let columns = ColumnSet([Column(name: "v", type: DBType(kind, nativeName: name))], formats: [.text])
      var builder = RowBatchBuilder(columns: columns)
      let bytes = DBValue.bytes(DBBytes([0xFF]))
      for value: DBValue in [bytes, "/w==", ["a", bytes], ["b": bytes]] { builder.append(value: value) }
      let sink = MemorySink()
      var writer = ResultWriter(format.renderer(), to: sink)
      writer.begin(columns)
      try writer.rows(builder.finish())
      try writer.end(ResultOutcome())
      return sink.text
    }
    let marked = """
      {"v":{"base64":"/w=="}}
      {"v":"/w=="}
      {"v":["a",{"base64":"/w=="}]}
      {"v":{"b":{"base64":"/w=="}}}

      """
    for (kind, name) in [(DBType.Kind.text, "string"), (.unknown, "any"), (.array, "array"), (.document, "map")] {
      #expect(try rendered(kind, name, .jsonl) == marked)
      #expect(try rendered(kind, name, .tsv).contains("[\"a\",{\"hex\":\"ff\"}]"))
    }
    // Where the type says what they are, or nobody promised anything, they are strings.
    for (kind, name) in [(DBType.Kind.bytes, "bytea"), (.array, "bytea[]"), (.unknown, "")] {
      #expect(
        try rendered(kind, name, .jsonl).hasPrefix("{\"v\":\"/w==\"}\n{\"v\":\"/w==\"}\n{\"v\":[\"a\",\"/w==\"]}"))
    }
  }
}
