/// What a table-like object is.
public enum TableKind: Sendable, Hashable, CustomStringConvertible {
  case table, view, materializedView, foreignTable, partitionedTable, virtualTable, temporaryTable
  case collection, timeSeries
  /// Keys of one pattern and one type of value, which it names: `hash`.
  case keyGroup(String)
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
    case .collection: "collection"
    case .timeSeries: "time series"
    case .keyGroup(let type): "key group (\(type))"
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
  /// Where it was computed from a sample: the bounds between which the true number is in 95 of 100 samples. The value is
  /// not always in their middle.
  public var interval: ClosedRange<Int64>?

  public init(_ value: Int64, isExact: Bool, source: String, interval: ClosedRange<Int64>? = nil) {
    self.value = value
    self.isExact = isExact
    self.source = source
    self.interval = interval
  }

  /// The greater distance from the value to a bound of ``interval``; 0 when exact, `nil` when not known.
  public var margin: Int64? {
    if isExact { return 0 }
    return interval.map { max(value - $0.lowerBound, $0.upperBound - value) }
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
