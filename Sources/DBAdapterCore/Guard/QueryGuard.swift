/// Decides whether a policy allows a statement. It is one layer: the server's read-only session is another, and the protocol,
/// which carries one statement a message, a third.
struct QueryGuard: Sendable {
  let policy: AccessPolicy
  /// Whether a statement has to be classified before it runs.
  let needsClassification: Bool

  /// - Parameter hasAdministrativeStatements: see ``AdapterDescriptor/hasAdministrativeStatements``.
  init(policy: AccessPolicy, hasAdministrativeStatements: Bool = false) {
    self.policy = policy
    let isDecidedByLevel =
      switch policy.level {
      case .readOnly: true
      case .readWrite: hasAdministrativeStatements
      case .administrative: false
      }
    needsClassification = isDecidedByLevel || policy.destruction != .allowed
  }

  /// - Parameter isConfirmed: see ``QueryRequest/isConfirmed``.
  /// - Throws: ``DBError/Code-swift.struct/rejectedByGuard`` saying what the statement does and how to allow it;
  ///   ``DBError/Code-swift.struct/confirmationRequired`` when the policy wants somebody to agree first;
  ///   ``DBError/Code-swift.struct/invalidParameter`` when the text holds more than one statement.
  func check(_ classification: StatementClassification, isConfirmed: Bool = false) throws(DBError) {
    guard classification.statementCount == 1 else {
      throw DBError(
        .invalidParameter,
        classification.statementCount == 0
          ? "the statement is empty: it holds only white space or comments"
          : "a request holds one statement, and this text holds \(classification.statementCount); send them one by one",
        refusedBy: .protocol)
    }
    let effect = classification.effect
    guard effect.leastAccess > policy.level else { return try checkDestruction(classification, isConfirmed) }
    let access = policy.level == .readOnly ? "this session is read-only" : "this session may read and write"
    let hint = (classification.hint ?? effect.hint).map { "\($0), or " } ?? ""
    throw DBError(
      .rejectedByGuard,
      "\(access), and \(classification.summary) \(classification.finding ?? effect.reason); "
        + "\(hint)open it with \(effect.leastAccess.name) access to allow it",
      refusedBy: .classification)
  }

  private func checkDestruction(_ classification: StatementClassification, _ isConfirmed: Bool) throws(DBError) {
    guard policy.destruction != .allowed, let destruction = classification.destruction else { return }
    if policy.destruction == .refused {
      throw DBError(
        .rejectedByGuard,
        "\(classification.summary) \(destruction), which this session's policy refuses; allow it in the policy",
        refusedBy: .policy)
    }
    if !isConfirmed {
      throw DBError(
        .confirmationRequired, "\(classification.summary) \(destruction); confirm it to run it", refusedBy: .policy)
    }
  }

  /// Whether the policy has limits of its own.
  var hasLimits: Bool { policy.rowLimit != nil || policy.byteLimit != nil || policy.timeout != nil }

  /// The request with the policy's limits, where they are stricter than its own.
  func limited(_ request: QueryRequest) -> QueryRequest {
    guard hasLimits else { return request }
    var request = request
    if let limit = policy.rowLimit { request.rowLimit = min(request.rowLimit ?? limit, limit) }
    if let limit = policy.byteLimit { request.byteLimit = min(request.byteLimit ?? limit, limit) }
    if let limit = policy.timeout { request.timeout = min(request.timeout ?? limit, limit) }
    return request
  }
}

extension StatementClassification.Effect {
  /// The lowest level on which it is allowed.
  fileprivate var leastAccess: AccessLevel {
    switch self {
    case .read: .readOnly
    case .write, .definition, .transactionControl, .session, .procedure, .unknown: .readWrite
    case .administration: .administrative
    }
  }

  /// What to do instead, where the classification does not know better.
  fileprivate var hint: String? { self == .transactionControl ? "use withTransaction" : nil }

  /// What a refused statement would do, after its name.
  fileprivate var reason: String {
    switch self {
    case .read: "reads"
    case .write: "writes"
    case .definition: "changes the schema"
    case .transactionControl: "controls transactions"
    case .session: "changes the session"
    case .procedure: "runs code that may write"
    case .administration: "administers the server"
    case .unknown: "is not known to only read"
    }
  }
}

extension AccessLevel {
  fileprivate var name: String {
    switch self {
    case .readOnly: "read-only"
    case .readWrite: "read-write"
    case .administrative: "administrative"
    }
  }
}
