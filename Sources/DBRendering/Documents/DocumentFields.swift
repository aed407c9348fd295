internal import DBAdapterCore

/// Turns documents into rows of columns. The first documents are held back: their fields are the columns, in the order they are met.
struct DocumentFields {
  /// The documents and bytes held back at most.
  private static let heldDocuments = 256
  private static let heldBytes = 1_048_576
  private static let namedPaths = 5

  /// `nil` while documents are held back.
  private(set) var columns: ColumnSet?
  /// Values for which there was no column.
  private(set) var leftOut = 0
  private(set) var pathsLeftOut: [String] = []
  private var held: [Row] = []
  private var heldSize = 0
  private var paths: [[UInt8]] = []
  private var positions: [[UInt8]: Int] = [:]
  private var builder = RowBatchBuilder(columns: .empty)

  /// Keeps a document for later.
  /// - Returns: whether the columns are to be settled now.
  mutating func hold(_ row: Row) -> Bool {
    held.append(row)
    heldSize += row.encodedBytes(at: 0)?.count ?? 0
    return held.count >= Self.heldDocuments || heldSize >= Self.heldBytes
  }

  /// Makes the columns, and gives the documents back that were held.
  mutating func settle() -> [Row] {
    for row in held {
      row.forEachValue { path, _ in
        let path = Array(path)
        guard positions[path] == nil else { return }
        positions[path] = paths.count
        paths.append(path)
      }
    }
    let settled = ColumnSet(
      paths.map { Column(name: String(decoding: $0, as: UTF8.self), type: DBType(.unknown, nativeName: "any")) },
      formats: paths.map { _ in .text })
    columns = settled
    builder = RowBatchBuilder(columns: settled)
    defer { held = [] }
    return held
  }

  /// A document as a row of the columns; a field it does not have is null.
  mutating func row(of document: Row) -> Row {
    var values: [DBValue?] = Array(repeating: nil, count: paths.count)
    var next = 0
    document.forEachValue { path, value in
      guard let column = column(of: path, expected: next), values[column] == nil else { return leaveOut(path) }
      values[column] = value
      next = column + 1
    }
    for value in values {
      switch value {
      case nil: builder.appendNull()
      case .text(var text): text.withUTF8 { builder.append(text: UnsafeRawBufferPointer($0)) }
      case let value?: builder.append(value: value)
      }
    }
    return builder.finish(rowCount: 1)[0]
  }

  /// Documents of a collection mostly have their fields in the same order.
  private func column(of path: UnsafeRawBufferPointer, expected: Int) -> Int? {
    if expected < paths.count, path.elementsEqual(paths[expected]) { return expected }
    return positions[Array(path)]
  }

  private mutating func leaveOut(_ path: UnsafeRawBufferPointer) {
    leftOut += 1
    guard pathsLeftOut.count < Self.namedPaths else { return }
    let name = String(decoding: path, as: UTF8.self)
    if !pathsLeftOut.contains(name) { pathsLeftOut.append(name) }
  }
}
