/// One value of BSON, of every type and exactly (bsonspec.org/spec.html).
///
/// Two values are equal when they have the same type and the same content; doubles are compared by their bits, so that NaN equals
/// itself and `-0` is not `0`.
public enum BSONValue: Sendable {
  case double(Double)
  case string(String)
  case document(BSONDocument)
  case array(BSONArray)
  case binary(BSONBinary)
  /// Deprecated.
  case undefined
  case objectID(BSONObjectID)
  case bool(Bool)
  case date(BSONDate)
  case null
  case regex(BSONRegex)
  /// Deprecated.
  case dbPointer(BSONDBPointer)
  case code(String)
  /// Deprecated.
  case symbol(String)
  /// Deprecated.
  case codeWithScope(BSONCodeWithScope)
  case int32(Int32)
  case timestamp(BSONTimestamp)
  case int64(Int64)
  case decimal128(BSONDecimal128)
  case minKey
  case maxKey
  /// A value whose text is not UTF-8.
  case invalidText(BSONInvalidText)
}

extension BSONValue {
  /// The type of the value.
  public var kind: BSONKind {
    switch self {
    case .double: .double
    case .string: .string
    case .document: .document
    case .array: .array
    case .binary: .binary
    case .undefined: .undefined
    case .objectID: .objectID
    case .bool: .bool
    case .date: .date
    case .null: .null
    case .regex: .regex
    case .dbPointer: .dbPointer
    case .code: .code
    case .symbol: .symbol
    case .codeWithScope: .codeWithScope
    case .int32: .int32
    case .timestamp: .timestamp
    case .int64: .int64
    case .decimal128: .decimal128
    case .minKey: .minKey
    case .maxKey: .maxKey
    case .invalidText(let text): text.kind
    }
  }

  /// An integer in the smallest type that holds it, as the drivers of other languages choose.
  public init(_ number: Int64) {
    self = if let small = Int32(exactly: number) { .int32(small) } else { .int64(number) }
  }
}

extension BSONValue: Hashable {
  public static func == (left: BSONValue, right: BSONValue) -> Bool {
    switch (left, right) {
    case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
    case (.string(let a), .string(let b)), (.code(let a), .code(let b)), (.symbol(let a), .symbol(let b)): a == b
    case (.document(let a), .document(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.binary(let a), .binary(let b)): a == b
    case (.objectID(let a), .objectID(let b)): a == b
    case (.bool(let a), .bool(let b)): a == b
    case (.date(let a), .date(let b)): a == b
    case (.regex(let a), .regex(let b)): a == b
    case (.dbPointer(let a), .dbPointer(let b)): a == b
    case (.codeWithScope(let a), .codeWithScope(let b)): a == b
    case (.int32(let a), .int32(let b)): a == b
    case (.timestamp(let a), .timestamp(let b)): a == b
    case (.int64(let a), .int64(let b)): a == b
    case (.decimal128(let a), .decimal128(let b)): a == b
    case (.invalidText(let a), .invalidText(let b)): a == b
    case (.undefined, .undefined), (.null, .null), (.minKey, .minKey), (.maxKey, .maxKey): true
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    switch self {
    case .double(let value): hasher.combine(value.bitPattern)
    case .string(let value), .code(let value), .symbol(let value): hasher.combine(value)
    case .document(let value): hasher.combine(value)
    case .array(let value): hasher.combine(value)
    case .binary(let value): hasher.combine(value)
    case .objectID(let value): hasher.combine(value)
    case .bool(let value): hasher.combine(value)
    case .date(let value): hasher.combine(value)
    case .regex(let value): hasher.combine(value)
    case .dbPointer(let value): hasher.combine(value)
    case .codeWithScope(let value): hasher.combine(value)
    case .int32(let value): hasher.combine(value)
    case .timestamp(let value): hasher.combine(value)
    case .int64(let value): hasher.combine(value)
    case .decimal128(let value): hasher.combine(value)
    case .invalidText(let value): hasher.combine(value)
    case .undefined, .null, .minKey, .maxKey: break
    }
  }
}

// There is no `nil` literal: where an optional value is chosen, as in `found ? value : nil`, it would silently become a null.
extension BSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  /// An `int32` where the number fits, else an `int64`.
  public init(integerLiteral value: Int64) { self.init(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  public init(arrayLiteral elements: BSONValue...) {
    do {
      self = .array(try BSONArray(elements))
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Names are literals; documents whose names are made at run time go through ``BSONDocument/init(_:)``.
  public init(dictionaryLiteral elements: (StaticString, BSONValue)...) {
    do {
      self = .document(try BSONDocument(elements.map { ("\($0)", $1) }))
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
