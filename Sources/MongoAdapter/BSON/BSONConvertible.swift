public import DBAdapterCore

/// A type of BSON that stands in requests, in rows and in `Codable` structures, there and back exactly.
///
/// In requests it travels as a native value of its BSON type. A single field of a row is decoded through Core's values, which have one integer
/// type, so that small `int64` within it become `int32`; ``DBAdapterCore/Row/bson`` and whole structures are exact. Coders of other formats see canonical Extended JSON, or the text that
/// the type describes itself with.
public protocol BSONConvertible: DBCodable, TextCodable {
  /// The value as BSON.
  var bsonValue: BSONValue { get }
  /// The type's value; `nil` when the BSON is of another type.
  static func from(_ value: BSONValue) -> Self?
}

extension BSONConvertible {
  /// The value under the name of its BSON type, so that every bit comes back.
  public var dbValue: DBValue { bsonValue.exactValue }

  /// - Throws: ``DecodeFailure`` when the value is of another kind.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> Self {
    do throws(BSONError) {
      if let result = Self.from(try BSONValue(value)) { return result }
    } catch {
      throw DecodeFailure(wanted: "\(Self.self)", found: value.kindName, detail: error.description)
    }
    throw DecodeFailure(wanted: "\(Self.self)", found: value.kindName)
  }
}

extension BSONConvertible {
  /// Canonical Extended JSON.
  public var description: String { bsonValue.extendedJSON(.canonical) }

  /// Reads Extended JSON.
  public static func read(_ text: String) -> Self? { (try? BSONValue(extendedJSON: text)).flatMap { from($0) } }
}

extension BSONValue {
  /// The value as a bound value of which every bit comes back.
  var exactValue: DBValue {
    switch self {
    case .int32(let number): .native(DBNative(typeName: kind.name, text: String(number)))
    case .int64(let number): .native(DBNative(typeName: kind.name, text: String(number)))
    case .document(let document): .native(DBNative(typeName: kind.name, bytes: DBBytes(document.bytes)))
    case .array(let array): .native(DBNative(typeName: kind.name, bytes: DBBytes(array.document.bytes)))
    case .date(let date):
      .native(DBNative(typeName: kind.name, text: String(date.millisecondsSince1970)))
    case .decimal128(let number): .native(DBNative(typeName: kind.name, bytes: number.encoded))
    default: resultValue
    }
  }
}

extension BSONDecimal128 {
  /// The sixteen bytes as they stand in a document, which tell apart what has the same text.
  fileprivate var encoded: DBBytes {
    var bytes: [UInt8] = []
    BSONValue.decimal128(self).append(to: &bytes)
    return DBBytes(bytes)
  }
}

extension BSONValue: BSONConvertible {
  public var bsonValue: BSONValue { self }
  public static func from(_ value: BSONValue) -> BSONValue? { value }
}

extension BSONDocument: BSONConvertible {
  public var bsonValue: BSONValue { .document(self) }
  public static func from(_ value: BSONValue) -> BSONDocument? {
    if case .document(let document) = value { document } else { nil }
  }
}

extension BSONArray: BSONConvertible {
  public var bsonValue: BSONValue { .array(self) }
  public static func from(_ value: BSONValue) -> BSONArray? { if case .array(let array) = value { array } else { nil } }
}

extension BSONObjectID: BSONConvertible {
  public var bsonValue: BSONValue { .objectID(self) }
  public static func from(_ value: BSONValue) -> BSONObjectID? { if case .objectID(let id) = value { id } else { nil } }
}

extension BSONDecimal128: BSONConvertible {
  public var bsonValue: BSONValue { .decimal128(self) }
  public static func from(_ value: BSONValue) -> BSONDecimal128? {
    if case .decimal128(let number) = value { number } else { nil }
  }
}

extension BSONDate: BSONConvertible {
  public var bsonValue: BSONValue { .date(self) }
  public static func from(_ value: BSONValue) -> BSONDate? { if case .date(let date) = value { date } else { nil } }
}

extension BSONTimestamp: BSONConvertible {
  public var bsonValue: BSONValue { .timestamp(self) }
  public static func from(_ value: BSONValue) -> BSONTimestamp? {
    if case .timestamp(let timestamp) = value { timestamp } else { nil }
  }
}

extension BSONBinary: BSONConvertible {
  public var bsonValue: BSONValue { .binary(self) }
  public static func from(_ value: BSONValue) -> BSONBinary? {
    if case .binary(let binary) = value { binary } else { nil }
  }
}

extension BSONRegex: BSONConvertible {
  public var bsonValue: BSONValue { .regex(self) }
  public static func from(_ value: BSONValue) -> BSONRegex? { if case .regex(let regex) = value { regex } else { nil } }
}

extension BSONDBPointer: BSONConvertible {
  public var bsonValue: BSONValue { .dbPointer(self) }
  public static func from(_ value: BSONValue) -> BSONDBPointer? {
    if case .dbPointer(let pointer) = value { pointer } else { nil }
  }
}

extension BSONCodeWithScope: BSONConvertible {
  public var bsonValue: BSONValue { .codeWithScope(self) }
  public static func from(_ value: BSONValue) -> BSONCodeWithScope? {
    if case .codeWithScope(let code) = value { code } else { nil }
  }
}
