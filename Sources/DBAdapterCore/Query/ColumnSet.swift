/// The columns of a result, shared by all its rows: names are resolved once, however many rows there are.
public final class ColumnSet: Sendable {
  public let columns: [Column]
  @usableFromInline let formats: [CellFormat]
  let layouts: [CellFormat.Layout]
  private let decoders: [BoxedDecoder?]
  public let names: [String]
  /// Whether the engine writes numbers as text, so that text of digits decodes as a number too.
  @usableFromInline let writesNumbersAsText: Bool
  /// Reads the rows where each is one document.
  @usableFromInline let documents: (any DocumentDecoder)?
  // The leftmost position of each name; nothing where comparing a few names is faster than hashing one.
  private let positions: [String: Int]?

  /// - Parameters:
  ///   - formats: how each column's encoded cells are read; one a column.
  ///   - writesNumbersAsText: whether the engine knows strings only, so that a cell with the text `42` may be decoded as a number.
  public init(_ columns: [Column], formats: [CellFormat], writesNumbersAsText: Bool = false) {
    self.writesNumbersAsText = writesNumbersAsText
    precondition(columns.count == formats.count, "a column set needs one format a column")
    self.columns = columns
    self.formats = formats
    layouts = formats.map(\.layout)
    if formats.count == 1, case .custom(let decoder) = formats[0] {
      documents = decoder as? any DocumentDecoder
    } else {
      documents = nil
    }
    decoders = formats.map { BoxedDecoder($0) }
    let names = columns.map(\.name)
    self.names = names
    positions =
      names.count <= Self.namesWorthComparing
      ? nil : Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public static let empty = ColumnSet([], formats: [])

  public var count: Int { columns.count }

  /// The leftmost position of a name.
  public func index(of name: String) -> Int? {
    if let positions { return positions[name] }
    return names.firstIndex(of: name)
  }

  private static let namesWorthComparing = 8

  /// The number that a text writes, where the engine writes numbers so.
  @usableFromInline
  func number(in value: DBValue) -> DBValue? {
    guard writesNumbersAsText, case .text(let text) = value else { return nil }
    return Int64(text).map { .int($0) } ?? UInt64(text).map { .uint($0) } ?? Double(text).map { .double($0) }
  }

  /// The value of a cell whose bytes the batch had to keep.
  @usableFromInline
  func value(of bytes: UnsafeRawBufferPointer, at column: Int) -> DBValue {
    if let decoder = decoders[column] { return decoder.decode(bytes) }
    return .native(DBNative(typeName: columns[column].type.nativeName, bytes: DBBytes(copying: bytes)))
  }
}

extension ColumnSet: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { columns.count }
  public subscript(position: Int) -> Column { columns[position] }
}
