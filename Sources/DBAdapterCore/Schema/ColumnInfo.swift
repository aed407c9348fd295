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

  public init(_ type: DBType, count: Int) {
    self.type = type
    self.count = count
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
  /// The part of the sampled rows that have it, from 0 to 1; `nil` where the schema is declared.
  public var presence: Double?
  /// The types its values were seen to have, the most frequent first; empty where the schema is declared. ``type`` is
  /// then the most frequent one.
  public var observedTypes: [ObservedType]
  /// Whether the adapter made it up for what every row has (a key's `ttl`), so that it may share its name with a column
  /// of the data. Default: `false`.
  public var isSynthetic: Bool

  public init(
    name: String, position: Int, type: DBType, isNullable: Bool, defaultText: String? = nil,
    generation: ColumnGeneration? = nil, collation: String? = nil, comment: String? = nil,
    presence: Double? = nil, observedTypes: [ObservedType] = [], isSynthetic: Bool = false
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
    self.observedTypes = observedTypes
    self.isSynthetic = isSynthetic
  }
}
