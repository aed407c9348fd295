/// The columns of a result, shared by all its rows: names are resolved once, however many rows there are.
public final class ColumnSet: Sendable {
  public let columns: [Column]
  @usableFromInline let formats: [CellFormat]
  let layouts: [CellFormat.Layout]
  public let names: [String]
  // The leftmost position of each name; nothing where comparing a few names is faster than hashing one.
  private let positions: [String: Int]?

  /// - Parameter formats: how each column's encoded cells are read; one a column.
  public init(_ columns: [Column], formats: [CellFormat]) {
    precondition(columns.count == formats.count, "a column set needs one format a column")
    self.columns = columns
    self.formats = formats
    layouts = formats.map(\.layout)
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
}

extension ColumnSet: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { columns.count }
  public subscript(position: Int) -> Column { columns[position] }
}
