/// Reads the cells of a column whose cells are documents, a field at a time.
///
/// Where a result has one column and its format is such a decoder, its rows are documents: ``Row/subscript(_:)-(String)`` and the decoding by
/// name find their fields.
public protocol DocumentDecoder: CellDecoder {
  /// The value of the first field with a name; `nil` when there is none.
  func value(of field: String, in document: UnsafeRawBufferPointer) -> DBValue?
  /// A `Decodable` type whose property names are the document's fields.
  /// - Throws: `DecodingError` or ``DecodeFailure``.
  func decode<T: Decodable>(_ type: T.Type, from document: UnsafeRawBufferPointer) throws -> T
  /// Appends the document as one line of JSON text that says of every value what type it has, as far as the style does.
  func appendJSON(of document: UnsafeRawBufferPointer, style: DocumentStyle, to text: inout [UInt8])
  /// Hands over the values of a document in order, each with the names that lead to it. The values of a document within it stand in its
  /// place; a list, and a document without fields, is one value, as JSON text in relaxed style.
  /// - Parameter body: gets the names as UTF-8 with dots between them, `address.city`; a name that is empty or holds a dot stands in double
  ///   quotes, `"a.b"`, so that no two paths are written alike.
  func forEachValue(
    of document: UnsafeRawBufferPointer, _ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void)
}

/// How exactly JSON text tells the types of a document's values.
public enum DocumentStyle: String, Sendable, Hashable, CaseIterable {
  /// Numbers and dates as people write them, where that tells enough.
  case relaxed
  /// Every type, so that the text can be read back without loss.
  case canonical
}

extension ColumnSet {
  /// Whether the rows are documents: ``Row/subscript(_:)-(String)`` finds their fields.
  public var areDocuments: Bool { documents != nil }
}

extension Row {
  /// The bytes of a document row; `nil` for other rows.
  @usableFromInline
  func withDocument<R>(_ body: (any DocumentDecoder, UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
    guard let documents = storage.columns.documents else { return nil }
    return try storage.withBytes(of: storage.cells[index]) { try body(documents, $0) }
  }

  /// Appends a document row as one line of JSON text, in its engine's own notation.
  /// - Returns: whether the row is a document; otherwise nothing is appended.
  public func appendJSON(style: DocumentStyle, to text: inout [UInt8]) -> Bool {
    withDocument { $0.appendJSON(of: $1, style: style, to: &text) } != nil
  }

  /// Hands over the values of a document row in order, each with the path that leads to it; see
  /// ``DocumentDecoder/forEachValue(of:_:)``. Other rows have none.
  package func forEachValue(_ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void) {
    _ = withDocument { $0.forEachValue(of: $1, body) }
  }

  /// The bytes of a cell that is kept in its engine's own encoding, which share the batch's memory; `nil` for other cells.
  package func encodedBytes(at column: Int) -> ArraySlice<UInt8>? {
    let cell = storage.cells[index * storage.width + column]
    guard cell.kind == .encoded else { return nil }
    return storage.bytes[Int(cell.payload)..<Int(cell.payload) + Int(cell.length)]
  }
}
