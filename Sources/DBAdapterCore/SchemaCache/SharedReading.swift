/// One reading that several tasks await. It goes on as long as one of them does: who is cancelled leaves the others
/// alone, and the last to leave cancels the reading.
final class SharedReading<Value: Sendable>: Sendable {
  private typealias Outcome = Result<Value, DBError>

  private struct State {
    /// Who joined and has neither an answer nor left.
    var members = 1
    var waiting: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
    var lastNumber: UInt64 = 0
    var task: Task<Void, Never>?
    var outcome: Outcome?
    var isAbandoned = false
  }

  private let state = Locked(State())

  /// A reading that its maker is the first member of.
  init() {}

  /// How many await it, or are about to.
  var members: Int { state.withLock { $0.members } }

  /// Becomes a member, who then has to call ``value()``.
  /// - Returns: `false` when the reading was abandoned.
  func join() -> Bool {
    state.withLock { state in
      if state.isAbandoned { return false }
      state.members += 1
      return true
    }
  }

  /// Starts reading, in a task of its own that inherits the caller's task-local values. Called once.
  func start(_ read: @escaping @Sendable () async -> Result<Value, DBError>) {
    let task = Task { finish(await read()) }
    state.withLock { state in
      if state.outcome == nil { state.task = task }
    }
  }

  /// The outcome.
  /// - Throws: what the reading failed with; ``DBError/Code-swift.struct/cancelled`` when the caller's task is
  ///   cancelled.
  func value() async throws(DBError) -> Value {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> Outcome? in
          if let outcome = state.outcome { return outcome }
          // Whether the handler below ran already or not: nobody waits who is cancelled.
          if Task.isCancelled { return .failure(Self.cancelled) }
          state.waiting[number] = continuation
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: .failure(Self.cancelled))
    }
    leave()
    return try outcome.get()
  }

  private static var cancelled: DBError {
    DBError(.cancelled, "the task was cancelled while it waited for an inspection")
  }

  private func leave() {
    let task = state.withLock { state -> Task<Void, Never>? in
      state.members -= 1
      guard state.members == 0, state.outcome == nil else { return nil }
      state.isAbandoned = true
      return state.task
    }
    task?.cancel()
  }

  private func finish(_ outcome: Outcome) {
    let waiting = state.withLock { state in
      state.outcome = outcome
      state.task = nil
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume(returning: outcome) }
  }
}
