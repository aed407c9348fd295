/// Decides whether a policy allows a statement. It is one layer: the server's read-only session is another, and the protocol,
/// which carries one statement a message, a third.
struct QueryGuard: Sendable {
  let policy: AccessPolicy

  /// Whether a statement has to be classified before it runs.
  var needsClassification: Bool { policy.level == .readOnly }

  /// - Throws: ``DBError/Code-swift.struct/rejectedByGuard`` saying what the statement does and how to allow it;
  ///   ``DBError/Code-swift.struct/invalidParameter`` when the text holds more than one statement.
  func check(_ classification: StatementClassification) throws(DBError) {
    guard classification.statementCount == 1 else {
      throw DBError(
        .invalidParameter,
        classification.statementCount == 0
          ? "the statement is empty: it holds only white space or comments"
          : "a request holds one statement, and this text holds \(classification.statementCount); send them one by one")
    }
    guard policy.level == .readOnly, classification.effect != .read else { return }
    let reason: String
    switch classification.effect {
    case .read: return
    case .write: reason = "writes"
    case .definition: reason = "changes the schema"
    case .transactionControl: reason = "controls transactions; use withTransaction"
    case .session: reason = "changes the session"
    case .procedure: reason = "runs code that may write"
    case .unknown: reason = "is not known to only read"
    }
    throw DBError(
      .rejectedByGuard,
      "this session is read-only, and \(classification.summary) \(reason); open it with read-write access to allow it")
  }

  /// Whether the policy has limits of its own.
  var hasLimits: Bool { policy.rowLimit != nil || policy.timeout != nil }

  /// The request with the policy's limits, where they are stricter than its own.
  func limited(_ request: QueryRequest) -> QueryRequest {
    guard hasLimits else { return request }
    var request = request
    if let limit = policy.rowLimit { request.rowLimit = min(request.rowLimit ?? limit, limit) }
    if let limit = policy.timeout { request.timeout = min(request.timeout ?? limit, limit) }
    return request
  }
}
