internal import DBAdapterCore

/// Gives rows that are documents to a renderer of columns: a document as one cell of JSON text, or a column a field. Other rows pass.
struct DocumentRenderer<Inner: Renderer>: Renderer {
  private enum Shape { case rows, texts, fields }

  private var inner: Inner
  private let takesDocuments: Bool
  private let flattens: Bool
  private var shape = Shape.rows
  private var json = DocumentJSON(style: .relaxed)
  private var texts = RowBatchBuilder(columns: textColumns)
  private var fields = DocumentFields()

  /// - Parameter takesDocuments: whether the renderer knows what to do with rows that are documents.
  init(_ inner: Inner, _ options: RenderingOptions, takesDocuments: Bool = false) {
    self.inner = inner
    self.takesDocuments = takesDocuments
    flattens = options.flattensDocuments
  }

  var notes: RenderingNotes {
    var notes = inner.notes
    notes.fieldsLeftOut = fields.leftOut
    notes.pathsLeftOut = fields.pathsLeftOut
    return notes
  }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    shape = !columns.areDocuments ? .rows : flattens ? .fields : takesDocuments ? .rows : .texts
    switch shape {
    case .rows: inner.begin(columns, to: &buffer)
    case .texts: inner.begin(texts.columns, to: &buffer)
    case .fields: break
    }
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    switch shape {
    case .rows: inner.row(row, to: &buffer)
    case .texts:
      json.withText(of: row) { texts.append(text: $0) }
      inner.row(texts.finish()[0], to: &buffer)
    case .fields where fields.columns == nil: if fields.hold(row) { beginFields(to: &buffer) }
    case .fields: inner.row(fields.row(of: row), to: &buffer)
    }
  }

  mutating func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {
    if shape == .fields, fields.columns == nil { beginFields(to: &buffer) }
    var outcome = outcome
    if let text = notes.leftOutText { outcome.warnings.append(text) }
    inner.end(outcome, to: &buffer)
  }

  /// Writes what was held back until its columns were known.
  private mutating func beginFields(to buffer: inout OutputBuffer) {
    let held = fields.settle()
    inner.begin(fields.columns ?? .empty, to: &buffer)
    for row in held { inner.row(fields.row(of: row), to: &buffer) }
  }
}

/// A generic type cannot hold it.
private let textColumns = ColumnSet(
  [Column(name: "document", type: DBType(.text, nativeName: "document"))], formats: [.text])
