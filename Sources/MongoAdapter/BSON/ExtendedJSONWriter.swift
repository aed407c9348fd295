internal import DBAdapterCore

/// Writes BSON as Extended JSON v2 (github.com/mongodb/specifications, `extended-json`) straight from its bytes.
///
/// Text that is not UTF-8 is repaired with U+FFFD. A document that is nested deeper than ``BSONDocument/deepest`` is written as empty.
struct ExtendedJSONWriter {
  let style: DocumentStyle
  /// Spaces a level; `nil` for one line.
  var indentation: Int?

  func append(document: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    append(document, isArray: false, depth: 1, to: &text)
  }

  private func append(_ document: UnsafeRawBufferPointer, isArray: Bool, depth: Int, to text: inout [UInt8]) {
    text.append(UInt8(ascii: isArray ? "[" : "{"))
    var reader = BSONReader(document)
    var isFirst = true
    while depth <= BSONDocument.deepest, let element = reader.next() {
      if !isFirst { text.append(UInt8(ascii: ",")) }
      isFirst = false
      breakLine(depth, to: &text)
      if !isArray {
        JSONText.append(quoted: element.name, to: &text)
        text.append(UInt8(ascii: ":"))
        if indentation != nil { text.append(UInt8(ascii: " ")) }
      }
      append(element.kind, element.value, depth: depth, to: &text)
    }
    if !isFirst { breakLine(depth - 1, to: &text) }
    text.append(UInt8(ascii: isArray ? "]" : "}"))
  }

  private func breakLine(_ depth: Int, to text: inout [UInt8]) {
    guard let indentation else { return }
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * depth))
  }

  /// - Parameter depth: how many documents the value stands in.
  func append(_ kind: BSONKind, _ value: UnsafeRawBufferPointer, depth: Int, to text: inout [UInt8]) {
    switch kind {
    case .string: JSONText.append(quoted: BSONValue.textBytes(value), to: &text)
    case .int32:
      let number = Int64(BSONBytes.load(Int32.self, value))
      append(integer: number, wrapper: #"{"$numberInt":""#, to: &text)
    case .int64: append(integer: BSONBytes.load(Int64.self, value), wrapper: #"{"$numberLong":""#, to: &text)
    case .double: append(double: Double(bitPattern: BSONBytes.load(UInt64.self, value)), to: &text)
    case .document: append(value, isArray: false, depth: depth + 1, to: &text)
    case .array: append(value, isArray: true, depth: depth + 1, to: &text)
    case .bool: JSONText.append(value[0] != 0 ? "true" : "false", to: &text)
    case .null: JSONText.append("null", to: &text)
    case .objectID:
      JSONText.append(#"{"$oid":""#, to: &text)
      JSONText.append(hexadecimal: value, to: &text)
      JSONText.append(#""}"#, to: &text)
    case .date: append(date: BSONBytes.load(Int64.self, value), to: &text)
    default: appendRare(kind, value, depth: depth, to: &text)
    }
  }

  private func append(integer: Int64, wrapper: StaticString, to text: inout [UInt8]) {
    if style == .relaxed { return JSONText.append(integer, to: &text) }
    JSONText.append(wrapper, to: &text)
    JSONText.append(integer, to: &text)
    JSONText.append(#""}"#, to: &text)
  }

  private func append(double: Double, to text: inout [UInt8]) {
    if style == .relaxed, double.isFinite {
      var digits = double.description
      return digits.withUTF8 { text.append(contentsOf: $0) }
    }
    JSONText.append(#"{"$numberDouble":""#, to: &text)
    let isWhole = double.isFinite
    text.append(contentsOf: (isWhole ? double.description : DBValue.text(of: double)).utf8)
    JSONText.append(#""}"#, to: &text)
  }

  /// Relaxed text writes moments of the years 1970 to 9999 as ISO 8601, as the specification says.
  private func append(date milliseconds: Int64, to text: inout [UInt8]) {
    JSONText.append(#"{"$date":"#, to: &text)
    if style == .relaxed, (0..<253_402_300_800_000).contains(milliseconds) {
      text.append(UInt8(ascii: "\""))
      JSONText.append(moment: milliseconds, to: &text)
      JSONText.append(#""}"#, to: &text)
    } else {
      JSONText.append(#"{"$numberLong":""#, to: &text)
      JSONText.append(milliseconds, to: &text)
      JSONText.append(#""}}"#, to: &text)
    }
  }

  private func appendRare(_ kind: BSONKind, _ value: UnsafeRawBufferPointer, depth: Int, to text: inout [UInt8]) {
    switch kind {
    case .binary: append(binary: BSONBinary(subtype: value[4], payload: Array(value.dropFirst(5))), to: &text)
    case .undefined: JSONText.append(#"{"$undefined":true}"#, to: &text)
    case .minKey: JSONText.append(#"{"$minKey":1}"#, to: &text)
    case .maxKey: JSONText.append(#"{"$maxKey":1}"#, to: &text)
    case .regex:
      let parts = BSONValue.regexParts(value)
      JSONText.append(#"{"$regularExpression":{"pattern":"#, to: &text)
      JSONText.append(quoted: parts.pattern, to: &text)
      JSONText.append(#","options":"#, to: &text)
      JSONText.append(quoted: parts.options, to: &text)
      JSONText.append("}}", to: &text)
    case .dbPointer:
      JSONText.append(#"{"$dbPointer":{"$ref":"#, to: &text)
      JSONText.append(quoted: BSONValue.textBytes(value), to: &text)
      JSONText.append(#","$id":{"$oid":""#, to: &text)
      JSONText.append(hexadecimal: UnsafeRawBufferPointer(rebasing: value.suffix(12)), to: &text)
      JSONText.append(#""}}}"#, to: &text)
    case .code, .symbol:
      JSONText.append(kind == .code ? #"{"$code":"# : #"{"$symbol":"#, to: &text)
      JSONText.append(quoted: BSONValue.textBytes(value), to: &text)
      text.append(UInt8(ascii: "}"))
    case .codeWithScope:
      let code = BSONValue.textBytes(value, at: 4)
      JSONText.append(#"{"$code":"#, to: &text)
      JSONText.append(quoted: code, to: &text)
      JSONText.append(#","$scope":"#, to: &text)
      append(UnsafeRawBufferPointer(rebasing: value[(9 + code.count)...]), isArray: false, depth: depth + 1, to: &text)
      text.append(UInt8(ascii: "}"))
    case .timestamp:
      let timestamp = BSONTimestamp(rawValue: BSONBytes.load(UInt64.self, value))
      JSONText.append(#"{"$timestamp":{"t":"#, to: &text)
      JSONText.append(Int64(timestamp.seconds), to: &text)
      JSONText.append(#","i":"#, to: &text)
      JSONText.append(Int64(timestamp.increment), to: &text)
      JSONText.append("}}", to: &text)
    case .decimal128:
      let number = BSONDecimal128(
        high: BSONBytes.load(UInt64.self, value, at: 8), low: BSONBytes.load(UInt64.self, value))
      JSONText.append(#"{"$numberDecimal":""#, to: &text)
      text.append(contentsOf: number.description.utf8)
      JSONText.append(#""}"#, to: &text)
    default: break
    }
  }

  private func append(binary: BSONBinary, to text: inout [UInt8]) {
    JSONText.append(#"{"$binary":{"base64":""#, to: &text)
    text.append(contentsOf: DBBytes(binary.bytes).base64.utf8)
    JSONText.append(#"","subType":""#, to: &text)
    withUnsafeBytes(of: binary.subtype) { JSONText.append(hexadecimal: $0, to: &text) }
    JSONText.append(#""}}"#, to: &text)
  }
}
