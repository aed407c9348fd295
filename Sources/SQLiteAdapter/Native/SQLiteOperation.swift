internal import DBAdapterCore
internal import Synchronization

/// One call of a user: until when it may run, and whether it has to stop.
final class SQLiteOperation: Sendable {
  /// Why a call has to stop.
  enum Stop: UInt8, AtomicRepresentable {
    case none, cancelled, timedOut
  }

  let deadline: Deadline
  /// The time limit the deadline came from, for the error's sentence.
  let timeout: Duration?
  /// Whether the call runs inside its task, so that the task itself says whether it was cancelled.
  private let looksAtTask: Bool
  private let stopped = Atomic<Stop>(.none)

  init(timeout: Duration?, looksAtTask: Bool = false) {
    self.timeout = timeout
    self.looksAtTask = looksAtTask
    deadline = Deadline(after: timeout)
  }

  /// Why the call has to stop, as far as it is known; ``mustStop`` looks at the clock too.
  var stop: Stop { stopped.load(ordering: .acquiring) }

  /// Marks the call; the first reason stays.
  func requestStop(_ reason: Stop) {
    _ = stopped.compareExchange(expected: .none, desired: reason, ordering: .acquiringAndReleasing)
  }

  /// Whether the call was cancelled or its deadline has passed.
  var mustStop: Bool {
    if stop != .none { return true }
    if looksAtTask, Task.isCancelled {
      requestStop(.cancelled)
      return true
    }
    guard deadline.hasPassed else { return false }
    requestStop(.timedOut)
    return true
  }
}
