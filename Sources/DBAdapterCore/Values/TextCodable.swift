// So that the value types can stand in `Codable` structures. Rows and values decode them exactly, by ``DBDecodable``; other coders
// see the text in which the types describe themselves.

/// A value type that is written as text and read back from it.
public protocol TextCodable: Codable, CustomStringConvertible {
  /// The value of a text that ``description`` wrote; `nil` for any other.
  static func read(_ text: String) -> Self?
}

extension TextCodable {
  /// Reads the text that ``description`` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self.read(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is no \(Self.self)")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension DBDecimal: TextCodable {
  public static func read(_ text: String) -> DBDecimal? { DBDecimal(text) }
}

extension DBUUID: TextCodable {
  public static func read(_ text: String) -> DBUUID? { DBUUID(text) }
}

extension DBDate: TextCodable {
  public static func read(_ text: String) -> DBDate? { DBDate(text) }
}

extension DBTime: TextCodable {
  public static func read(_ text: String) -> DBTime? { DBTime(text) }
}

extension DBTimestamp: TextCodable {
  public static func read(_ text: String) -> DBTimestamp? { DBTimestamp(text) }
}

extension DBBytes: TextCodable {
  public static func read(_ text: String) -> DBBytes? { DBBytes(hexadecimal: text) }
}

extension DBJSON: TextCodable {
  public static func read(_ text: String) -> DBJSON? { DBJSON(text) }
}

extension DBRange: TextCodable {
  public static func read(_ text: String) -> DBRange? { DBRange(text) }
}
