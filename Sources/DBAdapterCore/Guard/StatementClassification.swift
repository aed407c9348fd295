/// What a statement does, as its adapter sees it.
public struct StatementClassification: Sendable, Hashable {
  public enum Effect: String, Sendable, Hashable {
    case read, write
    /// Changes the schema.
    case definition
    /// Starts or ends transactions.
    case transactionControl
    /// Changes the session: SET, RESET, LISTEN, PRAGMA.
    case session
    /// Runs code the classifier cannot see into: CALL, DO.
    case procedure
    /// Not understood; treated as a write.
    case unknown
  }

  public var effect: Effect
  /// The statement's first words in the engine's language: `SELECT`, `DROP TABLE`.
  public var summary: String
  /// How many statements the text holds.
  public var statementCount: Int

  public init(_ effect: Effect, summary: String, statementCount: Int = 1) {
    self.effect = effect
    self.summary = summary
    self.statementCount = statementCount
  }
}
