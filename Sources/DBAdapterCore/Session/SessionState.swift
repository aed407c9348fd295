internal import Synchronization

/// Whether a session may still be used, and whether it is: a session, the transactions inside it and what it lends share one count of calls.
///
/// A call is counted before it reaches the adapter, so that whoever ends the session knows of every call that might still touch the connection.
final class SessionState: Sendable {
  private static let expired: UInt32 = 1 << 31

  /// The session that encloses this one in a transaction.
  private let root: SessionState?
  /// Calls on their way, and the mark of the end.
  private let word = Atomic<UInt32>(0)
  private let lost = Atomic<Bool>(false)
  private let spent = Atomic<Bool>(false)

  init(inside outer: SessionState? = nil) { root = outer.map { $0.root ?? $0 } }

  /// Counts a call in; ``leave()`` counts it out.
  /// - Throws: ``DBError/Code-swift.struct/sessionExpired``, and then it is not counted.
  func enter(_ origin: CallSite) throws(DBError) {
    let counter = root ?? self
    let (_, count) = counter.word.wrappingAdd(1, ordering: .acquiringAndReleasing)
    guard count & Self.expired != 0 || root != nil && word.load(ordering: .acquiring) & Self.expired != 0 else {
      return
    }
    leave()
    throw DBError(
      .sessionExpired,
      "the session was used after the closure that lent it had ended; run the statement inside withSession or withTransaction"
    ).completed(origin: origin.location)
  }

  func leave() { (root ?? self).word.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

  /// Lets no call in any more.
  /// - Returns: whether one is still on its way.
  @discardableResult
  func expire() -> Bool {
    let (_, word) = word.bitwiseOr(Self.expired, ordering: .acquiringAndReleasing)
    return word & ~Self.expired != 0
  }

  /// The server went away under the session.
  func markLost() { (root ?? self).lost.store(true, ordering: .releasing) }
  var hasLostServer: Bool { lost.load(ordering: .acquiring) }

  /// The connection is in a state nobody knows.
  func markSpent() { (root ?? self).spent.store(true, ordering: .releasing) }
  var mustNotBeReused: Bool { spent.load(ordering: .acquiring) }
}
