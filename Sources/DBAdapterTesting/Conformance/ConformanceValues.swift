internal import DBAdapterCore

/// The values that every adapter has to send and read back, by kind: ordinary ones, and those that engines and drivers get wrong.
enum ConformanceValues {
  static let groups: [(name: String, values: [DBValue])] = [
    ("booleans", [true, false]),
    ("integers", [0, 1, -1, .int(.max), .int(.min), .int(Int64(Int32.max) + 1)]),
    ("unsigned integers", [.uint(0), .uint(.max)]),
    (
      "doubles",
      [
        0.0, -0.0, 0.1, -1.5, .double(.pi), .double(.greatestFiniteMagnitude), .double(.leastNonzeroMagnitude),
        .double(.infinity), .double(-.infinity), .double(.nan),
      ]
    ),
    ("decimals", decimals.compactMap { DBDecimal($0).map(DBValue.decimal) }),
    ("texts", texts.map(DBValue.text)),
    ("texts with NUL", ["a\0b", "\0"]),
    (
      "bytes",
      [
        .bytes(DBBytes([])), .bytes(DBBytes([0])), .bytes(DBBytes(0...255)), .bytes(DBBytes([0xFF, 0xFE, 0])),
        .bytes(DBBytes(repeatElement(0xAB, count: 1_000_000))),
      ]
    ),
    (
      "UUIDs",
      [
        .uuid(DBUUID(high: 0, low: 0)), .uuid(DBUUID(high: .max, low: .max)),
        .uuid(DBUUID(high: 0xA0EE_BC99_9C0B_4EF8, low: 0xBB6D_6BB9_BD38_0A11)),
      ]
    ),
    ("dates", dates.compactMap { DBDate($0).map(DBValue.date) }),
    ("times", ["00:00", "13:05:07.25", "23:59:59.999999", "24:00"].compactMap { DBTime($0).map(DBValue.time) }),
    ("times with zone", ["00:00Z", "13:05:07.25+02", "23:59-15:59"].compactMap { DBTime($0).map(DBValue.time) }),
    ("timestamps", moments.compactMap { DBTimestamp($0, hasZone: false).map(DBValue.timestamp) }),
    ("timestamps with zone", moments.compactMap { DBTimestamp($0, hasZone: true).map(DBValue.timestamp) }),
    (
      "intervals",
      [
        .interval(DBInterval()), .interval(DBInterval(months: 14, days: -3, microseconds: 14_706_500_000)),
        .interval(DBInterval(microseconds: -1)), .interval(DBInterval(months: -1, days: 1, microseconds: -1)),
      ]
    ),
    (
      "JSON",
      ["null", "{ \"b\" : 1.10,\"a\":1e1, \"a\":2 }", "[]", "\"é😀\"", "[1, [2, {\"x\": null}]]"]
        .map { .json(DBJSON($0)) }
    ),
    (
      "arrays",
      [
        [1, 2, nil], .array(DBArray([1], lowerBound: 0)), .array(DBArray([3, 4], lowerBound: -5)), [[1, 2], [3, 4]],
        ["a", "", "NULL", "with \"quotes\" and \\", nil], ["é😀"],
      ]
    ),
  ]

  private static let decimals = [
    "0", "1", "-1", "1.50", "0.00", "-0.001", "123456789.123456789", "10000", "100000000.00010000", "9999.9999",
    "0.0000000000000000001", "1e1000", "1e-1000", "NaN", "Infinity", "-Infinity",
    String(repeating: "1234567890", count: 100), "-0." + String(repeating: "0987654321", count: 100),
    String(repeating: "9", count: 500) + "." + String(repeating: "1", count: 500),
  ]

  private static let texts = [
    "", " ", "a", "O'Reilly \"quoted\" \\ back", "line\r\nbreak\ttab", "é", "e\u{301}", "😀𐍈", "\u{10FFFF}",
    "\u{FEFF}bom",
    "NULL", "%_$1?", "مرحبا", String(repeating: "x😀", count: 200_000),
  ]

  private static let dates = [
    "1970-01-01", "2000-01-01", "2024-02-29", "0001-01-01", "0000-02-29", "-4713-11-24", "9999-12-31", "+5874897-12-31",
    "infinity", "-infinity",
  ]

  private static let moments = [
    "2000-01-01T00:00:00", "1970-01-01T00:00:00", "1999-12-31T23:59:59.999999", "2026-02-28T13:05:07.25",
    "-4713-11-24T00:00:00", "+294276-12-31T23:59:59.999999", "infinity", "-infinity",
  ]
}
