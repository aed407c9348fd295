/// Where a fact of the schema comes from.
public enum SchemaOrigin: Sendable, Hashable {
  /// The engine's catalogue.
  case declared
  /// Seen in a sample of the data.
  case inferred(sampled: Int, of: Int?, method: String)
  /// Made up by the adapter for an engine without a schema.
  case synthetic
}

/// How a table is split, and where it hangs.
public struct PartitionInfo: Sendable, Hashable {
  /// `range`, `list`, `hash`; `nil` when the table itself is not split.
  public var strategy: String?
  /// The key as the engine prints it: `RANGE (created_at)`.
  public var key: String?
  /// The table this one is a partition of.
  public var parent: TableReference?
  /// Which rows of the parent: `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`.
  public var bound: String?

  public init(strategy: String? = nil, key: String? = nil, parent: TableReference? = nil, bound: String? = nil) {
    self.strategy = strategy
    self.key = key
    self.parent = parent
    self.bound = bound
  }
}

/// Everything the first level of inspection knows of a table.
public struct TableDescription: Sendable, Hashable {
  public var table: TableInfo
  public var origin: SchemaOrigin
  public var columns: [ColumnInfo]
  public var constraints: [ConstraintInfo]
  public var indexes: [IndexInfo]
  public var partition: PartitionInfo?
  /// The query of a view, as the engine prints it.
  public var viewDefinition: String?
  /// Engine facts that no field holds: `STRICT`, `WITHOUT ROWID`, `UNLOGGED`.
  public var options: [String]
  /// What was measured of the rows; `nil` for engines with a catalogue.
  public var statistics: TableStatistics?

  public init(
    table: TableInfo, origin: SchemaOrigin = .declared, columns: [ColumnInfo], constraints: [ConstraintInfo] = [],
    indexes: [IndexInfo] = [], partition: PartitionInfo? = nil, viewDefinition: String? = nil, options: [String] = [],
    statistics: TableStatistics? = nil
  ) {
    self.table = table
    self.origin = origin
    self.columns = columns
    self.constraints = constraints
    self.indexes = indexes
    self.partition = partition
    self.viewDefinition = viewDefinition
    self.options = options
    self.statistics = statistics
  }
}
