internal import DBAdapterCore

/// A table for people. The first rows are held back to find the width of each column; the widths then stay.
struct TableRenderer: Renderer {
  /// The rows and bytes held back at most.
  private static let heldRows = 1_000
  private static let heldBytes = 262_144

  private struct Cell {
    var text: DisplayText
    var isNull = false
    var isNumber = false
  }

  private let options: RenderingOptions
  private let style: TerminalStyle
  private let null: DisplayText
  private var cells: CellText
  private var headings: [DisplayText] = []
  private var isRight: [Bool] = []
  private var isUntyped: [Bool] = []
  private var held: [[Cell]] = []
  private var heldSize = 0
  /// Empty until the layout is known.
  private var widths: [Int] = []
  private var isLaidOut = false

  init(_ options: RenderingOptions) {
    self.options = options
    style = TerminalStyle(isColored: options.isColored)
    null = DisplayText(options.nullText ?? "NULL")
    cells = CellText(options)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    headings = columns.map { DisplayText($0.name) }
    isRight = columns.map { [.integer, .float, .decimal].contains($0.type.kind) }
    isUntyped = columns.map { $0.type.kind == .unknown }
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    var line: [Cell] = []
    line.reserveCapacity(headings.count)
    for column in 0..<row.endIndex {
      let start = buffer.count
      let outcome = cells.append(row, at: column, to: &buffer)
      let text = outcome == .null ? null : DisplayText(buffer.bytes(from: start))
      buffer.truncate(to: start)
      line.append(Cell(text: text, isNull: outcome == .null, isNumber: outcome == .number))
    }
    if isLaidOut { return write(line, to: &buffer) }
    heldSize += line.reduce(0) { $0 + $1.text.utf8.count + MemoryLayout<Cell>.stride }
    held.append(line)
    if held.count >= Self.heldRows || heldSize >= Self.heldBytes { layOut(to: &buffer) }
  }

  mutating func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {
    if !isLaidOut { layOut(to: &buffer) }
  }

  private mutating func layOut(to buffer: inout OutputBuffer) {
    isLaidOut = true
    widths = options.hasHeader ? headings.map(\.width) : headings.map { _ in 0 }
    for line in held {
      for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.text.width) }
    }
    for column in headings.indices where isUntyped[column] {
      let values = held.lazy.map { $0[column] }.filter { !$0.isNull }
      isRight[column] = !values.isEmpty && values.allSatisfy(\.isNumber)
    }
    fitToTerminal()
    if options.hasHeader, !headings.isEmpty { writeHeader(to: &buffer) }
    for line in held { write(line, to: &buffer) }
    held = []
  }

  /// Takes width from the widest columns until the table fits.
  private mutating func fitToTerminal() {
    guard let terminal = options.terminalWidth, !widths.isEmpty else { return }
    var excess = widths.reduce(0, +) + 3 * (widths.count - 1) - terminal
    while excess > 0, let widest = widths.max(), widest > 4 {
      let next = max(widths.filter { $0 < widest }.max() ?? 4, 4)
      let tied = widths.indices.filter { widths[$0] == widest }
      let step = min(widest - next, max(excess / tied.count, 1))
      for column in tied where excess > 0 {
        widths[column] -= step
        excess -= step
      }
    }
  }

  private func writeHeader(to buffer: inout OutputBuffer) {
    for (column, heading) in headings.enumerated() {
      if column > 0 { buffer.append(literal: " │ ") }
      write(heading, column, style.heading, to: &buffer)
    }
    buffer.append(UInt8(ascii: "\n"))
    for (column, width) in widths.enumerated() {
      if column > 0 { buffer.append(literal: "─┼─") }
      for _ in 0..<width { buffer.append(literal: "─") }
    }
    buffer.append(UInt8(ascii: "\n"))
  }

  private func write(_ line: [Cell], to buffer: inout OutputBuffer) {
    guard !line.isEmpty else { return }
    for (column, cell) in line.enumerated() {
      if column > 0 { buffer.append(literal: " │ ") }
      write(cell.text, column, cell.isNull ? style.faint : "", to: &buffer)
    }
    buffer.append(UInt8(ascii: "\n"))
  }

  private func write(_ text: DisplayText, _ column: Int, _ color: String, to buffer: inout OutputBuffer) {
    let text = options.terminalWidth == nil ? text : text.fitted(to: widths[column])
    let padding = max(widths[column] - text.width, 0)
    if isRight[column] { buffer.append(UInt8(ascii: " "), times: padding) }
    buffer.append(color)
    buffer.append(text.utf8)
    if !color.isEmpty { buffer.append(style.reset) }
    if !isRight[column], column < headings.count - 1 { buffer.append(UInt8(ascii: " "), times: padding) }
  }
}
