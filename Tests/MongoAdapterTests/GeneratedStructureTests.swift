import DBAdapterCore
import Testing

@testable import MongoAdapter

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Structures are generated into `GeneratedStructures.swift`, which these tests are compiled with.
/// `BOSDB_UPDATE_GOLDEN=1` writes the file anew.
@Suite("Swift structures made of documents")
struct GeneratedStructureTests {
  private let documents: [[(String, MadeValue)]] = [
    [
      ("_id", .objectID(1)), ("first_name", .string("A")), ("firstName", .string("B")), ("class", .int(1)),
      ("2nd", .long(5)), ("URLPath", .string("/")), ("", .bool(true)), ("né", .double(1)), ("say \"hi\"\n", .int(1)),
      ("postal_code", .string("x")), ("price", .int(1)), ("type", .document([("Type", .string("t"))])),
      ("string", .document([("self", .int(1)), ("init", .int(2)), ("hash", .int(3)), ("hashValue", .int(4))])),
      ("addresses", .array([.document([("city", .string("x")), ("address", .document([("x", .int(1))]))])])),
      ("matrix", .array([.array([.int(1), .null]), .array([])])), ("created", .date(86_400_000)), ("uuid", .uuid(7)),
      ("data", .binary([1, 2])), ("amount", .decimal), ("nothing", .null),
      ("many", .array([.int(1), .string("x"), .bool(true), .date(1), .objectID(1)])),
      ("shapes", .array([.document([("r", .double(1))]), .string("dot")])),
      ("votes", .document([("50319491fe4dce143835c552", .int(1)), ("5031bb65fe4dce143635c960", .int(2))])),
      ("default", .array([])), ("rawValue", .string("r")), ("stringValue", .string("s")), ("encode", .string("e")),
    ],
    [("_id", .objectID(2)), ("postal_code", .int(28_195)), ("price", .double(1.5)), ("class", .null)],
  ]

  private var source: String { MongoInference.schema(documents).swiftSource(of: "generated-shapes") }

  @Test("the structures are those that these tests are compiled with")
  func golden() throws {
    let path = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/GeneratedStructures.swift"
    if getenv("BOSDB_UPDATE_GOLDEN") != nil {
      let file = try #require(fopen(path, "w"))
      fputs(source, file)
      fclose(file)
      return
    }
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    #expect(source == String(decoding: bytes, as: UTF8.self))
  }

  @Test("the documents are read into the structures, and come back")
  func decoding() throws {
    let shapes = try documents.map { fields in
      try BSONDocument(validating: MadeValue.bytes(fields)).decode(GeneratedShape.self)
    }
    #expect(shapes[0].firstName == "B" && shapes[0].firstName2 == "A" && shapes[0]._2nd == 5)
    #expect(shapes.map(\.postalCode) == [.string("x"), .int(28_195)])
    #expect(shapes.map(\.price) == [1, 1.5] && shapes[1].class == nil)
    #expect(shapes[0].string?.selfField == 1 && shapes[0].string?.hashValueField == 4)
    #expect(shapes[0].addresses?.first?.address.x == 1 && shapes[0].matrix == [[1, nil], []])
    #expect(shapes[0].shapes == [.document(GeneratedShape.Shape(r: 1)), .string("dot")])
    #expect(shapes[0].votes?.count == 2 && shapes[0].many?.map(\.kind).last == .objectID)
    for shape in shapes { #expect(try BSONDocument(encoding: shape).decode(GeneratedShape.self) == shape) }
    let wrong = try BSONDocument(extendedJSON: #"{"_id": {"$oid": "50319491fe4dce143835c552"}, "postal_code": true}"#)
    #expect(throws: (any Error).self) { try wrong.decode(GeneratedShape.self) }
  }

  @Test("names become Swift names")
  func names() {
    let names = ["postal_code", "_id", "2nd", "URLPath", "ID", "CustomerId", "", "a-b c", "MEMBER_STATUS", "x_1", "né"]
    #expect(
      names.map(SwiftNames.property) == [
        "postalCode", "id", "_2nd", "urlPath", "id", "customerId", "field", "aBC", "memberStatus", "x1", "né",
      ])
    #expect(
      ["postal_code", "string", "type", "item", "DB", "9"].map(SwiftNames.type)
        == ["PostalCode", "StringValue", "TypeValue", "Item", "Db", "_9"])
    #expect(
      ["items", "companies", "addresses", "boxes", "status", "address", "series", "as"].map(SwiftNames.singular)
        == ["item", "company", "address", "box", "status", "address", "series", "as"])
    #expect(SwiftNames.literal("a\"\\\n") == #""a\"\\\u{a}""#)
  }
}
