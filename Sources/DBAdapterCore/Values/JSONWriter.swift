/// Writes JSON text (RFC 8259) into a byte buffer, in the order it is told.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private let indentation: Int?
  private var depth = 0
  private var needsComma = false

  /// - Parameter indentation: spaces a level, or `nil` for one line.
  package init(indentation: Int? = nil) { self.indentation = indentation }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package mutating func object(_ body: (inout JSONWriter) -> Void) { enclosed("{", "}", body) }
  package mutating func array(_ body: (inout JSONWriter) -> Void) { enclosed("[", "]", body) }

  /// A member of the enclosing object whose value `body` writes.
  package mutating func member(_ name: String, _ body: (inout JSONWriter) -> Void) {
    separate()
    Self.append(quoted: name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    if indentation != nil { bytes.append(UInt8(ascii: " ")) }
    needsComma = false
    body(&self)
    needsComma = true
  }

  package mutating func member(_ name: String, _ value: String?) { member(name) { $0.string(value) } }
  package mutating func member(_ name: String, _ value: Bool?) { member(name) { $0.bool(value) } }
  package mutating func member(_ name: String, _ value: (some BinaryInteger)?) { member(name) { $0.number(value) } }
  package mutating func member(_ name: String, _ values: [String]) {
    member(name) { $0.array { list in values.forEach { list.string($0) } } }
  }

  package mutating func string(_ value: String?) {
    separate()
    if let value { Self.append(quoted: value, to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
  }

  package mutating func bool(_ value: Bool?) { raw(value.map { $0 ? "true" : "false" } ?? "null") }
  package mutating func number(_ value: (some BinaryInteger)?) { raw(value.map { String($0) } ?? "null") }
  package mutating func null() { raw("null") }

  /// Text that is JSON already.
  package mutating func raw(_ json: String) {
    separate()
    bytes.append(contentsOf: json.utf8)
  }

  private mutating func enclosed(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(UInt8(ascii: open))
    depth += 1
    needsComma = false
    let start = bytes.count
    body(&self)
    depth -= 1
    if bytes.count > start { breakLine() }
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    if depth > 0, needsComma || [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(bytes.last) { breakLine() }
    needsComma = true
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation * depth))
  }

  /// Appends a JSON string: quotes, backslashes and control characters escaped, everything else as it is.
  package static func append(quoted text: String, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { append(quoted: UnsafeRawBufferPointer($0), to: &bytes) }
  }

  /// The same for bytes known to be valid UTF-8.
  package static func append(quoted utf8: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for (index, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start..<index]))
      append(escaped: byte, to: &bytes)
      start = index + 1
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start...]))
    bytes.append(UInt8(ascii: "\""))
  }

  private static func append(escaped byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default: bytes.append(contentsOf: "u00\(DBBytes([byte]).hexadecimal)".utf8)
    }
  }
}
