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

/// Reads array literals `{1,"a b",NULL}` and record literals `(1,"a ""b""",)` (PostgreSQL documentation 8.15.6 and 8.16.6).
///
/// Scalar by scalar: to Swift a quote followed by a combining mark is another character.
struct PostgresLiteralParser {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = text[...].unicodeScalars }

  mutating func array(_ element: (String?) -> DBValue) -> DBArray? {
    var bounds: [Int] = []
    if rest.first == "[" {
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      bounds = rest[..<equals].split(separator: "]").compactMap { Int(String($0.dropFirst().prefix { $0 != ":" })) }
      rest = rest[rest.index(after: equals)...]
    }
    let array = braces(bounds[...], element)
    return rest.isEmpty ? array : nil
  }

  private mutating func braces(_ bounds: ArraySlice<Int>, _ element: (String?) -> DBValue) -> DBArray? {
    guard take("{") else { return nil }
    var values: [DBValue] = []
    if take("}") { return DBArray([], lowerBound: bounds.first ?? 1) }
    repeat {
      if rest.first == "{" {
        guard let inner = braces(bounds.dropFirst(), element) else { return nil }
        values.append(.array(inner))
      } else {
        let isQuoted = rest.first == "\""
        guard let text = item(until: [",", "}"]) else { return nil }
        values.append(element(!isQuoted && text == "NULL" ? nil : text))
      }
    } while take(",")
    return take("}") ? DBArray(values, lowerBound: bounds.first ?? 1) : nil
  }

  /// The fields of a record; an empty one is null.
  mutating func record() -> [String?]? {
    guard take("(") else { return nil }
    var fields: [String?] = []
    repeat {
      if rest.first == "," || rest.first == ")" {
        fields.append(nil)
      } else {
        guard let text = item(until: [",", ")"]) else { return nil }
        fields.append(text)
      }
    } while take(",")
    return take(")") && rest.isEmpty ? fields : nil
  }

  private mutating func item(until terminators: Set<Unicode.Scalar>) -> String? {
    var text = String.UnicodeScalarView()
    var isQuoted = false
    while let character = rest.first {
      if !isQuoted, terminators.contains(character) { return String(text) }
      rest.removeFirst()
      switch character {
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        text.append(escaped)
      case "\"" where isQuoted && rest.first == "\"":
        text.append("\"")
        rest.removeFirst()
      case "\"": isQuoted.toggle()
      default: text.append(character)
      }
    }
    return nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }
}
