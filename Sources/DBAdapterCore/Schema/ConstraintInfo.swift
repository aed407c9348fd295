/// What a foreign key points to.
public struct ForeignKeyReference: Sendable, Hashable {
  public enum Action: String, Sendable, Hashable {
    case noAction = "NO ACTION"
    case restrict = "RESTRICT"
    case cascade = "CASCADE"
    case setNull = "SET NULL"
    case setDefault = "SET DEFAULT"
  }

  public var table: TableReference
  /// Paired by position with the constraint's columns.
  public var columns: [String]
  public var onUpdate: Action
  public var onDelete: Action
  /// `SIMPLE`, `FULL` or `PARTIAL`.
  public var match: String

  public init(
    table: TableReference, columns: [String], onUpdate: Action = .noAction, onDelete: Action = .noAction,
    match: String = "SIMPLE"
  ) {
    self.table = table
    self.columns = columns
    self.onUpdate = onUpdate
    self.onDelete = onDelete
    self.match = match
  }
}

/// A rule on a table's rows.
public struct ConstraintInfo: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case primaryKey
    case unique(nullsNotDistinct: Bool)
    case foreignKey(ForeignKeyReference)
    case check(expression: String)
    case exclusion
  }

  /// `nil` where the engine gives it none.
  public var name: String?
  public var kind: Kind
  /// In the constraint's order; for a check those it mentions, where the engine says.
  public var columns: [String]
  public var isDeferrable: Bool
  public var isInitiallyDeferred: Bool
  /// Whether existing rows were checked.
  public var isValidated: Bool
  /// As the engine prints it.
  public var definition: String?
  public var comment: String?

  public init(
    name: String?, kind: Kind, columns: [String], isDeferrable: Bool = false, isInitiallyDeferred: Bool = false,
    isValidated: Bool = true, definition: String? = nil, comment: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.columns = columns
    self.isDeferrable = isDeferrable
    self.isInitiallyDeferred = isInitiallyDeferred
    self.isValidated = isValidated
    self.definition = definition
    self.comment = comment
  }
}
