public import DBAdapterCore

extension BSONDocument {
  /// Reads Extended JSON v2, canonical or relaxed (github.com/mongodb/specifications, `extended-json`). Order and duplicate names are
  /// kept; a whole number becomes an `int32`, `int64` or, where it is too large for both, a double.
  /// - Throws: ``BSONError`` with line and column of what is no JSON, no value of its type, or nested more than 200 deep.
  public init(extendedJSON text: String) throws(BSONError) {
    guard case .document(let document) = try BSONValue(extendedJSON: text) else {
      throw BSONError("expected a document, which begins with {", position: BSONError.Position(line: 1, column: 1))
    }
    self = document
  }

  /// The document as Extended JSON v2. Text that is not UTF-8 is repaired with U+FFFD, and documents nested more than 200 deep are left empty.
  /// - Parameters:
  ///   - style: whether numbers and dates tell their types. Default: as people write them.
  ///   - indentation: spaces a level. Default: one line.
  public func extendedJSON(_ style: DocumentStyle = .relaxed, indentation: Int? = nil) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 2)
    withUnsafeBytes { ExtendedJSONWriter(style: style, indentation: indentation).append(document: $0, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }
}

extension BSONValue {
  /// Reads one value of Extended JSON v2; see ``BSONDocument/init(extendedJSON:)``.
  /// - Throws: ``BSONError`` with line and column of what is no JSON, no value of its type, or nested more than 200 deep.
  public init(extendedJSON text: String) throws(BSONError) {
    var parser = ExtendedJSONParser(text)
    self = try parser.parseAll()
  }

  /// The value as Extended JSON v2; see ``BSONDocument/extendedJSON(_:indentation:)``.
  public func extendedJSON(_ style: DocumentStyle = .relaxed, indentation: Int? = nil) -> String {
    var encoded: [UInt8] = []
    append(to: &encoded)
    var text: [UInt8] = []
    encoded.withUnsafeBytes {
      ExtendedJSONWriter(style: style, indentation: indentation).append(kind, $0, depth: 0, to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
