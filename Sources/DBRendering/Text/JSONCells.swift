internal import DBAdapterCore

/// Writes values as JSON (RFC 8259), without losing a digit.
struct JSONCells {
  let binary: RenderingOptions.BinaryEncoding
  let numbers: RenderingOptions.NumberEncoding
  let maximumCell: Int?
  /// Whether JSON values of the database may keep their line breaks.
  let keepsLineBreaks: Bool
  /// Whether bytes are written as `{"base64": "…"}` and not as a string, because there is text beside them.
  var marksBytes: Bool
  private(set) var cutCells = 0

  init(
    binary: RenderingOptions.BinaryEncoding, numbers: RenderingOptions.NumberEncoding, maximumCell: Int? = nil,
    keepsLineBreaks: Bool = false, marksBytes: Bool = false
  ) {
    self.marksBytes = marksBytes
    self.binary = binary
    self.numbers = numbers
    self.maximumCell = maximumCell
    self.keepsLineBreaks = keepsLineBreaks
  }

  init(_ options: RenderingOptions, keepsLineBreaks: Bool = false) {
    self.init(
      binary: options.binary ?? .base64, numbers: options.numbers, maximumCell: options.maximumCell,
      keepsLineBreaks: keepsLineBreaks)
  }

  /// Writes a cell.
  /// - Parameters:
  ///   - isText: whether the column's cells are likely text that can be copied as it is.
  ///   - marksBytes: whether the column may hold text and bytes.
  @inline(__always)
  mutating func append(
    _ row: Row, at column: Int, isText: Bool = true, marksBytes: Bool, to buffer: inout OutputBuffer
  ) {
    if row.isNull(at: column) { return buffer.append(literal: "null") }
    self.marksBytes = marksBytes
    if let maximumCell { return append(row[column], cutAt: maximumCell, to: &buffer) }
    guard isText else { return append(row[column], to: &buffer) }
    let isWritten = row.withTextBytes(at: column) { bytes in
      guard UTF8Bytes.areValid(bytes) else { return false }
      Self.append(quoted: bytes, to: &buffer)
      return true
    }
    if isWritten != true { append(row[column], to: &buffer) }
  }

  /// Writes a value.
  func append(_ value: DBValue, to buffer: inout OutputBuffer) {
    switch value {
    case .null: buffer.append(literal: "null")
    case .bool(let value): buffer.append(literal: value ? "true" : "false")
    case .int(let value): exact(&buffer) { $0.append(decimal: value) }
    case .uint(let value): exact(&buffer) { $0.append(decimal: value) }
    case .double(let value): quoted(!value.isFinite, &buffer) { $0.append(value) }
    case .decimal(let value): quoted(numbers == .string || !value.isFinite, &buffer) { $0.append(value.description) }
    case .text(let value): Self.append(quoted: value, to: &buffer)
    case .bytes(let value): if marksBytes { append(marked: value, to: &buffer) } else { append(value, to: &buffer) }
    case .uuid(let value): quoted(true, &buffer) { $0.append(value.description) }
    case .date(let value): quoted(true, &buffer) { $0.append(value) }
    case .time(let value): quoted(true, &buffer) { $0.append(value) }
    case .timestamp(let value): quoted(true, &buffer) { $0.append(value) }
    case .interval(let value): quoted(true, &buffer) { $0.append(value.description) }
    case .json(let value): append(value, to: &buffer)
    case .array(let value):
      buffer.append(ascii: "[")
      for (index, element) in value.elements.enumerated() {
        if index > 0 { buffer.append(ascii: ",") }
        append(element, to: &buffer)
      }
      buffer.append(ascii: "]")
    case .document(let value): append(value, to: &buffer)
    case .native(let value):
      switch value.payload {
      case .text(let text): Self.append(quoted: text, to: &buffer)
      case .bytes(let bytes): append(bytes, to: &buffer)
      }
    }
  }

  private func append(_ value: DBDocument, to buffer: inout OutputBuffer) {
    buffer.append(ascii: "{")
    for (index, name) in UniqueNames(value.fields.map(\.name)).names.enumerated() {
      if index > 0 { buffer.append(ascii: ",") }
      Self.append(quoted: name, to: &buffer)
      buffer.append(ascii: ":")
      append(value.fields[index].value, to: &buffer)
    }
    buffer.append(ascii: "}")
  }

  private func append(_ value: DBJSON, to buffer: inout OutputBuffer) {
    let start = buffer.count
    buffer.append(value.text)
    guard !keepsLineBreaks else { return }
    // Outside its strings a line break is only space, and inside them JSON has none.
    guard buffer.bytes(from: start).contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return }
    let text = buffer.bytes(from: start).map { $0 == 0x0A || $0 == 0x0D ? UInt8(ascii: " ") : $0 }
    buffer.truncate(to: start)
    buffer.append(text)
  }

  private func append(marked value: DBBytes, to buffer: inout OutputBuffer) {
    buffer.append(literal: binary == .base64 ? "{\"base64\":" : "{\"hex\":")
    quoted(true, &buffer) { $0.append(binary == .base64 ? value.base64 : value.hexadecimal) }
    buffer.append(ascii: "}")
  }

  private func append(_ value: DBBytes, to buffer: inout OutputBuffer) {
    switch binary {
    case .base64: quoted(true, &buffer) { $0.append(value.base64) }
    case .hex: quoted(true, &buffer) { $0.append(value.hexadecimal) }
    case .utf8:
      value.bytes.withUnsafeBytes { bytes in
        if UTF8Bytes.areValid(bytes) {
          Self.append(quoted: bytes, to: &buffer)
        } else {
          Self.append(quoted: value.description, to: &buffer)
        }
      }
    }
  }

  private mutating func append(_ value: DBValue, cutAt maximum: Int, to buffer: inout OutputBuffer) {
    let text: String
    switch value {
    case .text, .bytes, .json, .array, .document, .native:
      var plain = OutputBuffer(capacity: 256)
      _ = CellText(binary: binary).append(value, to: &plain)
      text = plain.withBytes { String(decoding: $0, as: UTF8.self) }
    default: return append(value, to: &buffer)
    }
    guard let end = text.index(text.startIndex, offsetBy: maximum, limitedBy: text.endIndex), end < text.endIndex else {
      return append(value, to: &buffer)
    }
    cutCells += 1
    Self.append(quoted: text[..<end] + "…", to: &buffer)
  }

  @inline(__always)
  private func exact(_ buffer: inout OutputBuffer, _ body: (inout OutputBuffer) -> Void) {
    quoted(numbers == .string, &buffer, body)
  }

  @inline(__always)
  private func quoted(_ isQuoted: Bool, _ buffer: inout OutputBuffer, _ body: (inout OutputBuffer) -> Void) {
    if isQuoted { buffer.append(ascii: "\"") }
    body(&buffer)
    if isQuoted { buffer.append(ascii: "\"") }
  }

  /// Writes a JSON string.
  static func append(quoted text: some StringProtocol, to buffer: inout OutputBuffer) {
    var text = String(text)
    text.withUTF8 { append(quoted: UnsafeRawBufferPointer($0), to: &buffer) }
  }

  /// Writes a JSON string of bytes known to be valid UTF-8.
  @inline(__always)
  static func append(quoted bytes: UnsafeRawBufferPointer, to buffer: inout OutputBuffer) {
    buffer.append(ascii: "\"")
    var start = 0
    while true {
      let end = ByteScan.jsonSpecial(bytes, from: start)
      buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      if end == bytes.count { break }
      append(escaped: bytes[end], to: &buffer)
      start = end + 1
    }
    buffer.append(ascii: "\"")
  }

  @inline(never)
  private static func append(escaped byte: UInt8, to buffer: inout OutputBuffer) {
    buffer.append(ascii: "\\")
    switch byte {
    case 0x22, 0x5C: buffer.append(byte)
    case 0x0A: buffer.append(ascii: "n")
    case 0x0D: buffer.append(ascii: "r")
    case 0x09: buffer.append(ascii: "t")
    default: buffer.append("u00" + DBBytes([byte]).hexadecimal)
    }
  }
}
