internal import DBAdapterCore

extension BSONDocument {
  /// The document as a `Decodable` type whose property names are the document's.
  ///
  /// Properties may be numbers, as far as they fit exactly, texts, truth values, everything `DBDecodable`, the types of BSON, raw-value enums,
  /// optionals (`nil` for a missing field and for null), arrays, and nested `Decodable` types.
  /// - Throws: `DecodingError.keyNotFound` for a missing field, `DecodeFailure` for a value of another type, both with its path.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    try BSONDecoding(value: .document(self), outerPath: [], key: nil).decode(T.self)
  }
}

/// A value of BSON to be decoded, and where it stands.
struct BSONDecoding: Decoder, SingleValueDecodingContainer {
  let value: BSONValue
  /// The path of what the value stands in.
  let outerPath: [any CodingKey]
  /// Its name or position there.
  let key: (any CodingKey)?
  var codingPath: [any CodingKey] { key.map { outerPath + [$0] } ?? outerPath }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .document(let document) = value else { throw mismatch("a document") }
    return KeyedDecodingContainer(BSONFieldContainer<Key>(fields: BSONFieldIndex(document), codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let array) = value else { throw mismatch("an array") }
    return BSONElementContainer(values: array.values, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { value == .null }
  func decode(_ type: Bool.Type) throws -> Bool {
    if case .bool(let value) = value { value } else { throw mismatch("Bool") }
  }
  func decode(_ type: String.Type) throws -> String {
    if case .string(let text) = value { text } else { try scalar(String.self) }
  }
  func decode(_ type: Double.Type) throws -> Double {
    if case .double(let number) = value { number } else { try scalar(Double.self) }
  }
  func decode(_ type: Float.Type) throws -> Float { try scalar(Float.self) }
  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if T.self == [UInt8].self, let bytes = try scalar([UInt8].self) as? T { return bytes }
    // Their elements are decoded one by one: as one value they would lose the types of BSON.
    if type is any BSONContainerType.Type { return try T(from: self) }
    if let exact = type as? any BSONConvertible.Type {
      guard let result = exact.from(value) as? T else { throw mismatch("\(T.self)") }
      return result
    }
    if let direct = type as? any DBDecodable.Type, let result = try scalar(direct) as? T { return result }
    return try T(from: self)
  }

  /// Numbers of any type, as long as they are whole and fit: shells and sums make doubles of whole numbers.
  private func integer<T: FixedWidthInteger & DBDecodable>() throws -> T {
    let number: T?
    switch value {
    case .int32(let value): number = T(exactly: value)
    case .int64(let value): number = T(exactly: value)
    case .double(let value): number = T(exactly: value)
    default: return try scalar(T.self)
    }
    guard let number else { throw mismatch("\(T.self)", "\(value.extendedJSON()) does not fit") }
    return number
  }

  private func scalar<T: DBDecodable>(_ type: T.Type) throws -> T {
    do throws(DecodeFailure) {
      return try T.decode(value.resultValue)
    } catch {
      throw mismatch(error.wanted, error.detail)
    }
  }

  private func mismatch(_ wanted: String, _ detail: String? = nil) -> DecodeFailure {
    let path = codingPath
    return DecodeFailure(
      wanted: wanted, found: value.kind.name,
      detail: path.isEmpty ? detail : "at \(BSONPath.text(path))" + (detail.map { ", \($0)" } ?? ""))
  }
}

/// Types that hold elements of other types.
protocol BSONContainerType {}
extension Array: BSONContainerType {}
extension Optional: BSONContainerType {}

/// How messages write where a value stands: `items[2].price`.
enum BSONPath {
  static func text(_ path: [any CodingKey]) -> String {
    path.reduce("") { text, key in
      if let position = key.intValue { return text + "[\(position)]" }
      return text.isEmpty ? key.stringValue : text + "." + key.stringValue
    }
  }
}

/// A name, a position in a list, or a whole path.
struct BSONCodingKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}
