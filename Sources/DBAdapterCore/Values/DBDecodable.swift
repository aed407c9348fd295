/// Why a value could not become the wanted type; a row adds the column to it.
public struct DecodeFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The Swift type asked for.
  public var wanted: String
  /// The kind of value that was there.
  public var found: String
  /// More, when there is more to say: `300 does not fit`.
  public var detail: String?

  public init(wanted: String, found: String, detail: String? = nil) {
    self.wanted = wanted
    self.found = found
    self.detail = detail
  }

  public var description: String { "wanted \(wanted), found \(found)" + (detail.map { ": " + $0 } ?? "") }
}

/// A Swift type that can be made from a database value.
public protocol DBDecodable {
  /// - Throws: ``DecodeFailure`` when the value is of another kind or does not fit. Nothing is rounded or cut off.
  static func decode(_ value: DBValue) throws(DecodeFailure) -> Self
}

/// A Swift type that can be sent to a database as a bound parameter.
public protocol DBEncodable {
  var dbValue: DBValue { get }
}

/// Both directions.
public typealias DBCodable = DBDecodable & DBEncodable

extension DBDecodable {
  @usableFromInline
  static func mismatch(_ value: DBValue, _ detail: String? = nil) -> DecodeFailure {
    DecodeFailure(wanted: "\(Self.self)", found: value.kindName, detail: detail)
  }
}

extension DBValue: DBCodable {
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBValue { value }
  public var dbValue: DBValue { self }
}

extension Bool: DBCodable {
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> Bool {
    if case .bool(let bool) = value { return bool }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .bool(self) }
}

extension FixedWidthInteger where Self: DBDecodable {
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> Self {
    switch value {
    case .int(let number):
      guard let result = Self(exactly: number) else { throw mismatch(value, "\(number) does not fit") }
      return result
    case .uint(let number):
      guard let result = Self(exactly: number) else { throw mismatch(value, "\(number) does not fit") }
      return result
    case .decimal(let decimal):
      guard let result = Self(exactly: decimal) else {
        throw mismatch(value, "the value is not a whole number that fits")
      }
      return result
    default: throw mismatch(value)
    }
  }
}

extension FixedWidthInteger where Self: DBEncodable {
  public var dbValue: DBValue { Int64(exactly: self).map { .int($0) } ?? .uint(UInt64(truncatingIfNeeded: self)) }
}

extension Int: DBCodable {}
extension Int8: DBCodable {}
extension Int16: DBCodable {}
extension Int32: DBCodable {}
extension Int64: DBCodable {}
extension UInt: DBCodable {}
extension UInt8: DBCodable {}
extension UInt16: DBCodable {}
extension UInt32: DBCodable {}
extension UInt64: DBCodable {}

extension Double: DBCodable {
  /// A double as it is, an integer when it is exact in 53 bits.
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> Double {
    switch value {
    case .double(let number): return number
    case .int(let number):
      guard let result = Double(exactly: number) else { throw mismatch(value, "\(number) is not exact as a Double") }
      return result
    default: throw mismatch(value)
    }
  }
  public var dbValue: DBValue { .double(self) }
}

extension Float: DBCodable {
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> Float {
    guard case .double(let number) = value else { throw mismatch(value) }
    guard number.isNaN || Double(Float(number)) == number else {
      throw mismatch(value, "\(number) is not exact as a Float")
    }
    return Float(number)
  }
  public var dbValue: DBValue { .double(Double(self)) }
}

extension String: DBCodable {
  /// Text, JSON text, and the text of a native value (an enum label, an inet address).
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> String {
    switch value {
    case .text(let text): return text
    case .json(let json): return json.text
    case .native(let native): if let text = native.text { return text }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .text(self) }
}

extension Optional: DBDecodable where Wrapped: DBDecodable {
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> Wrapped? {
    if case .null = value { return nil }
    return try Wrapped.decode(value)
  }
}

extension Optional: DBEncodable where Wrapped: DBEncodable {
  public var dbValue: DBValue { self?.dbValue ?? .null }
}

extension Array: DBDecodable where Element: DBDecodable {
  /// The elements of an array, or of a JSON array; `[UInt8]` also from bytes.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> [Element] {
    switch value {
    case .bytes(let bytes): if Element.self == UInt8.self, let result = bytes.bytes as? [Element] { return result }
    case .array(let array):
      var result: [Element] = []
      result.reserveCapacity(array.elements.count)
      for element in array.elements { result.append(try Element.decode(element)) }
      return result
    case .json(let json): if case .array(let array) = try json.parsed() { return try decode(.array(array)) }
    default: break
    }
    throw mismatch(value)
  }
}

extension Array: DBEncodable where Element: DBEncodable {
  /// An array; `[UInt8]` becomes bytes.
  public var dbValue: DBValue {
    // Compared by type: an empty array of anything can be cast to an array of bytes.
    if Element.self == UInt8.self, let bytes = self as? [UInt8] { return .bytes(DBBytes(bytes)) }
    return .array(DBArray(map(\.dbValue)))
  }
}

extension DBDecimal: DBCodable {
  /// A decimal, any integer, or text that is a number: engines without the type store it so.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBDecimal {
    switch value {
    case .decimal(let decimal): return decimal
    case .int(let number): return DBDecimal(number)
    case .uint(let number): return DBDecimal(number)
    case .text(let text): if let decimal = DBDecimal(text) { return decimal }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .decimal(self) }
}

extension DBBytes: DBCodable {
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBBytes {
    if case .bytes(let bytes) = value { return bytes }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .bytes(self) }
}

extension DBUUID: DBCodable {
  /// A UUID, or text that is one: engines without the type store it so.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBUUID {
    switch value {
    case .uuid(let uuid): return uuid
    case .text(let text): if let uuid = DBUUID(text) { return uuid }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .uuid(self) }
}

extension DBDate: DBCodable {
  /// A date, or ISO 8601 text: engines without the type store it so.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBDate {
    switch value {
    case .date(let date): return date
    case .text(let text): if let date = DBDate(text) { return date }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .date(self) }
}

extension DBTime: DBCodable {
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBTime {
    switch value {
    case .time(let time): return time
    case .text(let text): if let time = DBTime(text) { return time }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .time(self) }
}

extension DBTimestamp: DBCodable {
  /// A timestamp, or ISO 8601 text: engines without the type store it so.
  @inlinable public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBTimestamp {
    switch value {
    case .timestamp(let timestamp): return timestamp
    case .text(let text): if let timestamp = DBTimestamp(text) { return timestamp }
    default: break
    }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .timestamp(self) }
}

extension DBInterval: DBCodable {
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBInterval {
    if case .interval(let interval) = value { return interval }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .interval(self) }
}

extension DBJSON: DBCodable {
  /// JSON, or text, which is not checked.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBJSON {
    switch value {
    case .json(let json): return json
    case .text(let text): return DBJSON(text)
    default: throw mismatch(value)
    }
  }
  public var dbValue: DBValue { .json(self) }
}

extension DBArray: DBCodable {
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBArray {
    if case .array(let array) = value { return array }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .array(self) }
}

extension DBDocument: DBCodable {
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBDocument {
    if case .document(let document) = value { return document }
    throw mismatch(value)
  }
  public var dbValue: DBValue { .document(self) }
}
