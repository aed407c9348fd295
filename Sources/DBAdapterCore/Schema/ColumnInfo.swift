/// How a column makes its own values.
public enum ColumnGeneration: Sendable, Hashable {
  /// `GENERATED … AS IDENTITY`, or SQLite's rowid alias.
  case identity(always: Bool)
  /// Computed from other columns.
  case computed(expression: String, isStored: Bool)
}

/// A type that values of a column were seen to have.
public struct ObservedType: Sendable, Hashable {
  public var type: DBType
  /// How many of the sampled values have it.
  public var count: Int
  /// The bounds between which its share of the column's values, from 0 to 1, is in 95 of 100 samples; a point where every
  /// value was seen, `nil` where the adapter does not know.
  public var interval: ClosedRange<Double>?

  public init(_ type: DBType, count: Int, interval: ClosedRange<Double>? = nil) {
    self.type = type
    self.count = count
    self.interval = interval
  }
}

/// A column of a table.
public struct ColumnInfo: Sendable, Hashable {
  public var name: String
  /// From 1, as the engine orders them, without gaps.
  public var position: Int
  public var type: DBType
  public var isNullable: Bool
  /// The default as the engine prints it, an expression.
  public var defaultText: String?
  public var generation: ColumnGeneration?
  /// When it is not the type's own.
  public var collation: String?
  public var comment: String?
  /// The part of the sampled rows that have it, from 0 to 1; `nil` where the schema is declared. For a column inside
  /// another, the part of the documents it may be in (`a.b`: of those in `a`).
  public var presence: Double?
  /// The bounds between which the presence in the whole table is in 95 of 100 samples; a point where every row was seen,
  /// `nil` where the adapter does not know.
  public var presenceInterval: ClosedRange<Double>?
  /// The types its values were seen to have, the most frequent first; empty where the schema is declared. ``type`` is
  /// then the most frequent one that is not null.
  public var observedTypes: [ObservedType]
  /// How long its arrays were seen to be; `nil` where it has none.
  public var lengths: Measurement?
  /// Different values that were seen in it; empty unless they were asked for.
  public var examples: [DBValue]
  /// What the table declares of it, where that is not what its values were seen to be; `nil` where it declares nothing.
  public var declaration: ColumnDeclaration?
  /// Whether the adapter made it up for what every row has (a key's `ttl`), so that it may share its name with a column
  /// of the data. Default: `false`.
  public var isSynthetic: Bool

  public init(
    name: String, position: Int, type: DBType, isNullable: Bool, defaultText: String? = nil,
    generation: ColumnGeneration? = nil, collation: String? = nil, comment: String? = nil,
    presence: Double? = nil, presenceInterval: ClosedRange<Double>? = nil, observedTypes: [ObservedType] = [],
    lengths: Measurement? = nil, examples: [DBValue] = [], declaration: ColumnDeclaration? = nil,
    isSynthetic: Bool = false
  ) {
    self.name = name
    self.position = position
    self.type = type
    self.isNullable = isNullable
    self.defaultText = defaultText
    self.generation = generation
    self.collation = collation
    self.comment = comment
    self.presence = presence
    self.presenceInterval = presenceInterval
    self.observedTypes = observedTypes
    self.lengths = lengths
    self.examples = examples
    self.declaration = declaration
    self.isSynthetic = isSynthetic
  }
}
