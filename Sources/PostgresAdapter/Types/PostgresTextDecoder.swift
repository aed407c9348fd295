internal import DBAdapterCore

/// Reads cells in text format, which a result has when one of its types has no binary form we decode exactly.
///
/// The session's DateStyle is ISO and its bytea_output hex, so that every form is one this reads back to the same value.
struct PostgresTextDecoder: CellDecoder {
  let type: PostgresType

  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .native(DBNative(typeName: type.name, bytes: DBBytes(bytes)))
    }
    return Self.decode(text, type)
  }

  static func decode(_ text: String, _ type: PostgresType) -> DBValue {
    value(text, type) ?? .native(DBNative(typeName: type.name, text: text))
  }

  private static func value(_ text: String, _ type: PostgresType) -> DBValue? {
    switch type.shape {
    case .scalar(let scalar): return self.scalar(text, scalar)
    case .domain(let base): return value(text, base)
    case .enumeration: return .text(text)
    case .array(let element) where PostgresBuiltinTypes.isVector(type):
      let elements = text.split(separator: " ").map { decode(String($0), element) }
      return .array(DBArray(elements, lowerBound: 0))
    case .array(let element):
      var parser = PostgresLiteralParser(text)
      return parser.array { $0.map { decode($0, element) } ?? .null }.map { .array($0) }
    case .composite(let fields):
      var parser = PostgresLiteralParser(text)
      guard let values = parser.record(), values.count == fields.count else { return nil }
      return .document(
        DBDocument(
          zip(fields, values).map { field, text in
            DBDocument.Field(field.name, text.map { decode($0, field.type) } ?? .null)
          }))
    case .range, .opaque: return nil
    }
  }

  private static func scalar(_ text: String, _ scalar: PostgresType.Scalar) -> DBValue? {
    switch scalar {
    case .bool: text == "t" ? .bool(true) : text == "f" ? .bool(false) : nil
    case .bytea: text.hasPrefix("\\x") ? DBBytes(hexadecimal: text).map { .bytes($0) } : nil
    case .text: .text(text)
    case .int2, .int4, .int8, .unsigned32: Int64(text).map { .int($0) }
    case .float4, .float8: Double(text).map { .double($0) }
    case .numeric: DBDecimal(text).map { .decimal($0) }
    case .date: DBDate(isoYear(text)).map { .date($0) }
    case .time, .timetz: DBTime(text).map { .time($0) }
    case .timestamp: DBTimestamp(isoYear(text), hasZone: false).map { .timestamp($0) }
    case .timestamptz: DBTimestamp(isoYear(text), hasZone: true).map { .timestamp($0) }
    case .uuid: DBUUID(text).map { .uuid($0) }
    case .json, .jsonb: .json(DBJSON(text))
    case .void: .null
    case .interval, .record: nil
    }
  }

  /// `0044-03-15 BC` as ISO 8601 counts: year 0 is 1 BC.
  private static func isoYear(_ text: String) -> String {
    guard text.hasSuffix(" BC"), let dash = text.firstIndex(of: "-"), let year = Int(text[..<dash]) else { return text }
    var digits = ""
    CivilCalendar.appendPadded(UInt(year - 1), width: 4, to: &digits)
    return (year > 1 ? "-" : "") + digits + text[dash...].dropLast(3)
  }
}
