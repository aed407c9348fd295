internal import DBAdapterCore

/// Reads the documents of a result a field at a time.
struct BSONDocumentDecoder: DocumentDecoder {
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue {
    BSONValue.document(BSONDocument(unchecked: Array(bytes)[...])).resultValue
  }

  func value(of field: String, in document: UnsafeRawBufferPointer) -> DBValue? {
    var name = field
    return name.withUTF8 { utf8 in
      BSONReader.find(UnsafeRawBufferPointer(utf8), in: document).map { Self.value(of: $0) }
    }
  }

  /// Numbers and texts straight from the bytes, all else through a copy of the field.
  static func value(of element: BSONReader.Element) -> DBValue {
    switch element.kind {
    case .int32: return .int(Int64(BSONBytes.load(Int32.self, element.value)))
    case .int64: return .int(BSONBytes.load(Int64.self, element.value))
    case .double: return .double(Double(bitPattern: BSONBytes.load(UInt64.self, element.value)))
    case .document, .array, .codeWithScope:
      let copy = BSONReader.Element(kind: element.kind, name: element.name, value: element.value, offset: 0)
      return BSONValue(copy, in: Array(element.value)[...]).resultValue
    default: return BSONValue(element, in: []).resultValue
    }
  }

  func decode<T: Decodable>(_ type: T.Type, from document: UnsafeRawBufferPointer) throws -> T {
    try BSONDocument(unchecked: Array(document)[...]).decode(T.self)
  }

  func appendJSON(of document: UnsafeRawBufferPointer, style: DocumentStyle, to text: inout [UInt8]) {
    ExtendedJSONWriter(style: style).append(document: document, to: &text)
  }
}
