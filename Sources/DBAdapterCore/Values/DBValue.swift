/// One value as a database holds it, without loss.
///
/// Every engine's values fit one of these cases; what no case describes arrives as ``native(_:)`` with its type name and
/// its text or bytes, so that nothing fails to decode. The enum is kept within three words: a row of values is cheap to copy.
public enum DBValue: Sendable, Hashable {
  /// The absence of a value (SQL `NULL`).
  case null
  case bool(Bool)
  /// Any signed integer up to 64 bits.
  case int(Int64)
  /// An unsigned integer; engines without unsigned types never produce it.
  case uint(UInt64)
  /// IEEE 754 binary64, NaN and infinities included.
  case double(Double)
  /// An exact decimal of any length.
  case decimal(DBDecimal)
  /// Valid UTF-8 text. Bytes that are not valid UTF-8 arrive as ``bytes(_:)`` or ``native(_:)``, never repaired.
  case text(String)
  case bytes(DBBytes)
  case uuid(DBUUID)
  /// A calendar date without a time of day.
  case date(DBDate)
  /// A time of day in microseconds, with or without a UTC offset.
  case time(DBTime)
  /// A moment in microseconds, with or without a known zone.
  case timestamp(DBTimestamp)
  /// Months, days and microseconds, each kept apart.
  case interval(DBInterval)
  /// JSON text exactly as the server sent it.
  case json(DBJSON)
  case array(DBArray)
  /// Ordered name/value pairs: a composite value, a nested document.
  case document(DBDocument)
  /// What the library does not model, intact: type name plus text or bytes.
  case native(DBNative)
}

extension DBValue {
  /// Whether the value is ``null``.
  @inlinable public var isNull: Bool { if case .null = self { true } else { false } }

  /// The name of the case, as error messages print it.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .decimal: "decimal"
    case .text: "text"
    case .bytes: "bytes"
    case .uuid: "uuid"
    case .date: "date"
    case .time: "time"
    case .timestamp: "timestamp"
    case .interval: "interval"
    case .json: "json"
    case .array: "array"
    case .document: "document"
    case .native(let value): value.typeName
    }
  }
}

extension DBValue {
  /// How many bytes it takes: see ``RowBatch/byteCount``.
  var byteCount: Int {
    switch self {
    case .null: 0
    case .bool: 1
    case .int, .uint, .double, .date, .time, .timestamp: 8
    case .uuid, .interval: 16
    case .bytes(let bytes): bytes.count
    case .array(let array): array.elements.reduce(0) { $0 + $1.byteCount }
    case .document(let document): document.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.byteCount }
    case .text, .decimal, .json, .native: description.utf8.count
    }
  }
}

extension DBValue: CustomStringConvertible {
  /// The value as a person reads it: text as it is, bytes as `\x` and hexadecimal, arrays in brackets.
  public var description: String {
    switch self {
    case .null: "NULL"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): value.description
    case .uint(let value): value.description
    case .double(let value): DBValue.text(of: value)
    case .decimal(let value): value.description
    case .text(let value): value
    case .bytes(let value): value.description
    case .uuid(let value): value.description
    case .date(let value): value.description
    case .time(let value): value.description
    case .timestamp(let value): value.description
    case .interval(let value): value.description
    case .json(let value): value.text
    case .array(let value): value.description
    case .document(let value): value.description
    case .native(let value): value.description
    }
  }

  /// The shortest text that reads back to the same double: `0.1`, `1e+300`, `NaN`, `Infinity`.
  package static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
