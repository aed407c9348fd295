/// One row: a view into a ``RowBatch``. A cell is decoded each time it is asked for.
public struct Row: Sendable {
  @usableFromInline let storage: RowBatch.Storage
  @usableFromInline let index: Int

  @inlinable
  init(storage: RowBatch.Storage, index: Int) {
    self.storage = storage
    self.index = index
  }

  public var columns: ColumnSet { storage.columns }

  /// The value of the leftmost column with this name, or of the first field where rows are documents; `nil` when there is none.
  public subscript(name: String) -> DBValue? {
    if areDocuments { return withDocument { $0.value(of: name, in: $1) } ?? nil }
    return storage.columns.index(of: name).map { storage.value(row: index, column: $0) }
  }

  private var areDocuments: Bool { storage.columns.areDocuments }

  /// All values, left to right.
  public var values: [DBValue] { Array(self) }

  /// Whether the cell is null, without decoding it.
  @inlinable
  public func isNull(at column: Int) -> Bool {
    storage.cells[index * storage.width + column].kind == .null
  }

  /// Lends the cell's bytes when it is text as it stands in the arena, for writers that would only copy it.
  /// - Returns: `nil` when the cell is not text; ask for the value then. The bytes are not checked to be valid UTF-8.
  package func withTextBytes<R>(at column: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
    let cell = storage.cells[index * storage.width + column]
    return cell.kind == .text ? storage.withBytes(of: cell, body) : nil
  }
}

extension Row: RandomAccessCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { storage.width }
  @inlinable public subscript(position: Int) -> DBValue {
    precondition(position >= 0 && position < endIndex, "column \(position) of \(endIndex)")
    return storage.value(row: index, column: position)
  }
}
