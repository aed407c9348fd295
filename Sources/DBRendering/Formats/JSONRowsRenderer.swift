internal import DBAdapterCore

/// Rows as JSON objects, documents as they are: one array, or one object a line.
struct JSONRowsRenderer: Renderer {
  enum Style { case array, lines }

  private let style: Style
  private var cells: JSONCells
  private var documents: DocumentJSON
  private var areDocuments = false
  /// What stands before each cell: `{"id":`, then `,"name":`.
  private var keys: [[UInt8]] = []
  private var isText: [Bool] = []
  private var marksBytes: [Bool] = []
  private var renamings: [RenderingNotes.Renaming] = []
  private var hasRows = false

  init(_ options: RenderingOptions, style: Style) {
    self.style = style
    documents = DocumentJSON(style: options.documents)
    cells = JSONCells(options, keepsLineBreaks: style == .array)
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells, renamings: renamings) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    areDocuments = columns.areDocuments
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
    if areDocuments {
      documents.append(row, to: &buffer)
    } else {
      appendObject(row, to: &buffer)
    }
    if style == .lines { buffer.append(UInt8(ascii: "\n")) }
  }

  private mutating func appendObject(_ row: Row, to buffer: inout OutputBuffer) {
    for (column, key) in keys.enumerated() {
      buffer.append(key)
      cells.append(row, at: column, isText: isText[column], marksBytes: marksBytes[column], to: &buffer)
    }
    buffer.append(literal: keys.isEmpty ? "{}" : "}")
  }

  func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {
    if style == .array { buffer.append(literal: hasRows ? "\n]\n" : "]\n") }
  }
}
