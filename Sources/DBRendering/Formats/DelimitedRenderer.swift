internal import DBAdapterCore

/// CSV (RFC 4180), TSV (PostgreSQL's COPY text) and raw.
struct DelimitedRenderer: Renderer {
  enum Style { case csv, tsv, raw }

  private let style: Style
  private let delimiter: UInt8
  private let nullText: [UInt8]
  private let hasHeader: Bool
  private let mayMeetNumbers: Bool
  private let binary: RenderingOptions.BinaryEncoding?
  private var cells: CellText
  private var isText: [Bool] = []

  init(_ options: RenderingOptions, style: Style) {
    self.style = style
    delimiter = options.delimiter ?? (style == .csv ? UInt8(ascii: ",") : UInt8(ascii: "\t"))
    nullText = Array((options.nullText ?? (style == .tsv ? "\\N" : "")).utf8)
    hasHeader = options.hasHeader && style != .raw
    mayMeetNumbers = !",;|\t".utf8.contains(delimiter) || !nullText.isEmpty
    binary = options.binary
    cells = CellText(options)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    isText = columns.map(\.type.kind.isTextual)
    guard hasHeader else { return }
    for (index, column) in columns.columns.enumerated() {
      if index > 0 { buffer.append(delimiter) }
      let start = buffer.count
      buffer.append(column.name)
      protect(from: start, &buffer, isHeader: true)
    }
    buffer.append(UInt8(ascii: "\n"))
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    let count = row.endIndex
    if style == .raw { return raw(row, count, to: &buffer) }
    for column in 0..<count {
      if column > 0 { buffer.append(delimiter) }
      let start = buffer.count
      switch cells.append(row, at: column, isText: isText[column], to: &buffer) {
      case .null: buffer.append(nullText)
      case .text: protect(from: start, &buffer)
      case .number, .other: if mayMeetNumbers { protect(from: start, &buffer) }
      }
    }
    buffer.append(UInt8(ascii: "\n"))
  }

  func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {}

  /// Quotes or escapes what was written since `start`, where it has to be.
  @inline(__always)
  private func protect(from start: Int, _ buffer: inout OutputBuffer, isHeader: Bool = false) {
    if style == .tsv {
      escape(from: start, &buffer)
    } else {
      let bytes = UnsafeRawBufferPointer(buffer.bytes(from: start))
      // A text that looks like the null is quoted, so that the two stay apart.
      let looksLikeNull = !isHeader && bytes.count == nullText.count && bytes.elementsEqual(nullText)
      if looksLikeNull || ByteScan.needsQuotes(bytes, delimiter: delimiter) { quote(from: start, &buffer) }
    }
  }

  @inline(never)
  private func quote(from start: Int, _ buffer: inout OutputBuffer) {
    let field = Array(buffer.bytes(from: start))
    buffer.truncate(to: start)
    buffer.append(UInt8(ascii: "\""))
    for byte in field {
      if byte == UInt8(ascii: "\"") { buffer.append(byte) }
      buffer.append(byte)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  private func escape(from start: Int, _ buffer: inout OutputBuffer) {
    let backslash = UInt8(ascii: "\\")
    let isSpecial = { (byte: UInt8) in byte == delimiter || byte == backslash || byte == 0x0A || byte == 0x0D }
    guard buffer.bytes(from: start).contains(where: isSpecial) else { return }
    let field = Array(buffer.bytes(from: start))
    buffer.truncate(to: start)
    for byte in field {
      if isSpecial(byte) { buffer.append(backslash) }
      switch byte {
      case 0x0A: buffer.append(ascii: "n")
      case 0x0D: buffer.append(ascii: "r")
      case 0x09: buffer.append(ascii: "t")
      default: buffer.append(byte)
      }
    }
  }

  /// Values as they are. The bytes of a single column are written without anything around them, so that a file comes out as it went in.
  private mutating func raw(_ row: Row, _ count: Int, to buffer: inout OutputBuffer) {
    if count == 1, binary == nil, case .bytes(let value) = row[0] { return buffer.append(value.bytes) }
    for column in 0..<count {
      if column > 0 { buffer.append(delimiter) }
      if cells.append(row, at: column, to: &buffer) == .null { buffer.append(nullText) }
    }
    buffer.append(UInt8(ascii: "\n"))
  }
}
