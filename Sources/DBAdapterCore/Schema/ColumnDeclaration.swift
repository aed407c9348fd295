/// What a table says of a column whose values need not keep to it: a document's field in a collection's validator.
public struct ColumnDeclaration: Sendable, Hashable {
  /// The types its values may have, by the engine's names; empty where any may be.
  public var types: [String]
  /// Whether every row, or what holds the column in it, has to have it.
  public var isRequired: Bool
  /// Other rules, in the engine's notation: `minimum: 0`.
  public var rules: [String]

  public init(types: [String], isRequired: Bool = false, rules: [String] = []) {
    self.types = types
    self.isRequired = isRequired
    self.rules = rules
  }
}
