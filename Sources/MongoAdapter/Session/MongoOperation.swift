internal import DBAdapterCore
internal import Synchronization

/// One call of a user: until when it may run, and whether it has to stop.
final class MongoOperation: Sendable {
  /// Why a call has to stop.
  enum Stop: UInt8, AtomicRepresentable {
    case none, cancelled, timedOut
  }

  let deadline: Deadline
  /// The time limit the deadline came from, for the error's sentence.
  let timeout: Duration?
  /// Whether it opens the session.
  let isConnecting: Bool
  private let stopped = Atomic<Stop>(.none)

  init(timeout: Duration?, isConnecting: Bool = false) {
    self.timeout = timeout
    self.isConnecting = isConnecting
    deadline = Deadline(after: timeout)
  }

  /// Why the call has to stop, as far as it is known.
  var stop: Stop { stopped.load(ordering: .acquiring) }

  /// Marks the call; the first reason stays.
  func requestStop(_ reason: Stop) {
    _ = stopped.compareExchange(expected: .none, desired: reason, ordering: .acquiringAndReleasing)
  }

  /// Whether the call was cancelled or its deadline has passed.
  var mustStop: Bool {
    if stop != .none { return true }
    guard deadline.hasPassed else { return false }
    requestStop(.timedOut)
    return true
  }

  /// What the server is given to stop by itself: whole milliseconds, at least one; `nil` for no limit.
  var maxTimeMS: Int64? {
    guard let remaining = deadline.remaining else { return nil }
    return min(max(1, remaining.nanoseconds / 1_000_000 + 1), Int64(Int32.max))
  }
}

/// The answer to a call, which may come from the worker or, when that is stuck, from whoever watches the clock: the first one counts.
final class MongoAnswer<R: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(UnsafeContinuation<Result<R, DBError>, Never>)
    case ready(Result<R, DBError>)
    case taken
  }

  private let state = Locked(State.open)

  /// Waits for the answer; once.
  var value: Result<R, DBError> {
    get async {
      await withUnsafeContinuation { continuation in
        let ready = state.withLock { state -> Result<R, DBError>? in
          if case .ready(let result) = state {
            state = .taken
            return result
          }
          state = .awaited(continuation)
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    }
  }

  /// - Returns: whether this was the first answer.
  @discardableResult
  func resolve(_ result: Result<R, DBError>) -> Bool {
    let (isFirst, continuation) = state.withLock {
      state -> (Bool, UnsafeContinuation<Result<R, DBError>, Never>?) in
      switch state {
      case .open:
        state = .ready(result)
        return (true, nil)
      case .awaited(let continuation):
        state = .taken
        return (true, continuation)
      case .ready, .taken: return (false, nil)
      }
    }
    continuation?.resume(returning: result)
    return isFirst
  }
}
