internal import DBAdapterCore

/// A table in GitHub's Markdown; `|`, `\`, `<` and backticks of the data are escaped, and line breaks are `<br>`.
struct MarkdownRenderer: Renderer {
  private let options: RenderingOptions
  private let null: DisplayText
  private var cells: CellText

  init(_ options: RenderingOptions) {
    self.options = options
    null = DisplayText(options.nullText ?? "NULL", escapes: Self.isMarkup)
    cells = CellText(options)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells) }

  func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    guard !columns.isEmpty else { return }
    for column in columns {
      buffer.append(literal: "| ")
      buffer.append(DisplayText(column.name, lineBreak: "<br>", escapes: Self.isMarkup).utf8)
      buffer.append(ascii: " ")
    }
    buffer.append(literal: "|\n")
    for column in columns {
      buffer.append(literal: [.integer, .float, .decimal].contains(column.type.kind) ? "| ---: " : "| --- ")
    }
    buffer.append(literal: "|\n")
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    guard row.endIndex > 0 else { return }
    for column in 0..<row.endIndex {
      buffer.append(literal: "| ")
      let start = buffer.count
      let outcome = cells.append(row, at: column, to: &buffer)
      let text =
        outcome == .null
        ? null : DisplayText(buffer.bytes(from: start), lineBreak: "<br>", escapes: Self.isMarkup)
      buffer.truncate(to: start)
      buffer.append(text.utf8)
      buffer.append(ascii: " ")
    }
    buffer.append(literal: "|\n")
  }

  func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {}

  private static func isMarkup(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "|") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "`")
  }
}
