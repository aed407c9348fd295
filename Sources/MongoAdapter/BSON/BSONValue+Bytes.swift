extension BSONValue {
  /// The value of an element.
  /// - Parameter document: the bytes the element was found in, with which nested documents share their memory.
  init(_ element: BSONReader.Element, in document: ArraySlice<UInt8>) {
    let bytes = element.value
    switch element.kind {
    case .double: self = .double(Double(bitPattern: BSONBytes.load(UInt64.self, bytes)))
    case .string: self = Self.text(element).map { .string($0) } ?? Self.invalid(element)
    case .document: self = .document(BSONDocument(unchecked: Self.slice(element, of: document)))
    case .array: self = .array(BSONArray(BSONDocument(unchecked: Self.slice(element, of: document))))
    case .binary: self = .binary(BSONBinary(subtype: bytes[4], payload: Array(bytes.dropFirst(5))))
    case .undefined: self = .undefined
    case .objectID: self = .objectID(BSONObjectID(bytes))
    case .bool: self = .bool(bytes[0] != 0)
    case .date: self = .date(BSONDate(millisecondsSince1970: BSONBytes.load(Int64.self, bytes)))
    case .null: self = .null
    case .regex: self = Self.regex(bytes) ?? Self.invalid(element)
    case .dbPointer:
      let id = BSONObjectID(UnsafeRawBufferPointer(rebasing: bytes.suffix(12)))
      self = Self.text(element).map { .dbPointer(BSONDBPointer(namespace: $0, id: id)) } ?? Self.invalid(element)
    case .code: self = Self.text(element).map { .code($0) } ?? Self.invalid(element)
    case .symbol: self = Self.text(element).map { .symbol($0) } ?? Self.invalid(element)
    case .codeWithScope: self = Self.codeWithScope(element, document) ?? Self.invalid(element)
    case .int32: self = .int32(BSONBytes.load(Int32.self, bytes))
    case .timestamp: self = .timestamp(BSONTimestamp(rawValue: BSONBytes.load(UInt64.self, bytes)))
    case .int64: self = .int64(BSONBytes.load(Int64.self, bytes))
    case .decimal128:
      self = .decimal128(
        BSONDecimal128(high: BSONBytes.load(UInt64.self, bytes, at: 8), low: BSONBytes.load(UInt64.self, bytes)))
    case .minKey: self = .minKey
    case .maxKey: self = .maxKey
    }
  }

  private static func slice(_ element: BSONReader.Element, of document: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = document.startIndex + element.offset
    return document[start..<start + element.value.count]
  }

  private static func invalid(_ element: BSONReader.Element) -> BSONValue {
    .invalidText(BSONInvalidText(kind: element.kind, encoded: Array(element.value)))
  }

  /// The bytes of a text that begins with its length and ends in a zero byte.
  static func textBytes(_ value: UnsafeRawBufferPointer, at start: Int = 0) -> UnsafeRawBufferPointer {
    let length = Int(BSONBytes.load(Int32.self, value, at: start))
    return UnsafeRawBufferPointer(rebasing: value[start + 4..<start + 3 + length])
  }

  private static func text(_ element: BSONReader.Element) -> String? { BSONText.valid(textBytes(element.value)) }

  /// Pattern and options, each without its zero byte.
  static func regexParts(
    _ value: UnsafeRawBufferPointer
  ) -> (pattern: UnsafeRawBufferPointer, options: UnsafeRawBufferPointer) {
    let end = value.firstIndex(of: 0) ?? 0
    return (
      UnsafeRawBufferPointer(rebasing: value[..<end]), UnsafeRawBufferPointer(rebasing: value[(end + 1)...].dropLast())
    )
  }

  private static func regex(_ value: UnsafeRawBufferPointer) -> BSONValue? {
    let parts = regexParts(value)
    guard let pattern = BSONText.valid(parts.pattern), let options = BSONText.valid(parts.options) else { return nil }
    return .regex(BSONRegex(unchecked: pattern, options: options))
  }

  private static func codeWithScope(_ element: BSONReader.Element, _ document: ArraySlice<UInt8>) -> BSONValue? {
    let text = textBytes(element.value, at: 4)
    guard let code = BSONText.valid(text) else { return nil }
    let scope = slice(element, of: document).dropFirst(4 + 4 + text.count + 1)
    return .codeWithScope(BSONCodeWithScope(code: code, scope: BSONDocument(unchecked: scope)))
  }

  /// Appends the value as it stands in a document.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .double(let value): BSONBytes.append(value.bitPattern, to: &bytes)
    case .string(let text), .code(let text), .symbol(let text): Self.append(text: text, to: &bytes)
    case .document(let value): bytes.append(contentsOf: value.bytes)
    case .array(let value): bytes.append(contentsOf: value.document.bytes)
    case .binary(let value):
      BSONBytes.append(Int32(truncatingIfNeeded: value.payload.count), to: &bytes)
      bytes.append(value.subtype)
      bytes.append(contentsOf: value.payload)
    case .objectID(let value): value.append(to: &bytes)
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .date(let value): BSONBytes.append(value.millisecondsSince1970, to: &bytes)
    case .regex(let value):
      bytes.append(contentsOf: value.pattern.utf8)
      bytes.append(0)
      bytes.append(contentsOf: value.options.utf8)
      bytes.append(0)
    case .dbPointer(let value):
      Self.append(text: value.namespace, to: &bytes)
      value.id.append(to: &bytes)
    case .codeWithScope(let value):
      BSONBytes.append(
        Int32(truncatingIfNeeded: 4 + 4 + value.code.utf8.count + 1 + value.scope.bytes.count), to: &bytes)
      Self.append(text: value.code, to: &bytes)
      bytes.append(contentsOf: value.scope.bytes)
    case .int32(let value): BSONBytes.append(value, to: &bytes)
    case .timestamp(let value): BSONBytes.append(value.rawValue, to: &bytes)
    case .int64(let value): BSONBytes.append(value, to: &bytes)
    case .decimal128(let value):
      BSONBytes.append(value.low, to: &bytes)
      BSONBytes.append(value.high, to: &bytes)
    case .invalidText(let value): bytes.append(contentsOf: value.encoded)
    case .undefined, .null, .minKey, .maxKey: break
    }
  }

  private static func append(text: String, to bytes: inout [UInt8]) {
    BSONBytes.append(Int32(truncatingIfNeeded: text.utf8.count + 1), to: &bytes)
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
  }
}
