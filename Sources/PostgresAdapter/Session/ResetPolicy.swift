/// When a session is made as new between two users: the connection string's `reset`.
enum ResetPolicy: String, Sendable {
  /// Unless nothing can have been left behind.
  case auto
  case always
  /// Only an open transaction is ended; for users who share their settings on purpose.
  case never
}
