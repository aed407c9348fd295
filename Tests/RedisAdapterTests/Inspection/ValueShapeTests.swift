import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Shapes of values")
struct ValueShapeTests {
  @Test(
    "bytes are of a kind",
    arguments: [
      ("", .empty), ("0", .integer), ("-12", .integer), ("1.5", .float), ("-1e9", .float), ("1e999", .text),
      ("-", .text), ("1.2.3", .text), ("true", .boolean), ("2026-11-21", .date), ("2026-11-21T10:00:00Z", .timestamp),
      ("550e8400-e29b-41d4-a716-446655440000", .uuid), ("{\"a\":1}", .json), ("[1,2]", .json), ("{broken", .text),
      ("hello\nworld", .text), ("\u{0}", .binary), ("nan", .text),
    ] as [(String, ValueKind)])
  func kinds(text: String, kind: ValueKind) { #expect(ValueKind(Array(text.utf8)) == kind) }

  @Test("a part of a value is only text or binary")
  func parts() {
    #expect(ValueKind(Array("{\"a\":".utf8), isWhole: false) == .text)
    #expect(ValueKind(Array("123".utf8), isWhole: false) == .text)
    #expect(ValueKind(Array("größe".utf8).dropLast(2).dropLast(2) + [0xC3], isWhole: false) == .text)
    #expect(ValueKind([0xFF, 0x41, 0x41, 0x41, 0x41], isWhole: false) == .binary)
  }

  @Test("JSON has paths with presence and types")
  func json() {
    var shape = ValueShape()
    let values = [
      #"{"id":1,"name":"a","tags":["x"],"address":{"city":"B"}}"#, #"{"id":2,"name":null,"tags":[]}"#,
      #"{"id":"3","items":[{"sku":1},{"sku":2,"a.b":true}]}"#, "plain",
    ]
    for (row, value) in values.enumerated() { shape.add(Array(value.utf8), row: row) }
    #expect(shape.kinds == [.json: 3, .text: 1])
    let paths = shape.json.all("value")
    #expect(
      paths.map(\.name) == [
        "value.address", "value.address.city", "value.id", "value.items", "value.items[]", "value.items[].\"a.b\"",
        "value.items[].sku", "value.name", "value.tags", "value.tags[]",
      ])
    #expect(paths.first { $0.name == "value.id" }?.types.map(\.type.nativeName) == ["integer", "text"])
    #expect(paths.first { $0.name == "value.id" }?.rows.count == 3)
    #expect(paths.first { $0.name == "value.items[].sku" }?.rows.count == 1)
    #expect(paths.first { $0.name == "value.name" }?.types.map(\.type.nativeName) == ["null", "text"])
  }

  @Test("objects used as maps are one path, and memory is bounded")
  func maps() {
    var byNumber = JSONShape()
    var byName = JSONShape()
    for row in 0..<300 {
      byNumber.add(.document(["\(row)": .document(["n": 1])]), row: row)
      byName.add(.document(["m": .document(["name\(row)x": .document(["n": 1])])]), row: row)
    }
    #expect(byNumber.all("").map(\.name) == ["{int}", "{int}.n"])
    #expect(byName.all("").map(\.name) == ["m", "m.{name}", "m.{name}.n"])
    #expect(byName.all("").last?.rows.count == 300)
    var wild = JSONShape()
    for row in 0..<20_000 {
      wild.add(.document(["a\(row % 97)q": .document(["b\(row % 89)q": .document(["c\(row % 83)q": 1])])]), row: 0)
    }
    #expect(wild.all("").count <= 1_200)
    var deep: DBValue = 1
    for _ in 0..<50 { deep = .document(["d": deep]) }
    wild = JSONShape()
    wild.add(deep, row: 0)
    #expect(wild.all("").count == 8)
  }
}
