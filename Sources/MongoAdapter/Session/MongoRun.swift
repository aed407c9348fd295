internal import DBAdapterCore

/// The rows of one command: documents that are still coming, or what a single reply holds.
struct MongoRun {
  let columns: ColumnSet
  let shape: ReplyShape
  let commandTag: String
  private(set) var affectedRows: Int?
  private(set) var truncation: Truncation?
  private var source: Source
  private let rowLimit: Int?
  private var rowCount = 0

  private enum Source {
    case cursor(MongoCursorHandle)
    /// Encoded cells, one a row.
    case cells([[UInt8]])
  }

  /// The reply of a command as rows: the elements of `distinct`, the number of `count`, the document of `findAndModify`, nothing beside the
  /// count for writes, else the reply itself without what only drivers need.
  init(_ reply: MongoReply, of command: MongoStatement, rowLimit: Int?) {
    self.rowLimit = rowLimit.map { max(0, $0) }
    commandTag = command.name
    switch reply {
    case .documents(let cursor):
      (columns, shape, source) = (MongoColumns.documents, .documents, .cursor(cursor))
    case .reply(let reply):
      let count = reply["n"]?.integer
      switch command.name {
      case "distinct":
        guard case .array(let values)? = reply["values"] else { fallthrough }
        (columns, shape) = (MongoColumns.values(named: command.fieldName ?? "value"), .list)
        source = .cells(values.map { MongoColumns.cell($0) })
      case "count":
        guard let count else { fallthrough }
        (columns, shape) = (MongoColumns.values(named: "n"), .scalar)
        source = .cells([MongoColumns.cell(.int64(Int64(count)))])
      case "insert", "update", "delete":
        affectedRows = MongoBulkResult(reply, of: command.name).affected
        (columns, shape, source) = (.empty, .affected(affectedRows ?? 0), .cells([]))
      case "findAndModify", "findandmodify":
        if case .document(let last)? = reply["lastErrorObject"] { affectedRows = last["n"]?.integer }
        let found: [[UInt8]] = if case .document(let value)? = reply["value"] { [Array(value.bytes)] } else { [] }
        (columns, shape, source) = (MongoColumns.documents, .documents, .cells(found))
      default:
        let own = reply.removing(["$clusterTime", "operationTime", "electionId", "opTime"])
        (columns, shape, source) = (MongoColumns.documents, .documents, .cells([Array(own.bytes)]))
      }
    }
  }

  /// Adds rows until there are enough, or no more.
  /// - Returns: whether there may be more.
  mutating func fill(_ builder: inout RowBatchBuilder, rows: Int, bytes: Int) throws(MongoFailure) -> Bool {
    switch source {
    case .cells(let cells):
      let end = min(cells.count, rowCount + rows, rowLimit ?? .max)
      for cell in cells[min(rowCount, end)..<end] { cell.withUnsafeBytes { builder.append(encoded: $0) } }
      rowCount = end
      if let rowLimit, end == rowLimit, end < cells.count { truncation = Truncation(.rowLimit, limit: rowLimit) }
      return end < cells.count && truncation == nil
    case .cursor(let cursor):
      var added = 0
      while added < rows, builder.byteCount < bytes {
        if rowCount == rowLimit {
          if try cursor.next({ _ in }) { truncation = Truncation(.rowLimit, limit: rowCount) }
          return false
        }
        guard try cursor.next({ builder.append(encoded: $0) }) else { return false }
        added += 1
        rowCount += 1
      }
      return true
    }
  }
}

/// The columns of MongoDB's results.
enum MongoColumns {
  /// One document a row.
  static let documents = ColumnSet(
    [Column(name: "document", type: DBType(.document, nativeName: "object"), isNullable: false)],
    formats: [.custom(BSONDocumentDecoder())])

  /// One value of any type a row.
  static func values(named name: String) -> ColumnSet {
    ColumnSet(
      [Column(name: name, type: DBType(.unknown, nativeName: "any"), isNullable: true)],
      formats: [.custom(BSONCellDecoder())])
  }

  /// A value as a document with one element, so that its cell says its type.
  static func cell(_ value: BSONValue) -> [UInt8] {
    let wrapped: BSONDocument = ["": value]
    return Array(wrapped.bytes)
  }
}

/// Reads cells of ``MongoColumns/cell(_:)``.
private struct BSONCellDecoder: CellDecoder {
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue {
    BSONDocument(unchecked: ArraySlice([UInt8](bytes)))[""]?.resultValue ?? .null
  }
}
