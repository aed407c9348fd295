/// What a statement does, as its adapter sees it.
public struct StatementClassification: Sendable, Hashable {
  public enum Effect: String, Sendable, Hashable, CaseIterable {
    case read, write
    /// Changes the schema.
    case definition
    /// Starts or ends transactions.
    case transactionControl
    /// Changes the session: SET, RESET, LISTEN, PRAGMA.
    case session
    /// Runs code the classifier cannot see into, or code known to reach past the transaction: CALL, DO, `pg_read_file`.
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
  /// What decided the effect where the first words do not show it, as what follows "SELECT": `calls pg_read_file, which reads files of the
  /// server`. Default: nothing.
  public var finding: String?
  /// What it destroys beyond single rows that were named, as what follows "DELETE": `removes every row of orders`. A policy may want such
  /// a statement confirmed: ``AccessPolicy/destruction``. Default: nothing.
  public var destruction: String?
  /// What a refusal advises instead, as a request: `use SORT_RO`. Default: nothing.
  public var hint: String?

  public init(
    _ effect: Effect, summary: String, statementCount: Int = 1, finding: String? = nil, destruction: String? = nil,
    hint: String? = nil
  ) {
    self.effect = effect
    self.summary = summary
    self.statementCount = statementCount
    self.finding = finding
    self.destruction = destruction
    self.hint = hint
  }
}
