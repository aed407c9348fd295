import DBAdapterCore
import Foundation
import Testing

/// A batch of text, integers and nulls.
func batch(_ names: [String], _ rows: [[DBValue]], formats: [CellFormat]? = nil) -> RowBatch {
  let columns = names.map { Column(name: $0, type: DBType(.unknown, nativeName: "any")) }
  var builder = RowBatchBuilder(columns: ColumnSet(columns, formats: formats ?? names.map { _ in .text }))
  for value in rows.joined() {
    switch value {
    case .null: builder.appendNull()
    case .int(let number): builder.append(int: number)
    case .double(let number): builder.append(double: number)
    case .text(let text): Array(text.utf8).withUnsafeBytes { builder.append(text: $0) }
    case .bytes(let bytes): bytes.bytes.withUnsafeBytes { builder.append(bytes: $0) }
    default: preconditionFailure("not made for \(value)")
    }
  }
  return builder.finish(rowCount: rows.count)
}

@Suite struct RowBatchTests {
  @Test func givesBackWhatItWasGiven() {
    let rows: [[DBValue]] = [
      [1, "é", nil], [.int(.min), "", .bytes(DBBytes([0]))], [.double(.infinity), "a\0b", "😀"],
    ]
    let batch = batch(["a", "b", "c"], rows)
    #expect(batch.count == 3)
    #expect(batch.map(\.values) == rows)
    #expect(batch[0].isNull(at: 2) && !batch[1].isNull(at: 2))
    #expect(batch[1][2] == .bytes(DBBytes([0])))
    #expect(batch.columns.names == ["a", "b", "c"])
  }

  @Test func namesTheLeftmostOfDuplicates() {
    let row = batch(["x", "", "x", ""], [[1, 2, 3, 4]])[0]
    #expect(row["x"] == 1 && row[""] == 2 && row["y"] == nil)
    #expect(row[2] == 3 && row[3] == 4)
    #expect(row.columns.index(of: "") == 1)
  }

  @Test func hasNoRowsOrNoColumns() {
    #expect(batch(["a"], []).isEmpty)
    #expect(batch(["a"], []).columns.count == 1)
    #expect(RowBatch.empty().columns.isEmpty)
    let bare = batch([], [[], [], []])
    #expect(bare.count == 3)
    #expect(bare.allSatisfy { $0.values.isEmpty })
    #expect(bare[0][""] == nil)
  }

  @Test func holdsStringsThatNeedNotBeTextAndWholeValues() {
    let columns = ColumnSet([Column(name: "v", type: DBType(.text, nativeName: "string"))], formats: [.text])
    var builder = RowBatchBuilder(columns: columns)
    let strings: [[UInt8]] = [[], Array("é".utf8), [0xFF], [0x61, 0x00], Array("twelve bytes".utf8) + [0xC3], [0xC3]]
    for string in strings { string.withUnsafeBytes { builder.append(string: $0) } }
    let values: [DBValue] = [.null, 7, 1.5, ["a", ["b": .bytes(DBBytes([0xFF]))]], .uint(.max)]
    for value in values { builder.append(value: value) }
    let rows = builder.finish()
    let read = rows.map { $0[0] }
    #expect(read[0] == "" && read[1] == "é" && read[3] == "a\0")
    for position in [2, 4, 5] { #expect(read[position] == .bytes(DBBytes(strings[position]))) }
    #expect(Array(read[6...]) == values)
    #expect(rows[6].isNull(at: 0))
    builder.append(value: ["next batch"])
    #expect(builder.finish().map { $0[0] } == [["next batch"]])
  }

  @Test func invalidUTF8StaysBytes() {
    let columns = ColumnSet([Column(name: "t", type: DBType(.text, nativeName: "varchar(9)"))], formats: [.text])
    var builder = RowBatchBuilder(columns: columns)
    for encoded in [false, true] {
      let broken: [UInt8] = [0x61, 0xFF]
      broken.withUnsafeBytes { encoded ? builder.append(encoded: $0) : builder.append(text: $0) }
    }
    let expected = DBValue.native(DBNative(typeName: "varchar(9)", bytes: DBBytes([0x61, 0xFF])))
    #expect(builder.finish().map { $0[0] } == [expected, expected])
  }

  @Test func readsNetworkOrder() {
    let formats: [CellFormat] = [.bool, .int16, .int32, .int64, .float32, .float64, .bytes]
    let columns = formats.indices.map { Column(name: "c\($0)", type: DBType(.native, nativeName: "n")) }
    var builder = RowBatchBuilder(columns: ColumnSet(columns, formats: formats))
    let cells: [[UInt8]] = [
      [1], [0xFF, 0xFE], [0, 0, 1, 0], [0x80, 0, 0, 0, 0, 0, 0, 0], [0x3F, 0x80, 0, 0], [0xC0, 0, 0, 0, 0, 0, 0, 0],
      [7, 0],
    ]
    for cell in cells { cell.withUnsafeBytes { builder.append(encoded: $0) } }
    // A cell of the wrong length is kept as it is.
    for _ in formats { [UInt8]([1, 2, 3]).withUnsafeBytes { builder.append(encoded: $0) } }
    let rows = builder.finish()
    #expect(rows[0].values == [true, -2, 256, .int(.min), 1.0, -2.0, .bytes(DBBytes([7, 0]))])
    let whole = DBValue.native(DBNative(typeName: "n", bytes: DBBytes([1, 2, 3])))
    #expect(rows[1].values == [whole, whole, whole, whole, whole, whole, .bytes(DBBytes([1, 2, 3]))])
  }

  @Test func startsOverAfterABatch() {
    let columns = ColumnSet([Column(name: "a", type: DBType(.integer, nativeName: "int"))], formats: [.int64])
    var builder = RowBatchBuilder(columns: columns)
    builder.append(int: 1)
    let first = builder.finish()
    #expect(builder.byteCount == 0)
    builder.append(int: 2)
    #expect(builder.finish().map { $0[0] } == [2])
    #expect(first.map { $0[0] } == [1])
  }

  @Test func lendsTextBytes() {
    let row = batch(["a", "b"], [["é", 1]])[0]
    #expect(row.withTextBytes(at: 0) { Array($0) } == [0xC3, 0xA9])
    #expect(row.withTextBytes(at: 1) { Array($0) } == nil)
  }
}

@Suite struct RowDecodingTests {
  private let row = batch(["id", "name", "id"], [[7, nil, "x"]])[0]

  private enum Mood: String, Codable { case happy }
  private struct Person: Decodable, Equatable {
    var id: Int64
    var name: String?
    var missing: Int?
  }

  @Test func decodesByPositionAndName() throws {
    #expect(try row.decode(Int.self, at: 0) == 7)
    #expect(try row.decode(Int.self, at: "id") == 7)
    #expect(try row.decode(String.self, at: 2) == "x")
    let name: String? = try row.decode(at: "name")
    #expect(name == nil)
  }

  @Test func decodesTuples() throws {
    let (id, name, other) = try row.decode((Int64, String?, String).self)
    #expect(id == 7 && name == nil && other == "x")
    let optional = try row.decode(Int?.self) ?? 0
    #expect(optional == 7)
    #expect(try batch(["value"], [[nil]])[0].decode(String?.self) ?? "none" == "none")

    let error = dbError { () throws(DBError) in try row.decode((Int64, Int64).self) }
    #expect(error?.message.contains("\"name\" (index 1, any): wanted Int64, found null") == true)
    let tooWide = dbError { () throws(DBError) in try row.decode((Int64, String?, String, Int).self) }
    #expect(tooWide?.message.contains("no column at index 3") == true)
  }

  @Test func errorsNameTheColumn() {
    let error = dbError { () throws(DBError) in try row.decode(Bool.self, at: "name", file: "App/Main.swift", line: 12)
    }
    #expect(error?.code == .decodingFailed)
    #expect(error?.message == "column \"name\" (index 1, any): wanted Bool, found null")
    #expect(error?.origin == .init(file: "App/Main.swift", line: 12))
    let missing = dbError { () throws(DBError) in try row.decode(Int.self, at: "nme") }
    #expect(missing?.message.contains("no column named \"nme\"; its 3 columns are \"id\", \"name\", \"id\"") == true)
    for index in [-1, 3, .max] {
      #expect(dbError { () throws(DBError) in try row.decode(Int.self, at: index) }?.code == .decodingFailed)
    }
  }

  @Test func decodesStructures() throws {
    #expect(try row.decode(as: Person.self) == Person(id: 7, name: nil, missing: nil))
    struct Typed: Decodable, Equatable {
      var mood: Mood
      var tags: [String]
      var inner: Inner
      struct Inner: Decodable, Equatable { var a: Int }
    }
    let formats: [CellFormat] = [.text, .custom(JSONCells()), .custom(JSONCells())]
    var builder = RowBatchBuilder(
      columns: ColumnSet(
        ["mood", "tags", "inner"].map { Column(name: $0, type: DBType(.json, nativeName: "json")) }, formats: formats))
    for text in ["happy", "[\"x\",\"y\"]", "{\"a\":1}"] {
      Array(text.utf8).withUnsafeBytes { builder.append(encoded: $0) }
    }
    #expect(
      try builder.finish()[0].decode(as: Typed.self) == Typed(mood: .happy, tags: ["x", "y"], inner: .init(a: 1)))
  }

  @Test func valueTypesStandInStructures() throws {
    struct Stay: Decodable, Equatable {
      var id: DBUUID
      var price: DBDecimal
      var day: DBDate
      var since: DBTimestamp?
    }
    let uuid = DBUUID(high: 1, low: 2)
    let row = batch(["id", "price", "day", "since"], [[.text(uuid.description), "1.50", "1970-01-02", nil]])[0]
    let stay = try row.decode(as: Stay.self)
    #expect(stay.id == uuid && stay.since == nil)
    #expect(stay.price.description == "1.50" && stay.day == DBDate(daysSinceUnixEpoch: 1))
    let encoded = try JSONEncoder().encode([stay.price])
    #expect(try JSONDecoder().decode([DBDecimal].self, from: encoded) == [stay.price])
  }

  @Test func structureErrorsNameTheColumn() {
    struct Wrong: Decodable { var name: String }
    struct Absent: Decodable { var nme: String }
    struct Moody: Decodable { var mood: Mood }
    struct Nested: Decodable {
      var inner: Inner
      struct Inner: Decodable { var a: Int }
    }
    func error<T: Decodable>(_ type: T.Type, _ row: Row) -> String {
      dbError { () throws(DBError) in try row.decode(as: type) }?.message ?? ""
    }
    #expect(error(Wrong.self, row).contains("\"name\" (index 1, any): wanted String, found null"))
    #expect(error(Absent.self, row).contains("no column named \"nme\""))
    #expect(error(Moody.self, batch(["mood"], [["sad"]])[0]).contains("\"mood\" (index 0"))
    let json = ColumnSet(
      [Column(name: "inner", type: DBType(.json, nativeName: "json"))], formats: [.custom(JSONCells())])
    var builder = RowBatchBuilder(columns: json)
    Array("{\"b\":1}".utf8).withUnsafeBytes { builder.append(encoded: $0) }
    #expect(error(Nested.self, builder.finish()[0]).contains("\"inner\" (index 0"))
  }
}

private struct JSONCells: CellDecoder {
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue { .json(DBJSON(String(decoding: bytes, as: UTF8.self))) }
}
