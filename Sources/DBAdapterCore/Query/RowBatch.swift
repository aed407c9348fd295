/// Rows in one arena: the bytes of all cells end to end, and a position and length a cell.
///
/// Nothing is decoded before it is asked for, and a ``Row`` is a view, so that a batch costs a few allocations however many
/// rows it holds.
public struct RowBatch: Sendable {
  @usableFromInline let storage: Storage

  @usableFromInline
  struct Cell: Sendable {
    @usableFromInline enum Kind: UInt8, Sendable {
      case null, bool, int, double, localTimestamp, zonedTimestamp, text, bytes, encoded, value
    }

    /// The value itself for truth values, numbers and moments, the position among the batch's values for one that is kept as such, else
    /// where the cell's bytes start.
    @usableFromInline let payload: Int64
    @usableFromInline let length: Int32
    @usableFromInline let kind: Kind

    @inlinable
    init(payload: Int64, length: Int32, kind: Kind) {
      self.payload = payload
      self.length = length
      self.kind = kind
    }
  }

  @usableFromInline
  final class Storage: Sendable {
    @usableFromInline let columns: ColumnSet
    @usableFromInline let cells: [Cell]
    @usableFromInline let bytes: [UInt8]
    /// Cells that came as values of several parts: lists and documents.
    @usableFromInline let values: [DBValue]
    @usableFromInline let rowCount: Int
    /// Cells a row.
    @usableFromInline let width: Int

    init(columns: ColumnSet, cells: [Cell], bytes: [UInt8], values: [DBValue] = [], rowCount: Int) {
      self.columns = columns
      width = columns.formats.count
      self.cells = cells
      self.bytes = bytes
      self.values = values
      self.rowCount = rowCount
    }

    @inlinable
    func value(row: Int, column: Int) -> DBValue {
      let cell = cells[row * width + column]
      switch cell.kind {
      case .null: return .null
      case .bool: return .bool(cell.payload != 0)
      case .int: return .int(cell.payload)
      case .double: return .double(Double(bitPattern: UInt64(bitPattern: cell.payload)))
      case .localTimestamp: return .timestamp(DBTimestamp(microsecondsSince2000: cell.payload, hasZone: false))
      case .zonedTimestamp: return .timestamp(DBTimestamp(microsecondsSince2000: cell.payload, hasZone: true))
      case .text: return withBytes(of: cell) { textValue($0, typeName: columns.columns[column].type.nativeName) }
      case .bytes: return .bytes(withBytes(of: cell) { DBBytes(copying: $0) })
      case .encoded: return withBytes(of: cell) { columns.value(of: $0, at: column) }
      case .value: return values[Int(cell.payload)]
      }
    }

    @inlinable
    func withBytes<R>(of cell: Cell, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
      try bytes.withUnsafeBytes {
        let start = Int(cell.payload)
        return try body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + Int(cell.length))]))
      }
    }
  }

  init(_ storage: Storage) { self.storage = storage }

  /// A batch without rows.
  public static func empty(_ columns: ColumnSet = .empty) -> RowBatch {
    columns === ColumnSet.empty ? nothing : RowBatch(Storage(columns: columns, cells: [], bytes: [], rowCount: 0))
  }

  /// What a statement without columns returns, made once.
  private static let nothing = RowBatch(Storage(columns: .empty, cells: [], bytes: [], rowCount: 0))

  public var columns: ColumnSet { storage.columns }

  /// Some of the rows as a batch of their own, which shares the bytes of all.
  package func part(_ rows: Range<Int>) -> RowBatch {
    let cells = storage.cells[rows.lowerBound * storage.width..<rows.upperBound * storage.width]
    return RowBatch(
      Storage(
        columns: columns, cells: Array(cells), bytes: storage.bytes, values: storage.values, rowCount: rows.count))
  }
}

extension RowBatch {
  /// How many bytes the values take: of texts and bytes their length, of numbers and moments eight, of `NULL` none.
  public var byteCount: Int { byteCount(storage.cells[...]) }

  func byteCount(ofRow row: Int) -> Int {
    byteCount(storage.cells[row * storage.width..<(row + 1) * storage.width])
  }

  private func byteCount(_ cells: ArraySlice<Cell>) -> Int {
    cells.reduce(0) { sum, cell in
      switch cell.kind {
      case .null: sum
      case .bool: sum + 1
      case .int, .double, .localTimestamp, .zonedTimestamp: sum + 8
      case .text, .bytes, .encoded: sum + Int(cell.length)
      case .value: sum + storage.values[Int(cell.payload)].byteCount
      }
    }
  }

  /// The rows of several batches of the same columns as one.
  static func joined(_ batches: [RowBatch], columns: ColumnSet) -> RowBatch {
    guard batches.count > 1 else { return batches.first ?? .empty(columns) }
    var cells: [Cell] = []
    var bytes: [UInt8] = []
    var values: [DBValue] = []
    for batch in batches {
      let storage = batch.storage
      cells += storage.cells.map { cell in
        let base =
          switch cell.kind {
          case .null, .bool, .int, .double, .localTimestamp, .zonedTimestamp: 0
          case .text, .bytes, .encoded: bytes.count
          case .value: values.count
          }
        return Cell(payload: cell.payload + Int64(base), length: cell.length, kind: cell.kind)
      }
      bytes += storage.bytes
      values += storage.values
    }
    return RowBatch(
      Storage(
        columns: columns, cells: cells, bytes: bytes, values: values, rowCount: batches.reduce(0) { $0 + $1.count }))
  }
}

extension RowBatch: RandomAccessCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { storage.rowCount }
  @inlinable public subscript(position: Int) -> Row {
    precondition(position >= 0 && position < storage.rowCount, "row \(position) of \(storage.rowCount)")
    return Row(storage: storage, index: position)
  }
}
