import DBAdapterCore
import Testing

@Suite struct DBDecodableTests {
  private func failure<T: DBDecodable>(_ type: T.Type, _ value: DBValue) -> DecodeFailure? {
    do throws(DecodeFailure) {
      let result = try T.decode(value)
      Issue.record("\(value) became \(result)")
      return nil
    } catch {
      return error
    }
  }

  @Test func integersFitOrFail() throws {
    #expect(try Int8.decode(.int(-128)) == -128)
    #expect(try UInt64.decode(.uint(.max)) == .max)
    #expect(try Int.decode(.decimal(DBDecimal("12.00")!)) == 12)
    #expect(try UInt64.decode(.decimal(DBDecimal("18446744073709551615")!)) == .max)
    #expect(failure(Int8.self, .int(128)) == DecodeFailure(wanted: "Int8", found: "int", detail: "128 does not fit"))
    #expect(failure(UInt.self, .int(-1))?.detail == "-1 does not fit")
    #expect(failure(Int64.self, .uint(.max))?.detail == "18446744073709551615 does not fit")
    #expect(failure(Int.self, .decimal(DBDecimal("0.5")!)) != nil)
    #expect(failure(Int.self, .decimal(.notANumber)) != nil)
    #expect(failure(UInt64.self, .decimal(DBDecimal("18446744073709551616")!)) != nil)
    #expect(failure(Int.self, .double(1)) == DecodeFailure(wanted: "Int", found: "double"))
    #expect(failure(Int.self, .text("1")) == DecodeFailure(wanted: "Int", found: "text"))
    #expect(failure(Int.self, .null) == DecodeFailure(wanted: "Int", found: "null"))
    #expect(failure(Int.self, .bool(true)) != nil)
  }

  @Test func doublesAreExact() throws {
    #expect(try Double.decode(.int(1 << 53)) == 9_007_199_254_740_992)
    #expect(failure(Double.self, .int((1 << 53) + 1))?.detail == "9007199254740993 is not exact as a Double")
    #expect(failure(Double.self, .decimal(DBDecimal("0.1")!)) != nil)
    #expect(try Float.decode(.double(0.5)) == 0.5)
    #expect(try Float.decode(.double(.infinity)) == .infinity)
    #expect(try Float.decode(.double(.nan)).isNaN)
    #expect(failure(Float.self, .double(0.1)) != nil)
    #expect(failure(Float.self, .double(1e300)) != nil)
  }

  @Test func textIsText() throws {
    #expect(try String.decode(.text("é")) == "é")
    #expect(try String.decode(.json(DBJSON("{}"))) == "{}")
    #expect(try String.decode(.native(DBNative(typeName: "mood", text: "happy"))) == "happy")
    #expect(failure(String.self, .native(DBNative(typeName: "blob", bytes: DBBytes([1]))))?.found == "blob")
    #expect(failure(String.self, .int(1)) != nil)
    #expect(failure(Bool.self, .int(1)) != nil)
  }

  @Test func nullNeedsAnOptional() throws {
    #expect(try Int?.decode(.null) == nil)
    #expect(try Int?.decode(.int(1)) == 1)
    #expect(failure(Int?.self, .text("x"))?.wanted == "Int")
    #expect((nil as Int?).dbValue == .null && (1 as Int?).dbValue == 1)
  }

  @Test func arraysKeepTheirElementType() throws {
    #expect(try [Int?].decode([1, nil]) == [1, nil])
    #expect(try [[Int]].decode([[1], [2, 3]]) == [[1], [2, 3]])
    #expect(try [UInt8].decode(.bytes(DBBytes([1, 2]))) == [1, 2])
    #expect(failure([Int].self, [1, "x"])?.found == "text")
    // An empty array of anything is an array, and empty bytes are only bytes.
    #expect([Int]().dbValue == .array(DBArray([])))
    #expect([String]().dbValue == .array(DBArray([])))
    #expect([UInt8]().dbValue == .bytes(DBBytes([])))
    #expect(failure([String].self, .bytes(DBBytes([])))?.found == "bytes")
  }

  @Test func timesComeFromIsoTextToo() throws {
    #expect(try DBDate.decode("2026-02-28") == DBDate(year: 2026, month: 2, day: 28))
    #expect(try DBTime.decode("13:05") == DBTime("13:05"))
    #expect(try DBTimestamp.decode("2026-02-28 13:05:07") == DBTimestamp("2026-02-28T13:05:07"))
    #expect(try DBUUID.decode("00000000000000000000000000000001") == DBUUID(high: 0, low: 1))
    #expect(failure(DBDate.self, "soon")?.found == "text")
    #expect(failure(DBTimestamp.self, .date(.infinity))?.found == "date")
    #expect(failure(DBUUID.self, "x") != nil)
  }

  @Test func decimalsTakeIntegers() throws {
    #expect(try DBDecimal.decode(.int(-7)) == DBDecimal(-7))
    #expect(try DBDecimal.decode(.uint(.max)).description == "18446744073709551615")
    #expect(failure(DBDecimal.self, .double(1)) != nil)
  }

  @Test func encodesWhatItDecodes() throws {
    func roundTrip<T: DBCodable & Equatable>(_ value: T) throws { #expect(try T.decode(value.dbValue) == value) }
    try roundTrip(Int.min)
    try roundTrip(UInt64.max)
    try roundTrip(UInt8.max)
    try roundTrip(true)
    try roundTrip("")
    try roundTrip(-0.0)
    try roundTrip(Float.greatestFiniteMagnitude)
    try roundTrip(DBBytes([0]))
    try roundTrip(DBInterval(months: 1))
    try roundTrip(DBJSON("[]"))
    try roundTrip(["a": 1] as DBDocument)
    try roundTrip(DBDecimal("1.50")!)
    try roundTrip(["a", "b"])
    try roundTrip([UInt8](0...255))
  }
}
