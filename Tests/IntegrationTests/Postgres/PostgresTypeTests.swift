import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// Every built-in type as a column, in binary where the decoder is exact and as text where the result mixes in another.
@Suite struct PostgresTypeTests {
  static let cases: [(sql: String, type: String, value: DBValue)] = [
    ("true", "boolean", true),
    ("'\\x00ff'::bytea", "bytea", .bytes(DBBytes([0, 255]))),
    ("''::bytea", "bytea", .bytes(DBBytes([]))),
    ("'a'::\"char\"", "\"char\"", "a"),
    ("'n'::name", "name", "n"),
    ("9223372036854775807", "bigint", .int(.max)),
    ("(-9223372036854775808)::int8", "bigint", .int(.min)),
    ("(-32768)::int2", "smallint", -32768),
    ("2147483647", "integer", 2_147_483_647),
    ("'hé\u{1F600}'::text", "text", "hé\u{1F600}"),
    ("''::text", "text", ""),
    ("4294967295::oid", "oid", 4_294_967_295),
    ("'{\"b\": 1,  \"a\":2}'::json", "json", .json(DBJSON("{\"b\": 1,  \"a\":2}"))),
    ("'{\"a\": 1}'::jsonb", "jsonb", .json(DBJSON("{\"a\": 1}"))),
    ("1.5::float4", "real", 1.5),
    ("'NaN'::float8", "double precision", .double(.nan)),
    ("'-Infinity'::float8", "double precision", .double(-.infinity)),
    ("5e-324::float8", "double precision", .double(.leastNonzeroMagnitude)),
    ("'x'::bpchar(3)", "character(3)", "x  "),
    ("'x'::varchar(3)", "character varying(3)", "x"),
    ("'2026-02-28'::date", "date", .date(DBDate("2026-02-28")!)),
    ("'4713-01-01 BC'::date", "date", .date(DBDate(year: -4712, month: 1, day: 1)!)),
    ("'5874897-12-31'::date", "date", .date(DBDate(year: 5_874_897, month: 12, day: 31)!)),
    ("'infinity'::date", "date", .date(.infinity)),
    ("'24:00'::time", "time without time zone", .time(DBTime(microseconds: 86_400_000_000))),
    ("'13:05:07.25-08'::timetz", "time with time zone", .time(DBTime("13:05:07.25-08:00")!)),
    (
      "'294276-12-31 23:59:59.999999'::timestamp", "timestamp without time zone",
      .timestamp(DBTimestamp("+294276-12-31T23:59:59.999999", hasZone: false)!)
    ),
    (
      "'4713-01-01 00:00:00 BC'::timestamp", "timestamp without time zone",
      .timestamp(DBTimestamp("-4712-01-01T00:00:00", hasZone: false)!)
    ),
    (
      "'2026-02-28 13:05:07.25+02'::timestamptz", "timestamp with time zone",
      .timestamp(DBTimestamp("2026-02-28T11:05:07.25Z")!)
    ),
    ("'-infinity'::timestamptz", "timestamp with time zone", .timestamp(.negativeInfinity(hasZone: true))),
    (
      "'1 year 2 months -3 days 04:05:06.5'::interval", "interval",
      .interval(DBInterval(months: 14, days: -3, microseconds: 14_706_500_000))
    ),
    ("1234567890.0987654321::numeric(30,10)", "numeric(30,10)", .decimal(DBDecimal("1234567890.0987654321")!)),
    ("'NaN'::numeric", "numeric", .decimal(.notANumber)),
    ("'Infinity'::numeric", "numeric", .decimal(.infinity)),
    ("'00112233-4455-6677-8899-aabbccddeeff'::uuid", "uuid", .uuid(DBUUID("00112233-4455-6677-8899-aabbccddeeff")!)),
    ("ARRAY[1,NULL,3]", "integer[]", [1, nil, 3]),
    ("'{}'::int[]", "integer[]", .array(DBArray([]))),
    ("ARRAY[[1,2],[3,4]]", "integer[]", [[1, 2], [3, 4]]),
    ("'[0:1]={7,8}'::int[]", "integer[]", .array(DBArray([7, 8], lowerBound: 0))),
    ("ARRAY['a','b c']", "text[]", ["a", "b c"]),
    ("'1 2'::int2vector", "int2vector", .array(DBArray([1, 2], lowerBound: 0))),
    ("ROW(1, 'x'::text, NULL::int)", "record", ["f1": 1, "f2": "x", "f3": nil]),
    ("int4range(1, 5)", "int4range", native("int4range", "[1,5)")),
    ("'{[1,2),[5,7)}'::int4multirange", "int4multirange", native("int4multirange", "{[1,2),[5,7)}")),
    ("'10.1.2.3/8'::inet", "inet", native("inet", "10.1.2.3/8")),
    ("'::1'::inet", "inet", native("inet", "::1")),
    ("'08:00:2b:01:02:03'::macaddr", "macaddr", native("macaddr", "08:00:2b:01:02:03")),
    ("B'101'::bit(3)", "bit(3)", native("bit", "101")),
    ("'(1,2)'::point", "point", native("point", "(1,2)")),
    ("'a b'::tsvector", "tsvector", native("tsvector", "'a' 'b'")),
    ("'a & b'::tsquery", "tsquery", native("tsquery", "'a' & 'b'")),
    ("'$.a'::jsonpath", "jsonpath", native("jsonpath", "$.\"a\"")),
    ("'<a/>'::xml", "xml", native("xml", "<a/>")),
    ("'16/B374D848'::pg_lsn", "pg_lsn", native("pg_lsn", "16/B374D848")),
    ("'pg_class'::regclass", "regclass", native("regclass", "pg_class")),
    ("ARRAY['10.0.0.1'::inet, NULL]", "inet[]", [native("inet", "10.0.0.1"), nil]),
    ("pg_sleep(0)", "void", nil),
    ("NULL::int", "integer", nil),
  ]

  private static func native(_ type: String, _ text: String) -> DBValue {
    .native(DBNative(typeName: type, text: text))
  }

  @Test(.requires(.postgres)) func everyTypeDecodes() async throws {
    try await TestServer.postgres.withSession { session in
      for (sql, type, value) in Self.cases {
        let result = try await session.execute(QueryRequest(.text("SELECT \(sql)")))
        #expect(result.columns[0].type.nativeName == type, "\(sql)")
        #expect(same(result.rows[0][0], value), "\(sql) gave \(result.rows[0][0])")
      }
    }
  }

  /// An `xid8` beside it makes the whole result text; the values must not change by that.
  @Test(.requires(.postgres)) func textFormatGivesTheSameValues() async throws {
    try await TestServer.postgres.withSession { session in
      for (sql, type, value) in Self.cases where !["interval", "record"].contains(type) {
        let result = try await session.execute(QueryRequest(.text("SELECT \(sql), '7'::xid8")))
        #expect(same(result.rows[0][0], value), "\(sql) gave \(result.rows[0][0])")
        #expect(result.rows[0][1] == Self.native("xid8", "7"))
      }
    }
  }

  @Test(.requires(.postgres)) func typesOfTheDatabaseDecode() async throws {
    try await TestServer.postgres.withUndoneChanges { session in
      for sql in [
        "CREATE SCHEMA types_here", "CREATE TYPE types_here.mood AS ENUM ('fine', 'so so')",
        "CREATE DOMAIN types_here.positive AS int CHECK (VALUE > 0)",
        "CREATE TYPE types_here.place AS (name text, mood types_here.mood, spots types_here.positive[])",
        "CREATE TYPE types_here.span AS RANGE (subtype = float8)",
      ] { _ = try await session.execute(QueryRequest(.text(sql))) }
      let result = try await session.execute(
        """
        SELECT 'so so'::types_here.mood AS mood, 7::types_here.positive AS positive,
               ROW('a', 'fine', ARRAY[1,2])::types_here.place AS place, ARRAY['fine']::types_here.mood[] AS moods
        """)
      #expect(result.columns.map(\.type.kind) == [.enumeration, .integer, .document, .array])
      #expect(result.columns[2].type.nativeName == "types_here.place")
      #expect(result.rows[0].values == ["so so", 7, ["name": "a", "mood": "fine", "spots": [1, 2]], ["fine"]])
      let text = try await session.execute(
        "SELECT ROW('a', NULL, ARRAY[1,2])::types_here.place, types_here.span(1, 2.5)")
      #expect(
        text.rows[0].values == [
          ["name": "a", "mood": nil, "spots": [1, 2]], .native(DBNative(typeName: "types_here.span", text: "[1,2.5)")),
        ])
      let place: DBValue = .document(["name": "b", "mood": "fine", "spots": [3]])
      let back = try await session.execute(
        "SELECT (\(place)::types_here.place).spots[1], \(["fine", "so so"])::types_here.mood[]")
      #expect(back.rows[0].values == [3, ["fine", "so so"]])
    }
  }

  @Test(.requires(.postgres)) func parametersAreTypedByTheStatement() async throws {
    try await TestServer.postgres.withSession { session in
      let text = try await session.execute(
        "SELECT \("7")::int4 + 1, \("2026-02-28")::date, \("1.50")::numeric, \("{1,2}")::int[], \("t")::bool")
      #expect(text.rows[0].values.map(\.description) == ["8", "2026-02-28", "1.50", "[1, 2]", "true"])
      let untyped = try await session.execute("SELECT \(1) + \(2)")
      #expect(untyped.rows[0][0] == 3)
      let exact = try await session.execute(
        "SELECT \(DBDecimal("0.1")!)::numeric, \(UInt64.max)::numeric, \(Double.pi)::float8")
      #expect(exact.rows[0].values.map(\.description) == ["0.1", "18446744073709551615", Double.pi.description])
    }
  }

  @Test(
    .requires(.postgres),
    arguments: [
      ("SELECT $1::int4", [DBValue.text("abc")], "$1"), ("SELECT $1::int2, $2::int2", [1, 40_000], "$2"),
      ("SELECT $1::int4", [], "1 parameter and 0 values"), ("SELECT 1", [1], "0 parameters and 1 value"),
      ("SELECT $1::uuid", ["not-a-uuid"], "$1"), ("SELECT $1::text", ["a\0b"], "NUL"),
      ("SELECT $1::bool", [.double(1)], "$1"),
    ])
  func aWrongParameterIsNamed(_ sql: String, _ values: [DBValue], _ mention: String) async throws {
    try await TestServer.postgres.withSession { session in
      let error = await #expect(throws: DBError.self) {
        try await session.execute(QueryRequest(.text(sql), parameters: values))
      }
      #expect(error?.code == .invalidParameter)
      #expect(error?.message.contains(mention) == true, "\(String(describing: error))")
      let next = try await session.execute("SELECT 1")
      #expect(next.rows.count == 1)
    }
  }

  private func same(_ left: DBValue, _ right: DBValue) -> Bool {
    if case .double(let a) = left, case .double(let b) = right, a.isNaN { return b.isNaN }
    return left == right
  }
}
