import DBAdapterCore
import DBRendering
import Testing

/// Rows that are documents, in every format.
@Suite struct DocumentRenderingTests {
  /// Cells hold the position of their document in a list. Its JSON is that of the test, with `!` after it in canonical style.
  private struct Documents: DocumentDecoder {
    let documents: [DBDocument]

    private func document(_ bytes: UnsafeRawBufferPointer) -> DBDocument {
      documents[Int(bytes.loadUnaligned(as: Int32.self))]
    }

    func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue { .document(document(bytes)) }
    func value(of field: String, in bytes: UnsafeRawBufferPointer) -> DBValue? { document(bytes)[field] }
    func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
      throw DecodeFailure(wanted: "nothing", found: "a document")
    }

    func appendJSON(of bytes: UnsafeRawBufferPointer, style: DocumentStyle, to text: inout [UInt8]) {
      text += document(bytes).description.utf8
      if style == .canonical { text.append(UInt8(ascii: "!")) }
    }

    func forEachValue(
      of bytes: UnsafeRawBufferPointer, _ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void
    ) {
      visit(document(bytes), "", body)
    }

    private func visit(
      _ document: DBDocument, _ path: String, _ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void
    ) {
      for field in document.fields {
        if case .document(let inner) = field.value {
          visit(inner, path + field.name + ".", body)
        } else {
          Array((path + field.name).utf8).withUnsafeBytes { body($0, field.value) }
        }
      }
    }
  }

  private func rendered(
    _ documents: [DBDocument], _ format: OutputFormat, _ change: (inout RenderingOptions) -> Void = { _ in }
  ) throws -> (text: String, notes: RenderingNotes) {
    let columns = ColumnSet(
      [Column(name: "document", type: DBType(.document, nativeName: "document"))],
      formats: [.custom(Documents(documents: documents))])
    var builder = RowBatchBuilder(columns: columns)
    for index in documents.indices { withUnsafeBytes(of: Int32(index)) { builder.append(encoded: $0) } }
    var options = RenderingOptions()
    change(&options)
    let sink = MemorySink()
    var writer = ResultWriter(format.renderer(options), to: sink)
    writer.begin(columns)
    try writer.rows(builder.finish())
    var outcome = ResultOutcome()
    outcome.requestID = DBUUID(high: 1, low: 2)
    try writer.end(outcome)
    #expect(writer.rowCount == documents.count)
    return (sink.text, writer.notes)
  }

  private static let people: [DBDocument] = [
    ["_id": 1, "name": "Ada", "address": .document(["city": "London", "zip": 7])],
    ["_id": 2, "address": .document(["zip": .null, "city": "a,\"b\""]), "name": .text("日本|")],
    ["_id": 3, "name": .native(DBNative(typeName: "objectId", text: "5f"))],
  ]

  @Test func inJSONTheRowIsTheDocument() throws {
    let two: [DBDocument] = [["a": 1], ["a": 2]]
    #expect(try rendered(two, .jsonl).text == "{a: 1}\n{a: 2}\n")
    #expect(try rendered(two, .json).text == "[\n {a: 1},\n {a: 2}\n]\n")
    #expect(try rendered([], .json).text == "[]\n")
    #expect(try rendered(two, .jsonl) { $0.documents = .canonical }.text == "{a: 1}!\n{a: 2}!\n")
    let envelope = try rendered(two, .envelope) { $0.documents = .canonical }.text
    #expect(
      envelope.hasPrefix(
        """
        {"schemaVersion":1,"kind":"result","columns":[{"name":"document","type":"document","nullable":null,\
        "encoding":"extended-json-canonical"}],"rows":[
         {a: 1}!,
         {a: 2}!
        ],"success":true,
        """), "\(envelope)")
    #expect(envelope.contains("\"rowCount\":2,"))
  }

  @Test func inColumnsADocumentIsOneCellOfRelaxedJSON() throws {
    let documents: [DBDocument] = [["a": 1], ["b": "x\"y", "c": "|"]]
    func text(_ format: OutputFormat) throws -> String {
      try rendered(documents, format) { $0.documents = .canonical }.text
    }
    #expect(try text(.csv) == "document\n{a: 1}\n\"{b: x\"\"y, c: |}\"\n")
    #expect(try text(.tsv) == "document\n{a: 1}\n{b: x\"y, c: |}\n")
    #expect(try text(.raw) == "{a: 1}\n{b: x\"y, c: |}\n")
    #expect(try text(.table) == "document\n──────────────\n{a: 1}\n{b: x\"y, c: |}\n")
    #expect(try text(.markdown) == "| document |\n| --- |\n| {a: 1} |\n| {b: x\"y, c: \\|} |\n")
    #expect(try text(.vertical).hasPrefix("── row 1 ──\ndocument │ {a: 1}\n"))
    let cut = try rendered(documents, .csv) { $0.maximumCell = 8 }
    #expect(cut.text == "document\n{a: 1}\n\"{b: x\"\"y,…\"\n")
    #expect(cut.notes.cutCells == 1)
  }

  @Test func flattenedDocumentsAreColumnsInTheOrderOfTheirFields() throws {
    func flat(_ format: OutputFormat) throws -> (text: String, notes: RenderingNotes) {
      try rendered(Self.people, format) { $0.flattensDocuments = true }
    }
    #expect(
      try flat(.csv).text == """
        _id,name,address.city,address.zip
        1,Ada,London,7
        2,日本|,"a,""b""\",
        3,5f,,

        """)
    #expect(
      try flat(.jsonl).text == """
        {"_id":1,"name":"Ada","address.city":"London","address.zip":7}
        {"_id":2,"name":"日本|","address.city":"a,\\"b\\"","address.zip":null}
        {"_id":3,"name":"5f","address.city":null,"address.zip":null}

        """)
    #expect(
      try flat(.table).text == """
        _id │ name  │ address.city │ address.zip
        ────┼───────┼──────────────┼────────────
          1 │ Ada   │ London       │           7
          2 │ 日本| │ a,"b"        │        NULL
          3 │ 5f    │ NULL         │        NULL

        """)
    #expect(try flat(.envelope).text.contains("\n [2,\"日本|\",\"a,\\\"b\\\"\",null],\n"))
    #expect(try flat(.csv).notes.fieldsLeftOut == 0)
    #expect(try rendered([], .jsonl) { $0.flattensDocuments = true }.text == "")
  }

  @Test func whatHasNoColumnIsCountedAndNamed() throws {
    var documents = (0..<256).map { ["_id": .int(Int64($0))] as DBDocument }
    documents += [["_id": 256, "late": 1], ["later": 2, "_id": 257], ["_id": 258, "late": 3, "_id": 259]]
    let flat = try rendered(documents, .csv) { $0.flattensDocuments = true }
    #expect(flat.text == "_id\n" + (0...258).map { "\($0)\n" }.joined())
    #expect(flat.notes.fieldsLeftOut == 4)
    #expect(flat.notes.pathsLeftOut == ["late", "later", "_id"])
    #expect(
      flat.notes.leftOutText
        == "4 values have no column and are left out (late, later, _id, …); the columns are the fields of the first documents"
    )
    let envelope = try rendered(documents, .envelope) { $0.flattensDocuments = true }.text
    #expect(envelope.contains("\"warnings\":[\"4 values have no column and are left out (late, later, _id, …); "))
    let early = try rendered(Array(documents.dropFirst()), .csv) { $0.flattensDocuments = true }
    #expect(early.text.hasPrefix("_id,late\n1,\n"))
    #expect(early.notes.fieldsLeftOut == 2)
  }

  @Test func anEmptyTextIsNotAMissingField() throws {
    let flat = try rendered([["a": "", "b": 1], ["b": 2]], .csv) { $0.flattensDocuments = true }
    #expect(flat.text == "a,b\n\"\",1\n,2\n")
  }
}
