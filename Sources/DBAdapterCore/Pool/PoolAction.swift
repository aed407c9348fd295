/// Names a pool of a manager; never reused.
struct PoolID: Hashable, Sendable {
  let number: UInt64
}

/// Names a connection of a pool; never reused.
struct ConnectionID: Hashable, Sendable {
  let number: UInt64
}

/// Names one loan of a connection.
struct LeaseID: Hashable, Sendable {
  let connection: ConnectionID
  let number: UInt64
}

/// How a caller's wish for a session is answered at once.
enum LeaseDecision: Sendable {
  case lend(LeaseID)
  case wait
  case refuse(Refusal)
}

/// Why a caller gets no session.
enum Refusal: Error {
  case timedOut
  case tooManyWaiters
  /// A dial failed in a way that waiting cannot mend, or too often.
  case dialFailed(DBError)
  /// The circuit breaker is open.
  case down(DBError)
  /// The pool made room for another one; ask again.
  case evicted
  case shutDown
  case cancelled
}

/// What a lease leaves of its connection.
enum LeaseEnd: Sendable {
  /// As good as new.
  case clean
  /// Has to be reset.
  case dirty
  /// Must not be lent again.
  case spent
  /// The server went away.
  case serverLost
}

/// What came of giving a session back.
struct Release: Sendable {
  let held: Duration
  /// Whether the connection is closed for the sake of another pool.
  var hasYielded = false
}

/// Another pool waits for a connection, and there is none left under the common limit.
struct CapacityPressure: Sendable {
  /// Since when the other one waits.
  let since: Deadline
  /// Whether it has no connection at all.
  let isDesperate: Bool
}

/// How many connections more a pool wants under the limit that all pools share. The newest wish takes the place of the one before: wishes
/// are carried out on several threads, and may overtake each other.
struct CapacityWish: Sendable, Hashable {
  /// Rises with every wish of a pool.
  let number: UInt64
  let count: Int
  /// Whether callers wait for it. Otherwise it is granted from room that nobody waits for, at once or not at all.
  let isUrgent: Bool
}

/// What the machine wants done, after the lock is left.
enum PoolAction: Sendable {
  /// Answered by as many `capacityGranted`, sooner or later, as long as no other wish follows; one that is not urgent by `capacityDenied` too.
  case want(CapacityWish)
  case giveBackCapacity
  /// Answered by `dialled` or `dialFailed`.
  case dial(ConnectionID)
  /// The dial's result is not wanted any more; it is answered all the same.
  case abandonDial(ConnectionID)
  /// Answered by `checked`.
  case check(ConnectionID)
  /// Answered by `resetEnded`.
  case reset(ConnectionID)
  /// Answered by `closed`.
  case close(ConnectionID, CloseReason)
  case resume(WaiterID, LeaseID, LeaseKind, enqueued: Deadline)
  case fail(WaiterID, Refusal)
  /// Call `timeReached` at this moment.
  case wake(Deadline)
  case tell(PoolEvent)
  /// Nothing is left; the pool has stopped.
  case finished
}
