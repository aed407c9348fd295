import DBAdapterCore
import Testing

@testable import MongoAdapter

/// The values of a document, with the paths that lead to them.
@Suite struct BSONDocumentPathTests {
  private func values(_ json: String) throws -> [String] {
    let columns = ColumnSet(
      [Column(name: "document", type: DBType(.document, nativeName: "object"))],
      formats: [.custom(BSONDocumentDecoder())])
    var builder = RowBatchBuilder(columns: columns)
    try BSONDocument(extendedJSON: json).withUnsafeBytes { builder.append(encoded: $0) }
    let row = builder.finish()[0]
    var values: [String] = []
    row.forEachValue { path, value in values.append("\(String(decoding: path, as: UTF8.self)) = \(value)") }
    return values
  }

  @Test func documentsWithinAreGoneThrough() throws {
    #expect(
      try values(#"{"_id":1,"a":{"b":{"c":"x"},"d":null},"e":[1,{"f":2}],"g":{}}"#)
        == ["_id = 1", "a.b.c = x", "a.d = NULL", #"e = [1,{"f":2}]"#, "g = {}"])
  }

  @Test func pathsAreNeverAlike() throws {
    #expect(
      try values(#"{"a.b":1,"a":{"b":2,"":3,"c.\"":{"d":4}},"a":5}"#)
        == [#""a.b" = 1"#, "a.b = 2", #"a."" = 3"#, #"a."c.\"".d = 4"#, "a = 5"])
  }

  @Test func scalarsAreAsPeopleReadThem() throws {
    #expect(
      try values(
        """
        {"i":{"$oid":"5f5f5f5f5f5f5f5f5f5f5f5f"},"d":{"$date":"2026-02-28T13:05:07.25Z"},
         "n":{"$numberDecimal":"1.50"},"l":{"$numberLong":"9007199254740993"},"b":{"$binary":{"base64":"/w==","subType":"00"}}}
        """)
        == [
          "i = 5f5f5f5f5f5f5f5f5f5f5f5f", "d = 2026-02-28T13:05:07.25Z", "n = 1.50", "l = 9007199254740993",
          "b = \\xff",
        ])
  }
}
