/// The types of BSON, by the byte that stands for each in a document (bsonspec.org/spec.html).
public enum BSONKind: UInt8, Sendable, Hashable, CaseIterable {
  case double = 0x01
  case string = 0x02
  case document = 0x03
  case array = 0x04
  case binary = 0x05
  /// Deprecated.
  case undefined = 0x06
  case objectID = 0x07
  case bool = 0x08
  /// Milliseconds since 1970 in UTC.
  case date = 0x09
  case null = 0x0A
  case regex = 0x0B
  /// Deprecated.
  case dbPointer = 0x0C
  case code = 0x0D
  /// Deprecated.
  case symbol = 0x0E
  /// Deprecated.
  case codeWithScope = 0x0F
  case int32 = 0x10
  /// The server's own counter, not a moment for users.
  case timestamp = 0x11
  case int64 = 0x12
  case decimal128 = 0x13
  case maxKey = 0x7F
  case minKey = 0xFF

  /// The name the server gives the type in `$type`: `objectId`, `long`.
  public var name: String {
    switch self {
    case .double: "double"
    case .string: "string"
    case .document: "object"
    case .array: "array"
    case .binary: "binData"
    case .undefined: "undefined"
    case .objectID: "objectId"
    case .bool: "bool"
    case .date: "date"
    case .null: "null"
    case .regex: "regex"
    case .dbPointer: "dbPointer"
    case .code: "javascript"
    case .symbol: "symbol"
    case .codeWithScope: "javascriptWithScope"
    case .int32: "int"
    case .timestamp: "timestamp"
    case .int64: "long"
    case .decimal128: "decimal"
    case .maxKey: "maxKey"
    case .minKey: "minKey"
    }
  }
}
