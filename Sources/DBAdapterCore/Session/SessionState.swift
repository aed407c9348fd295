/// Whether a session may still be used, and by whom: shared by a session and what it lends.
final class SessionState: Sendable {
  private struct Flags {
    var isExpired = false
  }

  private let flags = Locked(Flags())

  func expire() { flags.withLock { $0.isExpired = true } }

  func check(_ origin: SourceLocation) throws(DBError) {
    guard flags.withLock({ $0.isExpired }) else { return }
    throw DBError(
      .sessionExpired,
      "the session was used after the closure that lent it had ended; run the statement inside withSession or withTransaction"
    ).completed(origin: origin)
  }
}
