extension Row {
  /// The cell at a position as a Swift type.
  /// - Throws: ``DBError/Code-swift.struct/decodingFailed`` naming column, position, wanted and found type.
  @inlinable
  public func decode<T: DBDecodable>(
    _ type: T.Type = T.self, at column: Int, file: StaticString = #fileID, line: UInt = #line
  ) throws(DBError) -> T {
    guard column >= 0, column < endIndex else { throw noColumn("at index \(column)", file, line) }
    if let number = number(T.self, at: column) { return number }
    do {
      return try cell(T.self, at: column)
    } catch {
      throw failure(error, column, file, line)
    }
  }

  @inlinable
  func cell<T: DBDecodable>(_: T.Type, at column: Int) throws(DecodeFailure) -> T {
    let value = storage.value(row: index, column: column)
    do throws(DecodeFailure) {
      return try T.decode(value)
    } catch {
      guard let number = storage.columns.number(in: value) else { throw error }
      return try T.decode(number)
    }
  }

  /// The cell itself where it holds just what is asked for: specialised, these comparisons cost nothing.
  @inlinable
  func number<T>(_: T.Type, at column: Int) -> T? {
    let cell = storage.cells[index * storage.width + column]
    switch cell.kind {
    case .int where T.self == Int64.self: return unsafeBitCast(cell.payload, to: T.self)
    case .int where T.self == Int.self && Int.bitWidth == 64: return unsafeBitCast(Int(cell.payload), to: T.self)
    case .double where T.self == Double.self: return unsafeBitCast(cell.payload, to: T.self)
    default: return nil
    }
  }

  /// The leftmost cell of a name as a Swift type; the first field where rows are documents, and there a missing one counts as null.
  /// - Throws: ``DBError/Code-swift.struct/decodingFailed`` naming column, position, wanted and found type.
  public func decode<T: DBDecodable>(
    _ type: T.Type = T.self, at name: String, file: StaticString = #fileID, line: UInt = #line
  ) throws(DBError) -> T {
    if columns.areDocuments { return try field(type, name, file, line) }
    guard let column = columns.index(of: name) else { throw noColumn("named \"\(name)\"", file, line) }
    return try decode(type, at: column, file: file, line: line)
  }

  private func field<T: DBDecodable>(
    _: T.Type, _ name: String, _ file: StaticString, _ line: UInt
  ) throws(DBError) -> T {
    let value = self[name]
    do throws(DecodeFailure) {
      return try T.decode(value ?? .null)
    } catch {
      let failure = value == nil ? "there is no such field" : "\(error)"
      throw DBError(.decodingFailed, "field \"\(name)\": \(failure)", file: file, line: line)
    }
  }

  /// The first cell of the row: `let count = try row.decode(Int.self)`.
  @inlinable
  public func decode<T: DBDecodable>(
    _ type: T.Type, file: StaticString = #fileID, line: UInt = #line
  ) throws(DBError) -> T {
    try decode(type, at: 0, file: file, line: line)
  }

  /// The first cells of the row as a tuple: `let (id, name) = try row.decode((Int64, String?).self)`.
  @inlinable
  public func decode<each T: DBDecodable>(
    _ type: (repeat each T).Type, file: StaticString = #fileID, line: UInt = #line
  ) throws(DBError) -> (repeat each T) {
    var column = -1
    func next<U: DBDecodable>(_: U.Type) throws(DBError) -> U {
      column += 1
      return try decode(U.self, at: column, file: file, line: line)
    }
    return (repeat try next((each T).self))
  }

  @usableFromInline
  func noColumn(_ which: String, _ file: StaticString, _ line: UInt) -> DBError {
    let names = columns.names.map { "\"\($0)\"" }.joined(separator: ", ")
    return DBError(
      .decodingFailed, "the row has no column \(which); its \(columns.count) columns are \(names)", file: file,
      line: line)
  }

  @usableFromInline
  func failure(_ failure: DecodeFailure, _ column: Int, _ file: StaticString, _ line: UInt) -> DBError {
    let definition = columns[column]
    return DBError(
      .decodingFailed, "column \"\(definition.name)\" (index \(column), \(definition.type)): \(failure)",
      file: file, line: line)
  }
}
