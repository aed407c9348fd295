import MongoAdapter
import Testing

@Suite struct ExtendedJSONStreamTests {
  /// Reads a text in pieces of a size.
  private func read(_ text: String, pieces size: Int) throws(BSONError) -> [ExtendedJSONStream.Item] {
    try read(Array(text.utf8), pieces: size).items
  }

  private func read(
    _ bytes: [UInt8], pieces size: Int, stopsAt failure: inout BSONError?
  ) -> [ExtendedJSONStream.Item] {
    var stream = ExtendedJSONStream()
    var items: [ExtendedJSONStream.Item] = []
    do throws(BSONError) {
      for start in stride(from: 0, to: bytes.count, by: size) {
        try stream.read(Array(bytes[start..<min(start + size, bytes.count)]), into: &items)
      }
      try stream.finish()
    } catch {
      failure = error
    }
    return items
  }

  private func read(
    _ bytes: [UInt8], pieces size: Int
  ) throws(BSONError) -> (items: [ExtendedJSONStream.Item], count: Int) {
    var failure: BSONError?
    let items = read(bytes, pieces: size, stopsAt: &failure)
    if let failure { throw failure }
    return (items, items.count)
  }

  @Test(arguments: [1, 2, 3, 7, 1_000]) func formsAndPieces(_ size: Int) throws {
    for text in [
      "{\"a\":1}\n{\"a\":\"}{\\\"\"}\n\n {\"a\":[{}]}", "\u{FEFF}{\"a\":1}{\"a\":\"}{\\\"\"}\r\n\n{\"a\":[{}]}\n",
      "[{\"a\":1},{\"a\":\"}{\\\"\"},\n\n{\"a\":[{}]}]\n", " [ {\"a\":1} , {\"a\":\"}{\\\"\"}\n,\n{\"a\":[{}]}\n] ",
    ] {
      let items = try read(text, pieces: size)
      #expect(items.map(\.number) == [1, 2, 3])
      #expect(items.map { $0.document.extendedJSON() } == [#"{"a":1}"#, #"{"a":"}{\""}"#, #"{"a":[{}]}"#])
      #expect(items[0].line == 1)
      #expect(items[2].line == (text.hasPrefix(" ") ? 3 : text.hasPrefix("[") ? 3 : text.hasPrefix("{") ? 4 : 3))
    }
    #expect(try read("", pieces: size).isEmpty)
    #expect(try read("[]", pieces: size).isEmpty)
    #expect(try read("\n \n", pieces: size).isEmpty)
  }

  @Test(arguments: [
    ("{\"a\":1}\n{\"a\":x}\n{\"a\":3}", "line 2, column 6: expected a value", 1),
    ("{\"é\":1} {\"é\":\n\"x\" 1}", "line 2, column 5: expected ',' or '}'", 1),
    ("{\"a\":1} {\"é\":x}", "line 1, column 14: expected a value", 1),
    ("{\"a\":1}\n\n {\"a\":[1}", "line 3, column 2: the document does not end", 1),
    ("{\"a\":1},{\"a\":2}", "line 1, column 8: expected a document, which begins with {", 1),
    ("[{\"a\":1} {\"a\":2}]", "line 1, column 10: expected ',' or ']'", 1),
    ("[{\"a\":1},]", "line 1, column 10: expected a document, which begins with {", 1),
    ("[{\"a\":1},", "line 1, column 10: expected a document, and the text ends", 1),
    ("[{\"a\":1}", "line 1, column 9: expected ',' or ']', and the text ends", 1),
    ("[{\"a\":1}] {}", "line 1, column 11: expected the end of the text", 1),
    ("{\"$oid\":\"5f5f5f5f5f5f5f5f5f5f5f5f\"}", "line 1, column 1: expected a document, and this is a value", 0),
    ("42", "line 1, column 1: expected a document, which begins with {", 0),
  ]) func whatIsNoDocumentIsPlaced(_ text: String, _ message: String, _ before: Int) {
    for size in [1, 5, 1_000] {
      var failure: BSONError?
      let items = read(Array(text.utf8), pieces: size, stopsAt: &failure)
      #expect(items.count == before)
      #expect(failure?.description.hasPrefix(message) == true, "\(failure?.description ?? "no error")")
    }
  }

  @Test func bytesThatAreNoText() {
    var failure: BSONError?
    let items = read(Array("{\"a\":1}\n{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8), pieces: 4, stopsAt: &failure)
    #expect(items.count == 1)
    #expect(failure?.description == "line 2, column 1: the document is not valid UTF-8")
  }
}
