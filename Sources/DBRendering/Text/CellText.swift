internal import DBAdapterCore

/// Writes cells as plain text, without the quoting of a format.
struct CellText {
  /// What was written.
  enum Outcome { case null, text, number, other }

  let binary: RenderingOptions.BinaryEncoding
  let maximumCell: Int?
  private(set) var cutCells = 0

  init(_ options: RenderingOptions) {
    binary = options.binary ?? .hex
    maximumCell = options.maximumCell
  }

  init(binary: RenderingOptions.BinaryEncoding) {
    self.binary = binary
    maximumCell = nil
  }

  /// Writes a cell; nothing for a null.
  /// - Parameter isText: whether the column's cells are likely text that can be copied as it is.
  @inline(__always)
  mutating func append(_ row: Row, at column: Int, isText: Bool = true, to buffer: inout OutputBuffer) -> Outcome {
    if row.isNull(at: column) { return .null }
    let start = buffer.count
    guard isText else {
      let outcome = append(value: row[column], row, column, to: &buffer)
      if maximumCell != nil { cut(from: start, &buffer) }
      return outcome
    }
    let isWritten = row.withTextBytes(at: column) { bytes in
      guard UTF8Bytes.areValid(bytes) else { return false }
      buffer.append(bytes)
      return true
    }
    if isWritten == true {
      if maximumCell != nil { cut(from: start, &buffer) }
      return .text
    }
    let outcome = append(value: row[column], row, column, to: &buffer)
    if maximumCell != nil { cut(from: start, &buffer) }
    return outcome
  }

  /// The column's type is looked at only for values that are written as JSON.
  private func append(value: DBValue, _ row: Row, _ column: Int, to buffer: inout OutputBuffer) -> Outcome {
    switch value {
    case .array, .document: append(value, marksBytes: row.columns[column].type.mixesBytes, to: &buffer)
    default: append(value, to: &buffer)
    }
  }

  /// Writes a value; nothing for a null.
  /// - Parameter marksBytes: whether bytes in lists and documents say that they are bytes.
  func append(_ value: DBValue, marksBytes: Bool = false, to buffer: inout OutputBuffer) -> Outcome {
    switch value {
    case .null: return .null
    case .bool(let value): buffer.append(literal: value ? "true" : "false")
    case .int(let value):
      buffer.append(decimal: value)
      return .number
    case .uint(let value):
      buffer.append(decimal: value)
      return .number
    case .double(let value):
      buffer.append(value)
      return .number
    case .decimal(let value):
      buffer.append(value.description)
      return .number
    case .text(let value):
      buffer.append(value)
      return .text
    case .bytes(let value): append(value, to: &buffer)
    case .uuid(let value): buffer.append(value.description)
    case .date(let value): buffer.append(value)
    case .time(let value): buffer.append(value)
    case .timestamp(let value): buffer.append(value)
    case .interval(let value): buffer.append(value.description)
    case .json(let value):
      buffer.append(value.text)
      return .text
    case .native(let value):
      if let text = value.text {
        buffer.append(text)
      } else if case .bytes(let bytes) = value.payload {
        append(bytes, to: &buffer)
      }
      return .text
    case .array, .document:
      // Inside text, a nested value is JSON: it can be read back.
      let cells = JSONCells(binary: binary, numbers: .native, marksBytes: marksBytes)
      cells.append(value, to: &buffer)
      return .text
    }
    return .other
  }

  private func append(_ value: DBBytes, to buffer: inout OutputBuffer) {
    switch binary {
    case .base64: buffer.append(value.base64)
    case .utf8 where value.bytes.withUnsafeBytes(UTF8Bytes.areValid): buffer.append(value.bytes)
    case .hex, .utf8: buffer.append(value.description)
    }
  }

  private mutating func cut(from start: Int, _ buffer: inout OutputBuffer) {
    guard let maximumCell, buffer.count - start > maximumCell else { return }
    let text = String(decoding: buffer.bytes(from: start), as: UTF8.self)
    guard let end = text.index(text.startIndex, offsetBy: maximumCell, limitedBy: text.endIndex), end < text.endIndex
    else { return }
    buffer.truncate(to: start)
    buffer.append(String(text[..<end]))
    buffer.append("…")
    cutCells += 1
  }
}
