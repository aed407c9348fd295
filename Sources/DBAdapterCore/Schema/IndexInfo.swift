/// An index of a table.
public struct IndexInfo: Sendable, Hashable {
  /// One key: a column or an expression, with its order.
  public struct Key: Sendable, Hashable {
    public var column: String?
    public var expression: String?
    public var isDescending: Bool
    public var nullsFirst: Bool?
    /// When it is not the column's own.
    public var collation: String?
    /// When it is not the type's default.
    public var operatorClass: String?

    public init(
      column: String? = nil, expression: String? = nil, isDescending: Bool = false, nullsFirst: Bool? = nil,
      collation: String? = nil, operatorClass: String? = nil
    ) {
      self.column = column
      self.expression = expression
      self.isDescending = isDescending
      self.nullsFirst = nullsFirst
      self.collation = collation
      self.operatorClass = operatorClass
    }
  }

  public var name: String
  /// `btree`, `gin`.
  public var method: String
  public var keys: [Key]
  /// Columns stored beside the keys (`INCLUDE`).
  public var includedColumns: [String]
  public var isUnique: Bool
  public var isPrimary: Bool
  /// The condition of a partial index, as the engine prints it.
  public var predicate: String?
  /// Whether queries may use it.
  public var isValid: Bool
  public var definition: String?
  public var size: Estimate?
  public var comment: String?

  public init(
    name: String, method: String, keys: [Key], includedColumns: [String] = [], isUnique: Bool = false,
    isPrimary: Bool = false, predicate: String? = nil, isValid: Bool = true, definition: String? = nil,
    size: Estimate? = nil, comment: String? = nil
  ) {
    self.name = name
    self.method = method
    self.keys = keys
    self.includedColumns = includedColumns
    self.isUnique = isUnique
    self.isPrimary = isPrimary
    self.predicate = predicate
    self.isValid = isValid
    self.definition = definition
    self.size = size
    self.comment = comment
  }
}
