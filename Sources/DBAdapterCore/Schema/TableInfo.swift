/// What a table-like object is.
public enum TableKind: Sendable, Hashable, CustomStringConvertible {
  case table, view, materializedView, foreignTable, partitionedTable, virtualTable, temporaryTable
  case other(String)

  public var description: String {
    switch self {
    case .table: "table"
    case .view: "view"
    case .materializedView: "materialized view"
    case .foreignTable: "foreign table"
    case .partitionedTable: "partitioned table"
    case .virtualTable: "virtual table"
    case .temporaryTable: "temporary table"
    case .other(let name): name
    }
  }
}

/// A number with its reliability.
public struct Estimate: Sendable, Hashable {
  public var value: Int64
  public var isExact: Bool
  /// Where it comes from: `pg_class.reltuples`.
  public var source: String

  public init(_ value: Int64, isExact: Bool, source: String) {
    self.value = value
    self.isExact = isExact
    self.source = source
  }
}

/// A table in a listing.
public struct TableInfo: Sendable, Hashable {
  public var reference: TableReference
  public var kind: TableKind
  /// `nil` when the engine keeps no count.
  public var rows: Estimate?
  /// Bytes on disk, indexes excluded; `nil` when unknown.
  public var size: Estimate?
  public var comment: String?
  public var owner: String?

  public init(
    reference: TableReference, kind: TableKind, rows: Estimate? = nil, size: Estimate? = nil, comment: String? = nil,
    owner: String? = nil
  ) {
    self.reference = reference
    self.kind = kind
    self.rows = rows
    self.size = size
    self.comment = comment
    self.owner = owner
  }
}
