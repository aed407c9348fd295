/// Who refused a statement. Each layer stops most attacks; none is trusted alone.
public enum GuardLayer: String, Sendable, Hashable {
  /// The server: its read-only transaction, its read-only file, its access control.
  case server
  /// The protocol: a message carries one statement.
  case `protocol`
  /// What the adapter found the statement to do; nothing was sent.
  case classification
  /// The rules of the session: confirmation, limits, an audit trail that cannot be written. Nothing was sent.
  case policy
}
