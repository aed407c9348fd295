extension Row {
  /// The row as a `Decodable` structure whose property names are column names, or field names where rows are documents.
  ///
  /// Properties may be anything ``DBDecodable``, raw-value enums of such, optionals, and nested `Decodable` types where the
  /// cell holds a document or an array.
  /// - Throws: ``DBError/Code-swift.struct/decodingFailed`` naming column, position, wanted and found type.
  public func decode<T: Decodable>(
    as type: T.Type = T.self, file: StaticString = #fileID, line: UInt = #line
  ) throws(DBError) -> T {
    do {
      if let decoded = try withDocument({ try $0.decode(T.self, from: $1) }) { return decoded }
      return try T(from: RowDecoder(row: self))
    } catch let error as ColumnDecodingError {
      throw failure(error.failure, error.column, file, line)
    } catch let DecodingError.keyNotFound(key, _) {
      guard columns.areDocuments else { throw noColumn("named \"\(key.stringValue)\"", file, line) }
      throw DBError(
        .decodingFailed, "the document has no field \"\(key.stringValue)\"", file: file, line: line)
    } catch {
      throw DBError(.decodingFailed, "\(T.self) cannot be decoded from the row: \(error)", file: file, line: line)
    }
  }
}

private struct ColumnDecodingError: Error {
  let column: Int
  let failure: DecodeFailure
}

private struct RowDecoder: Decoder {
  let row: Row
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(RowContainer<Key>(row: row))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try ValueDecoder(value: .array(DBArray(row.values)), codingPath: []).unkeyedContainer()
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ValueDecoder(value: row.first ?? .null, codingPath: [])
  }
}

private struct RowContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let row: Row
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { row.columns.names.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { row.columns.index(of: key.stringValue) != nil }

  private func column(_ key: Key) throws -> Int {
    guard let column = row.columns.index(of: key.stringValue) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "no such column"))
    }
    return column
  }

  private func scalar<T: DBDecodable>(_ key: Key) throws -> T {
    let column = try column(key)
    do {
      return try row.cell(T.self, at: column)
    } catch {
      throw ColumnDecodingError(column: column, failure: error)
    }
  }

  func decodeNil(forKey key: Key) throws -> Bool { row.isNull(at: try column(key)) }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try scalar(key) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try scalar(key) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try scalar(key) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try scalar(key) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try scalar(key) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try scalar(key) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try scalar(key) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try scalar(key) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try scalar(key) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try scalar(key) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try scalar(key) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try scalar(key) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try scalar(key) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try scalar(key) }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let column = try column(key)
    do {
      return try ValueDecoder(value: row[column], codingPath: [key]).decode(type)
    } catch let failure as DecodeFailure {
      guard let number = row.columns.number(in: row[column]),
        let result = try? ValueDecoder(value: number, codingPath: [key]).decode(type)
      else { throw ColumnDecodingError(column: column, failure: failure) }
      return result
    } catch {
      let failure = DecodeFailure(wanted: "\(T.self)", found: row[column].kindName, detail: detail(of: error))
      throw ColumnDecodingError(column: column, failure: failure)
    }
  }

  /// What a nested type found wrong: a missing field, an unknown raw value.
  private func detail(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "there is no field \"\(key.stringValue)\""
    case DecodingError.dataCorrupted(let context): context.debugDescription
    default: "\(error)"
    }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try ValueDecoder(value: row[try column(key)], codingPath: [key]).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try ValueDecoder(value: row[try column(key)], codingPath: [key]).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { RowDecoder(row: row) }
  func superDecoder(forKey key: Key) throws -> any Decoder {
    ValueDecoder(value: row[try column(key)], codingPath: [key])
  }
}
