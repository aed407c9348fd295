/// One line of the audit trail: a statement that is about to run, or one that ended. Values and rows are never part of it.
///
/// What only reads has one event, when it has ended. What may change something has two with the same ``requestID``: a trail that ends with
/// ``Outcome-swift.enum/began`` says that the statement may have run.
public struct AuditEvent: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    /// It is sent next.
    case began
    /// - Parameters:
    ///   - rows: that were returned or, where none were, changed.
    ///   - bytes: that the values of the returned rows take, or that a bulk copy moved.
    case succeeded(rows: Int, bytes: Int)
    /// - Parameter outcome: what became of the statement: ``DBError/outcome``.
    case failed(DBError.Code, outcome: String)
    /// The guard refused it. Where that was the server's layer the statement reached it and did nothing; otherwise nothing was sent.
    case refused(GuardLayer)
  }

  /// The same for the beginning and the end of one statement.
  public var requestID: DBUUID
  public var timestamp: DBTimestamp
  /// On whose behalf, and by what name the connection is known.
  public var context: AuditContext
  public var adapter: DatabaseKind
  /// Where the statement ran, without credentials.
  public var endpoint: String
  /// What the session was allowed.
  public var access: AccessLevel
  /// What the statement does; `nil` for a question of the library's own, such as `describe public.orders`.
  public var effect: StatementClassification.Effect?
  /// The statement without literals and values, or what the session was asked for.
  public var statement: String
  /// The same for statements that differ in values alone; `nil` for questions.
  public var fingerprint: String?
  /// The statement's own text, only where ``AuditPolicy/keepsText`` asks for it and it can hold no password. Literals in it are data.
  public var text: String?
  /// The types of the bound values, in order: `int`, `text`.
  public var parameterTypes: [String]
  public var label: String?
  public var outcome: Outcome
  public var elapsed: Duration

  public init(
    requestID: DBUUID, timestamp: DBTimestamp, context: AuditContext, adapter: DatabaseKind, endpoint: String,
    access: AccessLevel, effect: StatementClassification.Effect? = nil, statement: String, fingerprint: String? = nil,
    text: String? = nil, parameterTypes: [String] = [], label: String? = nil, outcome: Outcome, elapsed: Duration
  ) {
    self.requestID = requestID
    self.timestamp = timestamp
    self.context = context
    self.adapter = adapter
    self.endpoint = endpoint
    self.access = access
    self.effect = effect
    self.statement = statement
    self.fingerprint = fingerprint
    self.text = text
    self.parameterTypes = parameterTypes
    self.label = label
    self.outcome = outcome
    self.elapsed = elapsed
  }
}
