/// How a column makes its own values.
public enum ColumnGeneration: Sendable, Hashable {
  /// `GENERATED … AS IDENTITY`, or SQLite's rowid alias.
  case identity(always: Bool)
  /// Computed from other columns.
  case computed(expression: String, isStored: Bool)
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

  public init(
    name: String, position: Int, type: DBType, isNullable: Bool, defaultText: String? = nil,
    generation: ColumnGeneration? = nil, collation: String? = nil, comment: String? = nil
  ) {
    self.name = name
    self.position = position
    self.type = type
    self.isNullable = isNullable
    self.defaultText = defaultText
    self.generation = generation
    self.collation = collation
    self.comment = comment
  }
}
