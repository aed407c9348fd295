internal import CSQLite
internal import DBAdapterCore

/// Stops the running call from any thread, and never another one.
///
/// `sqlite3_interrupt` may be called from any thread as long as the connection is open (sqlite.org/c3ref/interrupt.html); the lock
/// keeps it open, and tells the running call from the one before and after it.
final class SQLiteInterruptHandle: EventHandler {
  fileprivate struct State {
    var database: OpaquePointer?
    var running: SQLiteOperation?
    var timer: EventLoop.Token?
    var isRetired = false
  }

  private let state = Locked(State())

  /// The connection that ``stop(_:_:)`` may interrupt from now on.
  func attach(_ database: OpaquePointer) { state.withLock { $0.database = database } }

  /// Forgets a connection; call it before the connection is closed.
  func detach(_ database: OpaquePointer) { state.withLock { if $0.database == database { $0.database = nil } } }

  /// Gives up watching deadlines, for good.
  func retire() {
    let timer = state.withLock { state in
      state.isRetired = true
      defer { state.timer = nil }
      return state.timer
    }
    if let timer { EventLoop.shared.unregister(timer) }
  }

  /// The call that runs from now on; its deadline is watched.
  func begin(_ operation: SQLiteOperation) {
    let timer = state.withLock { state -> EventLoop.Token? in
      state.running = operation
      guard !operation.deadline.isNever, !state.isRetired else { return nil }
      if state.timer == nil { state.timer = EventLoop.shared.register(-1, self) }
      return state.timer
    }
    if let timer { EventLoop.shared.wake(timer, at: operation.deadline) }
  }

  func end() { state.withLock { $0.running = nil } }

  /// Marks a call as stopped and interrupts it when it is running.
  func stop(_ operation: SQLiteOperation, _ reason: SQLiteOperation.Stop) {
    operation.requestStop(reason)
    state.withLock { if $0.running === operation { $0.interrupt() } }
  }

  /// Stops whatever is running.
  func stopRunning() {
    state.withLock { state in
      state.running?.requestStop(.cancelled)
      if state.running != nil { state.interrupt() }
    }
  }

  func handleReady(_ readiness: Readiness) {}

  func handleDeadline(now: Deadline) {
    let next = state.withLock { state -> (EventLoop.Token, Deadline)? in
      guard let operation = state.running, !operation.deadline.isNever else { return nil }
      if operation.mustStop {
        state.interrupt()
        return nil
      }
      return state.timer.map { ($0, operation.deadline) }
    }
    if let (timer, deadline) = next { EventLoop.shared.wake(timer, at: deadline) }
  }
}

extension SQLiteInterruptHandle.State {
  fileprivate func interrupt() {
    if let database { sqlite3_interrupt(database) }
  }
}
