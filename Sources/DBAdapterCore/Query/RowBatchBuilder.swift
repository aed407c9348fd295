/// Fills a ``RowBatch`` cell by cell, left to right, row after row. For adapters.
public struct RowBatchBuilder: Sendable {
  public let columns: ColumnSet
  private var cells: [RowBatch.Cell] = []
  private var bytes: [UInt8] = []

  public init(columns: ColumnSet) { self.columns = columns }

  /// Bytes held so far; adapters end a batch by rows or by this, whichever comes first.
  public var byteCount: Int { bytes.count + cells.count * MemoryLayout<RowBatch.Cell>.stride }

  /// Makes room for rows to come.
  public mutating func reserve(rows: Int, bytesPerRow: Int = 0) {
    cells.reserveCapacity(cells.count + rows * columns.width)
    if bytesPerRow > 0 { bytes.reserveCapacity(bytes.count + rows * bytesPerRow) }
  }

  public mutating func appendNull() { cells.append(RowBatch.Cell(payload: 0, length: 0, kind: .null)) }

  public mutating func append(int value: Int64) {
    cells.append(RowBatch.Cell(payload: value, length: 0, kind: .int))
  }

  public mutating func append(double value: Double) {
    cells.append(RowBatch.Cell(payload: Int64(bitPattern: value.bitPattern), length: 0, kind: .double))
  }

  /// Bytes meant as UTF-8; they are checked when the cell is read.
  public mutating func append(text utf8: UnsafeRawBufferPointer) { append(utf8, as: .text) }

  public mutating func append(bytes raw: UnsafeRawBufferPointer) { append(raw, as: .bytes) }

  /// Bytes in the column's own ``CellFormat``.
  public mutating func append(encoded raw: UnsafeRawBufferPointer) { append(raw, as: .encoded) }

  private mutating func append(_ raw: UnsafeRawBufferPointer, as kind: RowBatch.Cell.Kind) {
    cells.append(RowBatch.Cell(payload: Int64(bytes.count), length: Int32(truncatingIfNeeded: raw.count), kind: kind))
    bytes.append(contentsOf: raw)
  }

  /// The rows so far as a batch; the builder starts over, with room for as much again.
  /// - Parameter rowCount: needed when there are no columns, since such rows leave no cells.
  public mutating func finish(rowCount: Int? = nil) -> RowBatch {
    let width = columns.width
    let count = rowCount ?? (width == 0 ? 0 : cells.count / width)
    let storage = RowBatch.Storage(columns: columns, cells: cells, bytes: bytes, rowCount: count)
    let (cellCount, byteCount) = (cells.count, bytes.count)
    cells = []
    bytes = []
    cells.reserveCapacity(cellCount)
    bytes.reserveCapacity(byteCount)
    return RowBatch(storage)
  }
}
