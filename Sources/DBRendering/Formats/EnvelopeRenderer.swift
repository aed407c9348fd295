internal import DBAdapterCore

/// One document with columns, rows as arrays (documents as they are), and everything known of the statement. What is known last stands last, so that the rows
/// need not be kept.
struct EnvelopeRenderer: Renderer {
  private var cells: JSONCells
  private var documents: DocumentJSON
  private var areDocuments = false
  private let numbers: RenderingOptions.NumberEncoding
  private let binary: RenderingOptions.BinaryEncoding
  private let maximumCell: Int?
  private var marksBytes: [Bool] = []
  private var rowCount = 0
  private var digest = RowDigest()
  private var hasBegun = false

  init(_ options: RenderingOptions) {
    cells = JSONCells(options)
    documents = DocumentJSON(style: options.documents)
    numbers = options.numbers
    binary = options.binary ?? .base64
    maximumCell = options.maximumCell
  }

  var notes: RenderingNotes { RenderingNotes(cutCells: cells.cutCells) }

  mutating func begin(_ columns: ColumnSet, to buffer: inout OutputBuffer) {
    hasBegun = true
    areDocuments = columns.areDocuments
    marksBytes = columns.map(\.type.mixesBytes)
    buffer.append(literal: "{\"schemaVersion\":1,\"kind\":\"result\",\"columns\":")
    var writer = JSONWriter()
    writer.array { list in
      for column in columns {
        list.object { fields in
          fields.member("name", column.name)
          fields.member("type", column.type.nativeName.isEmpty ? nil : column.type.nativeName)
          fields.member("nullable", column.isNullable)
          fields.member("encoding", areDocuments ? documents.encoding : encoding(of: column.type.kind))
        }
      }
    }
    buffer.append(writer.bytes)
    buffer.append(literal: ",\"rows\":[")
  }

  mutating func row(_ row: Row, to buffer: inout OutputBuffer) {
    buffer.append(literal: rowCount == 0 ? "\n " : ",\n ")
    rowCount += 1
    let start = buffer.count
    if areDocuments {
      documents.append(row, to: &buffer)
    } else {
      buffer.append(ascii: "[")
      for column in 0..<row.endIndex {
        if column > 0 { buffer.append(ascii: ",") }
        cells.append(row, at: column, marksBytes: marksBytes[column], to: &buffer)
      }
      buffer.append(ascii: "]")
    }
    digest.add(buffer.bytes(from: start))
  }

  mutating func end(_ outcome: ResultOutcome, to buffer: inout OutputBuffer) {
    if !hasBegun { begin(.empty, to: &buffer) }
    buffer.append(literal: rowCount == 0 ? "]," : "\n],")
    var writer = JSONWriter()
    writer.object { fields in
      fields.member("success", outcome.error == nil)
      fields.member("connection", outcome.connection)
      fields.member("engine", outcome.engine?.rawValue)
      fields.member("rowCount", rowCount)
      fields.member("affectedRows", outcome.affectedRows)
      fields.member("truncated", outcome.truncation != nil || cells.cutCells > 0)
      fields.member("truncatedBy", outcome.truncation?.reason.rawValue ?? (cells.cutCells > 0 ? "maxCell" : nil))
      fields.member("elapsedMs") { $0.raw(DBValue.text(of: outcome.timing.total.milliseconds)) }
      fields.member("timings") { timings in
        timings.object { parts in
          parts.member("acquireMs") { $0.raw(DBValue.text(of: outcome.timing.waited.milliseconds)) }
          parts.member("executeMs") { $0.raw(DBValue.text(of: outcome.timing.executed.milliseconds)) }
          parts.member("fetchMs") { $0.raw(DBValue.text(of: outcome.timing.fetched.milliseconds)) }
        }
      }
      fields.member("command", outcome.commandTag)
      fields.member("readOnly", outcome.isReadOnly)
      fields.member("hash", digest.text)
      fields.member("warnings", warnings(outcome))
      fields.member("error") { field in
        guard let error = outcome.error else { return field.null() }
        // The report is {"error":{…}}; only the object itself belongs here.
        let report = error.report(requestID: outcome.requestID, connection: outcome.connection).text
        field.raw(String(report.dropFirst("{\"error\":".count).dropLast()))
      }
      fields.member("requestId", outcome.requestID.description)
    }
    buffer.append(Array(writer.bytes.dropFirst()))
    buffer.append(UInt8(ascii: "\n"))
  }

  private func warnings(_ outcome: ResultOutcome) -> [String] {
    let cut = cells.cutCells == 0 ? [] : ["\(cells.cutCells) cells were cut at \(maximumCell ?? 0) characters"]
    return outcome.notices.map(\.description) + outcome.warnings + cut
  }

  /// How a column's values stand in the rows.
  private func encoding(of kind: DBType.Kind) -> String {
    switch kind {
    case .boolean: "boolean"
    case .integer, .decimal: numbers == .string ? "string" : "number"
    case .float: "number"
    case .bytes: binary.rawValue
    case .json: "json"
    case .array: "array"
    case .document: "object"
    case .unknown: "value"
    default: "string"
    }
  }
}
