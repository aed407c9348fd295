import DBAdapterCore
import Testing

@testable import PostgresAdapter

@Suite struct PostgresLiteralTests {
  private func decode(_ text: String, _ oid: UInt32) throws -> DBValue {
    PostgresTextDecoder.decode(text, try #require(PostgresBuiltinTypes.byOID[oid]))
  }

  @Test func arrays() throws {
    #expect(try decode("{1,NULL,3}", 1_007) == [1, nil, 3])
    #expect(try decode("{}", 1_007) == .array(DBArray([])))
    #expect(try decode("{{1,2},{3,4}}", 1_007) == [[1, 2], [3, 4]])
    #expect(try decode("[0:1]={7,8}", 1_007) == .array(DBArray([7, 8], lowerBound: 0)))
    #expect(try decode("{\"a\\\"\u{301}\",\u{301}}", 1_009) == ["a\"\u{301}", "\u{301}"])
    #expect(try decode(#"{"a b","NULL","q\"\\",NULL,""}"#, 1_009) == ["a b", "NULL", "q\"\\", nil, ""])
  }

  @Test func scalars() throws {
    #expect(try decode("t", 16) == true)
    #expect(try decode("\\x00ff", 17) == .bytes(DBBytes([0, 255])))
    #expect(try decode("0044-03-15 BC", 1_082) == .date(try #require(DBDate(year: -43, month: 3, day: 15))))
    #expect(try decode("0001-01-01 BC", 1_082) == .date(try #require(DBDate(year: 0, month: 1, day: 1))))
    #expect(try decode("2026-02-28 13:05:07.25+02", 1_184).description == "2026-02-28T11:05:07.25Z")
    #expect(try decode("infinity", 1_114) == .timestamp(.infinity(hasZone: false)))
  }

  @Test(arguments: ["{1", "{1,2}x", "1", "{{1}", "{\"a}"])
  func malformedTextIsKeptAsItIs(_ text: String) throws {
    #expect(try decode(text, 1_007) == .native(DBNative(typeName: "integer[]", text: text)))
  }

  @Test func typeNamesCarryTheirModifiers() throws {
    func name(_ oid: UInt32, _ modifier: Int32) throws -> String {
      PostgresBuiltinTypes.name(of: try #require(PostgresBuiltinTypes.byOID[oid]), modifier: modifier)
    }
    #expect(try name(1_700, (10 << 16 | 2) + 4) == "numeric(10,2)")
    #expect(try name(1_231, (10 << 16 | 2) + 4) == "numeric(10,2)[]")
    #expect(try name(1_043, 24) == "character varying(20)")
    #expect(try name(1_114, 3) == "timestamp(3) without time zone")
    #expect(try name(23, -1) == "integer")
  }
}
