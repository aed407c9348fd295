extension BSONDocument {
  /// How deep documents may stand in documents. The server's own limit is 180.
  static let deepest = 200

  /// Checks the whole structure, nested documents included, and takes a copy of the bytes.
  /// - Parameter requiresUTF8: whether names and texts have to be valid UTF-8, which servers do not check. Default: no.
  /// - Throws: ``BSONError`` with the offset of what is wrong: a length that does not fit, an unknown type, a text without its zero byte,
  ///   a truth value that is neither 0 nor 1, or documents more than 200 deep.
  public init(validating bytes: some Collection<UInt8>, requiresUTF8: Bool = false) throws(BSONError) {
    self.init(unchecked: Array(bytes)[...])
    if let failure = withUnsafeBytes({ BSONValidation(requiresUTF8: requiresUTF8).failure(in: $0, at: 0, depth: 1) }) {
      throw failure
    }
  }
}

/// Walks a document and all within it.
private struct BSONValidation {
  let requiresUTF8: Bool

  /// - Parameter offset: where the document stands in the outermost one.
  func failure(in document: UnsafeRawBufferPointer, at offset: Int, depth: Int) -> BSONError? {
    guard depth <= BSONDocument.deepest else {
      return BSONError("documents are nested more than \(BSONDocument.deepest) deep", offset: offset)
    }
    var reader = BSONReader(document)
    while let element = reader.next() {
      if let failure = failure(of: element, at: offset, depth: depth) { return failure }
    }
    guard reader.isMalformed else { return nil }
    return BSONError(
      reader.position == BSONReader.start && !reader.hasFrame
        ? "the document's length is wrong, or its closing zero byte is missing"
        : "the element is malformed or cut short",
      offset: offset + reader.position)
  }

  private func failure(of element: BSONReader.Element, at document: Int, depth: Int) -> BSONError? {
    let offset = document + element.offset
    if requiresUTF8, !BSONText.isValid(element.name) {
      return BSONError("the name is not valid UTF-8", offset: offset - element.name.count - 1)
    }
    switch element.kind {
    case .document, .array: return failure(in: element.value, at: offset, depth: depth + 1)
    case .codeWithScope:
      let code = 4 + 4 + Int(BSONBytes.load(Int32.self, element.value, at: 4))
      let scope = UnsafeRawBufferPointer(rebasing: element.value[code...])
      if let failure = failure(in: scope, at: offset + code, depth: depth + 1) { return failure }
    case .bool where element.value[0] > 1: return BSONError("a truth value is neither 0 nor 1", offset: offset)
    case .binary where element.value[4] == 2:
      guard BSONBinary.hasInnerLength(Array(element.value.dropFirst(5))) else {
        return BSONError("binary data of subtype 2 repeats its length wrongly", offset: offset)
      }
    default: break
    }
    return !requiresUTF8 || element.hasValidText ? nil : BSONError("the text is not valid UTF-8", offset: offset)
  }
}

extension BSONReader.Element {
  /// Whether the texts of the value itself are valid UTF-8.
  fileprivate var hasValidText: Bool {
    switch kind {
    case .string, .code, .symbol, .dbPointer: BSONText.isValid(BSONValue.textBytes(value))
    case .codeWithScope: BSONText.isValid(BSONValue.textBytes(value, at: 4))
    case .regex: BSONText.isValid(value)
    default: true
    }
  }
}
