internal import DBAdapterCore

extension BSONDocumentDecoder {
  func forEachValue(
    of document: UnsafeRawBufferPointer, _ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void
  ) {
    var path: [UInt8] = []
    Self.visit(document, &path, depth: 1, body)
  }

  private static func visit(
    _ document: UnsafeRawBufferPointer, _ path: inout [UInt8], depth: Int,
    _ body: (_ path: UnsafeRawBufferPointer, _ value: DBValue) -> Void
  ) {
    let parent = path.count
    var reader = BSONReader(document)
    while let element = reader.next() {
      if parent > 0 { path.append(UInt8(ascii: ".")) }
      append(element.name, to: &path)
      if element.kind == .document, element.value.count > emptyDocument, depth < BSONDocument.deepest {
        visit(element.value, &path, depth: depth + 1, body)
      } else {
        let value = shown(element)
        path.withUnsafeBytes { body($0, value) }
      }
      path.removeSubrange(parent...)
    }
  }

  /// The bytes of a document without elements.
  private static let emptyDocument = 5

  private static func append(_ name: UnsafeRawBufferPointer, to path: inout [UInt8]) {
    if name.isEmpty || name.contains(UInt8(ascii: ".")) {
      JSONText.append(quoted: name, to: &path)
    } else {
      path.append(contentsOf: name)
    }
  }

  /// The value as people read it; what has parts is JSON.
  private static func shown(_ element: BSONReader.Element) -> DBValue {
    guard element.kind == .document || element.kind == .array else { return value(of: element) }
    var text: [UInt8] = []
    ExtendedJSONWriter(style: .relaxed).append(element.kind, element.value, depth: 1, to: &text)
    return .json(DBJSON(String(decoding: text, as: UTF8.self)))
  }
}
