internal import DBAdapterCore

/// Where the elements of a document start, so that each is found without walking over the values before it.
struct BSONFieldIndex {
  private struct Entry {
    let start: Int
    let nameLength: Int
  }

  private let document: BSONDocument
  private let entries: [Entry]
  /// The first element of each name, where there are too many to compare.
  private let positions: [String: Int]?

  private static let namesWorthComparing = 32

  init(_ document: BSONDocument) {
    self.document = document
    entries = document.withUnsafeBytes { bytes in
      var reader = BSONReader(bytes)
      var entries: [Entry] = []
      entries.reserveCapacity(16)
      var start = reader.position
      while let element = reader.next() {
        entries.append(Entry(start: start, nameLength: element.name.count))
        start = reader.position
      }
      return entries
    }
    positions =
      entries.count <= Self.namesWorthComparing
      ? nil : Dictionary(zip(document.names, entries.indices), uniquingKeysWith: { first, _ in first })
  }

  var names: [String] { document.names }

  /// The value of the first element with a name.
  func value(of name: String) -> BSONValue? {
    document.withUnsafeBytes { bytes in
      guard let entry = entry(of: name, in: bytes) else { return nil }
      var reader = BSONReader(bytes, from: entry.start)
      return reader.next().map { BSONValue($0, in: document.bytes) }
    }
  }

  /// The type of the first element with a name.
  func kind(of name: String) -> BSONKind? {
    document.withUnsafeBytes { bytes in entry(of: name, in: bytes).flatMap { BSONKind(rawValue: bytes[$0.start]) } }
  }

  private func entry(of name: String, in bytes: UnsafeRawBufferPointer) -> Entry? {
    if let positions { return positions[name].map { entries[$0] } }
    var name = name
    return name.withUTF8 { utf8 in
      entries.first { entry in
        entry.nameLength == utf8.count
          && BSONBytes.areEqual(
            UnsafeRawBufferPointer(utf8),
            UnsafeRawBufferPointer(rebasing: bytes[entry.start + 1..<entry.start + 1 + entry.nameLength]))
      }
    }
  }
}

/// The fields of a document by the names of a type's properties.
struct BSONFieldContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let fields: BSONFieldIndex
  let codingPath: [any CodingKey]

  var allKeys: [Key] { fields.names.compactMap { Key(stringValue: $0) } }
  func contains(_ key: Key) -> Bool { fields.kind(of: key.stringValue) != nil }

  private func decoder(_ key: Key) throws -> BSONDecoding {
    guard let value = fields.value(of: key.stringValue) else {
      let path = BSONPath.text(codingPath + [key])
      throw DecodingError.keyNotFound(
        BSONCodingKey(stringValue: path),
        .init(codingPath: codingPath, debugDescription: "there is no field \"\(path)\""))
    }
    return BSONDecoding(value: value, outerPath: codingPath, key: key)
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    if let kind = fields.kind(of: key.stringValue) { kind == .null } else { try decoder(key).decodeNil() }
  }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoder(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoder(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoder(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoder(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoder(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decoder(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decoder(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decoder(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decoder(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decoder(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decoder(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decoder(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decoder(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decoder(key).decode(type) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    BSONDecoding(value: fields.value(of: "super") ?? .null, outerPath: codingPath, key: nil)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

/// The values of a list, one after the other.
struct BSONElementContainer: UnkeyedDecodingContainer {
  let values: [BSONValue]
  let codingPath: [any CodingKey]
  var currentIndex = 0

  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }

  private func current() throws -> BSONDecoding {
    let key = BSONCodingKey(intValue: currentIndex)
    guard !isAtEnd else {
      throw DecodeFailure(wanted: "element \(BSONPath.text(codingPath + [key]))", found: "the end of the list")
    }
    return BSONDecoding(value: values[currentIndex], outerPath: codingPath, key: key)
  }

  private mutating func advance<R>(_ body: (BSONDecoding) throws -> R) throws -> R {
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
