/// A transaction that did not end as the caller asked.
///
/// When the body throws and the roll-back succeeds, the body's own error is thrown as it is; this error means that the commit or the
/// roll-back itself went wrong.
public struct TransactionError: Error, Sendable, CustomStringConvertible {
  public enum Outcome: String, Sendable, Hashable {
    case rolledBack
    case committed
    /// The connection broke before the server answered the commit, or another task still runs a statement of the transaction.
    case unknown
  }

  /// What became of the transaction's changes.
  public let outcome: Outcome
  /// What the body threw.
  public let bodyError: (any Error)?
  public let commitError: DBError?
  public let rollbackError: DBError?

  public init(
    outcome: Outcome, bodyError: (any Error)? = nil, commitError: DBError? = nil, rollbackError: DBError? = nil
  ) {
    self.outcome = outcome
    self.bodyError = bodyError
    self.commitError = commitError
    self.rollbackError = rollbackError
  }

  public var description: String {
    var text = "transaction outcome \(outcome.rawValue)"
    if let commitError { text += "; commit: \(commitError)" }
    if let rollbackError { text += "; roll-back: \(rollbackError)" }
    if let bodyError { text += "; body: \(bodyError)" }
    return text
  }
}
