internal import DBAdapterCore

/// One line a cell, for rows too wide for a table.
struct VerticalRenderer: Renderer {
  private let options: RenderingOptions
  private let style: TerminalStyle
  private let null: DisplayText
  private var cells: CellText
  private var headings: [DisplayText] = []
  private var headingWidth = 0
  private var rowNumber: UInt64 = 0

  init(_ options: RenderingOptions) {
    self.options = options
    style = TerminalStyle(isColored: options.isColored)
    null = DisplayText(options.nullText ?? "NULL")
    cells = CellText(options)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    headings = columns.map { DisplayText($0.name) }
    headingWidth = headings.map(\.width).max() ?? 0
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    rowNumber += 1
    if options.hasHeader {
      buffer.append(style.faint)
      buffer.append(literal: "── row ")
      buffer.append(decimal: rowNumber)
      buffer.append(literal: " ──")
      buffer.append(style.reset)
      buffer.append(UInt8(ascii: "\n"))
    }
    for column in 0..<row.endIndex {
      buffer.append(style.heading)
      buffer.append(headings[column].utf8)
      buffer.append(style.reset)
      buffer.append(UInt8(ascii: " "), times: headingWidth - headings[column].width)
      buffer.append(literal: " │ ")
      let start = buffer.count
      if cells.append(row, at: column, to: &buffer) == .null {
        buffer.append(style.faint)
        buffer.append(null.utf8)
        buffer.append(style.reset)
      } else {
        let text = DisplayText(buffer.bytes(from: start))
        buffer.truncate(to: start)
        buffer.append(text.utf8)
      }
      buffer.append(UInt8(ascii: "\n"))
    }
  }

  func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {}
}
