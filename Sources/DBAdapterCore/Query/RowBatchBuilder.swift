/// Fills a ``RowBatch`` cell by cell, left to right, row after row. For adapters.
public struct RowBatchBuilder: Sendable {
  public let columns: ColumnSet
  @usableFromInline let layouts: [CellFormat.Layout]
  @usableFromInline var cells: [RowBatch.Cell] = []
  @usableFromInline var bytes: [UInt8] = []
  private var values: [DBValue] = []
  /// The column of the next cell.
  @usableFromInline var column = 0

  public init(columns: ColumnSet) {
    self.columns = columns
    layouts = columns.layouts
  }

  private static let rowsThatPromiseMore = 64

  /// Bytes held so far; adapters end a batch by rows or by this, whichever comes first.
  @inlinable public var byteCount: Int { bytes.count + cells.count * MemoryLayout<RowBatch.Cell>.stride }

  /// Makes room for rows to come.
  public mutating func reserve(rows: Int, bytesPerRow: Int = 0) {
    cells.reserveCapacity(cells.count + rows * columns.formats.count)
    if bytesPerRow > 0 { bytes.reserveCapacity(bytes.count + rows * bytesPerRow) }
  }

  @inlinable
  public mutating func appendNull() { append(RowBatch.Cell(payload: 0, length: 0, kind: .null)) }

  @inlinable
  public mutating func append(int value: Int64) { append(.int(value)) }

  @inlinable
  public mutating func append(double value: Double) { append(.double(value)) }

  /// Bytes meant as UTF-8; they are checked when the cell is read.
  @inlinable
  public mutating func append(text utf8: UnsafeRawBufferPointer) { append(utf8, as: .text) }

  @inlinable
  public mutating func append(bytes raw: UnsafeRawBufferPointer) { append(raw, as: .bytes) }

  /// Bytes of an engine whose strings are bytes: text where they are valid UTF-8, else bytes, whatever the column's other cells are.
  public mutating func append(string raw: UnsafeRawBufferPointer) {
    append(raw, as: UTF8Bytes.areValid(raw) ? .text : .bytes)
  }

  /// A value as it is, for cells of several parts such as lists and documents.
  public mutating func append(value: DBValue) {
    switch value {
    case .null: appendNull()
    case .int(let value): append(int: value)
    case .double(let value): append(double: value)
    default:
      append(RowBatch.Cell(payload: Int64(values.count), length: 0, kind: .value))
      values.append(value)
    }
  }

  /// Bytes in the column's own ``CellFormat``. Numbers are read here, which costs no more than to keep their bytes.
  @inlinable
  public mutating func append(encoded raw: UnsafeRawBufferPointer) {
    switch layouts[column] {
    case .text: append(raw, as: .text)
    case .bytes: append(raw, as: .bytes)
    case .custom: append(raw, as: .encoded)
    case let layout:
      if let cell = layout.cell(raw) { append(cell) } else { append(raw, as: .encoded) }
    }
  }

  @inlinable
  mutating func append(_ raw: UnsafeRawBufferPointer, as kind: RowBatch.Cell.Kind) {
    append(RowBatch.Cell(payload: Int64(bytes.count), length: Int32(truncatingIfNeeded: raw.count), kind: kind))
    bytes.append(contentsOf: raw)
  }

  @inlinable
  mutating func append(_ cell: RowBatch.Cell) {
    cells.append(cell)
    column += 1
    if column == layouts.count { column = 0 }
  }

  /// The rows so far as a batch; the builder starts over, after many rows with room for as much again.
  /// - Parameter rowCount: needed when there are no columns, since such rows leave no cells.
  public mutating func finish(rowCount: Int? = nil) -> RowBatch {
    let width = columns.formats.count
    let count = rowCount ?? (width == 0 ? 0 : cells.count / width)
    let storage = RowBatch.Storage(columns: columns, cells: cells, bytes: bytes, values: values, rowCount: count)
    let (cellCount, byteCount) = (cells.count, bytes.count)
    cells = []
    bytes = []
    values = []
    column = 0
    // After a few rows there is nothing more to come.
    if count >= Self.rowsThatPromiseMore {
      cells.reserveCapacity(cellCount)
      bytes.reserveCapacity(byteCount)
    }
    return RowBatch(storage)
  }
}
