import DBAdapterCore
import DBRendering
import Testing

/// Rows of any values, and what a renderer makes of them.
struct RenderingFixture {
  /// Cells hold the position of their value in a list.
  private struct Lookup: CellDecoder {
    let values: [DBValue]
    func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue {
      values[Int(bytes.loadUnaligned(as: Int32.self))]
    }
  }

  let rows: RowBatch

  init(_ columns: [(String, DBType.Kind)], _ lines: [[DBValue]]) {
    let values = lines.flatMap(\.self)
    let set = ColumnSet(
      columns.map { Column(name: $0.0, type: DBType($0.1, nativeName: $0.1.rawValue)) },
      formats: columns.map { _ in .custom(Lookup(values: values)) })
    var builder = RowBatchBuilder(columns: set)
    for (index, value) in values.enumerated() {
      switch value {
      case .null: builder.appendNull()
      case .int(let number): builder.append(int: number)
      case .double(let number): builder.append(double: number)
      case .text(var text): text.withUTF8 { builder.append(text: UnsafeRawBufferPointer($0)) }
      case .bytes(let bytes): bytes.bytes.withUnsafeBytes { builder.append(bytes: $0) }
      default: withUnsafeBytes(of: Int32(index)) { builder.append(encoded: $0) }
      }
    }
    rows = builder.finish(rowCount: lines.count)
  }

  /// Text cells whose bytes are as given, valid UTF-8 or not.
  init(text bytes: [[UInt8]]) {
    let set = ColumnSet([Column(name: "t", type: DBType(.text, nativeName: "text"))], formats: [.text])
    var builder = RowBatchBuilder(columns: set)
    for cell in bytes { cell.withUnsafeBytes { builder.append(text: $0) } }
    rows = builder.finish()
  }

  func rendered(
    _ format: OutputFormat, _ outcome: ResultOutcome = ResultOutcome(),
    _ change: (inout RenderingOptions) -> Void = { _ in }
  ) throws -> (text: String, notes: RenderingNotes) {
    var options = RenderingOptions()
    change(&options)
    let sink = MemorySink()
    var writer = ResultWriter(format.renderer(options), to: sink)
    writer.begin(rows.columns)
    try writer.rows(rows)
    try writer.end(outcome)
    #expect(writer.rowCount == rows.count)
    #expect(writer.byteCount == sink.bytes.count)
    return (sink.text, writer.notes)
  }

  /// One text column.
  static func texts(_ texts: [String], name: String = "t") -> RenderingFixture {
    RenderingFixture([(name, .text)], texts.map { [.text($0)] })
  }

  /// Every kind of value, and what is hard about each.
  static let everything = RenderingFixture(
    [
      ("id", .integer), ("text", .text), ("number", .decimal), ("double", .float), ("flag", .boolean),
      ("moment", .timestamp), ("day", .date), ("time", .time), ("span", .interval), ("key", .uuid), ("bytes", .bytes),
      ("json", .json), ("list", .array), ("record", .document), ("other", .native),
    ],
    [
      [
        .int(.max), .text("Flat White"), .decimal(DBDecimal(canonical: "12345678901234567890.10")), .double(0.1),
        .bool(true),
        .timestamp(DBTimestamp(microsecondsSince2000: 0, hasZone: true)), .date(DBDate(daysSinceUnixEpoch: 20_512)),
        .time(DBTime(microseconds: 47_107_250_000)),
        .interval(DBInterval(months: 14, days: 3, microseconds: 5_000_000)),
        .uuid(DBUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)), .bytes(DBBytes([0xDE, 0xAD, 0x00])),
        .json(DBJSON("{\"b\": 1,\n \"a\": [1.10]}")), .array(DBArray([1, .null, .array(DBArray([.text("x,y")]))])),
        .document(["a": 1, "a": .text("twice")]), .native(DBNative(typeName: "point", text: "(1,2)")),
      ],
      [
        .int(.min), .text("he said \"no\", then\nleft\t— ☕"), .decimal(DBDecimal(canonical: "-0.00")), .double(.nan),
        .bool(false),
        .timestamp(DBTimestamp(microsecondsSince2000: -1, hasZone: false)), .date(.infinity),
        .time(DBTime(microseconds: 86_400_000_000, utcOffsetSeconds: 7_200)),
        .interval(DBInterval(days: -1, microseconds: -1_500_000)), .uuid(DBUUID(high: 0, low: 0)), .bytes(DBBytes([])),
        .json(DBJSON("null")), .array(DBArray([])), .document(DBDocument()),
        .native(DBNative(typeName: "geometry", bytes: DBBytes([1, 2]))),
      ],
      [
        .int(0), .text(""), .decimal(.notANumber), .double(-.infinity), .null,
        .timestamp(.negativeInfinity(hasZone: true)), .date(DBDate(daysSinceUnixEpoch: -800_000)), .null, .null, .null,
        .null,
        .null, .null, .null, .null,
      ],
      Array(repeating: .null, count: 15),
    ])
}
