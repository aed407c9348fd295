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
    /// Administers the server, or can harm all of its users: CONFIG SET, FLUSHALL, SHUTDOWN. It needs ``AccessLevel/administrative``.
    case administration
    /// Not understood; treated as a write.
    case unknown
  }

  public var effect: Effect
  /// The statement's first words in the engine's language: `SELECT`, `DROP TABLE`.
  public var summary: String
  /// How many statements the text holds.
  public var statementCount: Int
  /// What a refusal advises instead, as a request: `use SORT_RO`. Default: nothing.
  public var hint: String?

  public init(_ effect: Effect, summary: String, statementCount: Int = 1, hint: String? = nil) {
    self.effect = effect
    self.summary = summary
    self.statementCount = statementCount
    self.hint = hint
  }
}
