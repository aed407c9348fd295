/// Is told what happens in pools, for dashboards and tests. Called on whatever thread it happens, outside all locks; it must not block.
public protocol PoolObserver: Sendable {
  func pool(_ pool: PoolIdentity, _ event: PoolEvent)
}

/// What happens in a pool.
public enum PoolEvent: Sendable {
  case created
  /// The least recently used pool went to make room for another, or was evicted by hand.
  case evicted
  case shutDown
  case opened(after: Duration)
  case dialFailed(DBError)
  case closed(CloseReason)
  case leased(wait: Duration)
  case released(held: Duration)
  case leaseTimedOut
  /// Dials failed for so long that callers are refused at once.
  case breakerOpened(DBError)
  case breakerClosed
  /// The server was lost; its connections are not lent again.
  case generationRaised(Int)
  /// A session is held for longer than ``PoolConfiguration/leakWarningAfter``.
  case leakSuspected(held: Duration, origin: SourceLocation)
}

/// Why a pool closed a connection.
public enum CloseReason: String, Sendable, Hashable {
  /// The connection broke, or its session ended in a way that must not be reused.
  case broken
  /// The server was lost with a sibling.
  case staleGeneration
  case idle
  case lifetime
  case failedCheck
  case failedReset
  /// Another pool needed the room.
  case capacity
  /// Its session ends with the lease, by the adapter's wish.
  case singleUse
  case poolClosed
}
