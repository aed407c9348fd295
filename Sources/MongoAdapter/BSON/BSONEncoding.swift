internal import DBAdapterCore

extension BSONDocument {
  /// The document of an `Encodable` type: its property names, and its values as BSON has them.
  ///
  /// Integers become an `int32` where they fit, else an `int64`; the types of BSON stay what they are; `nil` leaves its field out.
  /// - Throws: ``BSONError`` when the type does not encode as a document, has a value that BSON has not, or a name with a zero byte; and what the
  ///   type itself throws.
  public init(encoding value: some Encodable) throws {
    let node = BSONNode()
    try BSONEncoding(node: node, codingPath: []).encode(value)
    guard case .document(let document) = try node.value() else {
      throw BSONError("\(type(of: value)) does not encode as a document")
    }
    self = document
  }
}

/// A value that is being encoded; its containers add to it until it is written.
final class BSONNode {
  enum Content {
    case none
    case value(BSONValue)
    case fields([(name: String, node: BSONNode)])
    case elements([BSONNode])
  }

  var content = Content.none

  func add(_ name: String) -> BSONNode {
    let node = BSONNode()
    guard case .fields(var fields) = content else {
      content = .fields([(name, node)])
      return node
    }
    content = .none
    fields.append((name, node))
    content = .fields(fields)
    return node
  }

  func add() -> BSONNode {
    let node = BSONNode()
    guard case .elements(var elements) = content else {
      content = .elements([node])
      return node
    }
    content = .none
    elements.append(node)
    content = .elements(elements)
    return node
  }

  /// What was encoded; an empty document where nothing was.
  func value() throws(BSONError) -> BSONValue {
    switch content {
    case .none: return .document(BSONDocument())
    case .value(let value): return value
    case .fields(let fields):
      var writer = BSONWriter()
      for field in fields { try writer.append(field.name, field.node.value()) }
      return .document(try writer.finish())
    case .elements(let elements):
      var values: [BSONValue] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try element.value()) }
      return .array(try BSONArray(values))
    }
  }
}

struct BSONEncoding: Encoder, SingleValueEncodingContainer {
  let node: BSONNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .none = node.content { node.content = .fields([]) }
    return KeyedEncodingContainer(BSONFieldEncoding<Key>(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .none = node.content { node.content = .elements([]) }
    return BSONElementEncoding(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func encodeNil() { node.content = .value(.null) }

  func encode<T: Encodable>(_ value: T) throws {
    switch value {
    case let exact as any BSONConvertible: node.content = .value(exact.bsonValue)
    case let bytes as [UInt8] where T.self == [UInt8].self: node.content = .value(.binary(BSONBinary(bytes: bytes)))
    case is any BSONContainerType: try value.encode(to: self)
    case let direct as any DBEncodable: node.content = .value(try BSONValue(direct.dbValue))
    default: try value.encode(to: self)
    }
  }
}

struct BSONFieldEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: BSONNode
  let codingPath: [any CodingKey]

  private func encoder(_ key: some CodingKey) -> BSONEncoding {
    BSONEncoding(node: node.add(key.stringValue), codingPath: codingPath + [key])
  }

  func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder(key).encode(value) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    encoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder(BSONCodingKey(stringValue: "super")) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

struct BSONElementEncoding: UnkeyedEncodingContainer {
  let node: BSONNode
  let codingPath: [any CodingKey]

  var count: Int { if case .elements(let elements) = node.content { elements.count } else { 0 } }

  private func encoder() -> BSONEncoding {
    BSONEncoding(node: node.add(), codingPath: codingPath + [BSONCodingKey(intValue: count)])
  }

  func encodeNil() { encoder().encodeNil() }
  func encode<T: Encodable>(_ value: T) throws { try encoder().encode(value) }

  func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    encoder().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder() }
}
