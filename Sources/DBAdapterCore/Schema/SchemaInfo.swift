/// A schema: a namespace of tables.
public struct SchemaInfo: Sendable, Hashable {
  public var name: String
  public var owner: String?
  public var comment: String?
  /// Whether it belongs to the engine.
  public var isSystem: Bool
  /// The rows of all its tables, where the engine keeps that count.
  public var rows: Estimate?

  public init(
    name: String, owner: String? = nil, comment: String? = nil, isSystem: Bool = false, rows: Estimate? = nil
  ) {
    self.name = name
    self.owner = owner
    self.comment = comment
    self.isSystem = isSystem
    self.rows = rows
  }
}
