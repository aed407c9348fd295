/// One column of a result.
public struct Column: Sendable, Hashable {
  /// The name as the server gave it; it may be empty and need not be unique.
  public let name: String
  public let type: DBType
  /// Whether the column may hold nulls; `nil` when the server did not say.
  public let isNullable: Bool?

  public init(name: String, type: DBType, isNullable: Bool? = nil) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
  }
}
