/// A schema: a namespace of tables.
public struct SchemaInfo: Sendable, Hashable {
  public var name: String
  public var owner: String?
  public var comment: String?
  /// Whether it belongs to the engine.
  public var isSystem: Bool

  public init(name: String, owner: String? = nil, comment: String? = nil, isSystem: Bool = false) {
    self.name = name
    self.owner = owner
    self.comment = comment
    self.isSystem = isSystem
  }
}
