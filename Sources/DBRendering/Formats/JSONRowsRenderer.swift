internal import DBAdapterCore

/// Rows as JSON objects: one array, or one object a line.
struct JSONRowsRenderer: Renderer {
  enum Style { case array, lines }

  private let style: Style
  private var cells: JSONCells
  /// What stands before each cell: `{"id":`, then `,"name":`.
  private var keys: [[UInt8]] = []
  private var isText: [Bool] = []
  private var marksBytes: [Bool] = []
  private var renamings: [RenderingNotes.Renaming] = []
  private var hasRows = false

  init(_ options: RenderingOptions, style: Style) {
    self.style = style
    cells = JSONCells(options, keepsLineBreaks: style == .array)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells, renamings: renamings) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    let unique = UniqueNames(columns.names)
    renamings = unique.renamings
    isText = columns.map(\.type.kind.isTextual)
    marksBytes = columns.map(\.type.mixesBytes)
    keys = unique.names.enumerated().map { index, name in
      var key = OutputBuffer(capacity: 64)
      key.append(UInt8(ascii: index == 0 ? "{" : ","))
      JSONCells.append(quoted: name, to: &key)
      key.append(UInt8(ascii: ":"))
      return key.withBytes { Array($0) }
    }
    if style == .array { buffer.append(ascii: "[") }
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    if style == .array { buffer.append(literal: hasRows ? ",\n " : "\n ") }
    hasRows = true
    for (column, key) in keys.enumerated() {
      buffer.append(key)
      cells.append(row, at: column, isText: isText[column], marksBytes: marksBytes[column], to: &buffer)
    }
    buffer.append(literal: keys.isEmpty ? "{}" : "}")
    if style == .lines { buffer.append(UInt8(ascii: "\n")) }
  }

  func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {
    if style == .array { buffer.append(literal: hasRows ? "\n]\n" : "]\n") }
  }
}
