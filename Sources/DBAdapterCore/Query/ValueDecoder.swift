/// Decodes `Decodable` types from a single value: scalars, documents and arrays.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let value: DBValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    switch value {
    case .document(let document):
      return KeyedDecodingContainer(DocumentContainer<Key>(document: document, codingPath: codingPath))
    case .json(let json):
      return try ValueDecoder(value: json.parsed(), codingPath: codingPath).container(keyedBy: type)
    default: throw DecodeFailure(wanted: "a document", found: value.kindName)
    }
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    switch value {
    case .array(let array): return ArrayContainer(elements: array.elements, codingPath: codingPath)
    case .json(let json): return try ValueDecoder(value: json.parsed(), codingPath: codingPath).unkeyedContainer()
    default: throw DecodeFailure(wanted: "an array", found: value.kindName)
    }
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  func decodeNil() -> Bool { value.isNull }
  func decode(_ type: Bool.Type) throws -> Bool { try Bool.decode(value) }
  func decode(_ type: String.Type) throws -> String { try String.decode(value) }
  func decode(_ type: Double.Type) throws -> Double { try Double.decode(value) }
  func decode(_ type: Float.Type) throws -> Float { try Float.decode(value) }
  func decode(_ type: Int.Type) throws -> Int { try Int.decode(value) }
  func decode(_ type: Int8.Type) throws -> Int8 { try Int8.decode(value) }
  func decode(_ type: Int16.Type) throws -> Int16 { try Int16.decode(value) }
  func decode(_ type: Int32.Type) throws -> Int32 { try Int32.decode(value) }
  func decode(_ type: Int64.Type) throws -> Int64 { try Int64.decode(value) }
  func decode(_ type: UInt.Type) throws -> UInt { try UInt.decode(value) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try UInt8.decode(value) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try UInt16.decode(value) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try UInt32.decode(value) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try UInt64.decode(value) }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let direct = type as? any DBDecodable.Type, let result = try direct.decode(value) as? T { return result }
    return try T(from: self)
  }
}

private struct DocumentContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let document: DBDocument
  let codingPath: [any CodingKey]
  var allKeys: [Key] { document.fields.compactMap { Key(stringValue: $0.name) } }

  private func decoder(_ key: Key) throws -> ValueDecoder {
    guard let value = document[key.stringValue] else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "no such field"))
    }
    return ValueDecoder(value: value, codingPath: codingPath + [key])
  }

  func contains(_ key: Key) -> Bool { document[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).decodeNil() }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { ValueDecoder(value: .document(document), codingPath: codingPath) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct ArrayContainer: UnkeyedDecodingContainer {
  let elements: [DBValue]
  let codingPath: [any CodingKey]
  var currentIndex = 0

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private func current() throws -> ValueDecoder {
    guard !isAtEnd else { throw DecodeFailure(wanted: "element \(currentIndex)", found: "the end of the array") }
    return ValueDecoder(value: elements[currentIndex], codingPath: codingPath)
  }

  private mutating func advance<R>(_ body: (ValueDecoder) throws -> R) throws -> R {
    let result = try body(current())
    currentIndex += 1
    return result
  }

  mutating func decodeNil() throws -> Bool {
    guard try current().decodeNil() else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try advance { try $0.decode(type) } }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try advance { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try advance { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try advance { $0 } }
}
