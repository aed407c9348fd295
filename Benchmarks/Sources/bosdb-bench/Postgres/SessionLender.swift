internal import DBAdapterCore

/// Lends sessions to tasks in the order in which they ask: what a pool does, in the shortest way.
final class SessionLender: Sendable {
  private struct State {
    var free: [DatabaseSession]
    var waiting: [UnsafeContinuation<DatabaseSession, Never>] = []
    var firstWaiting = 0
  }

  private let state: NativeLock<State>

  init(_ sessions: [DatabaseSession]) { state = NativeLock(State(free: sessions)) }

  func withSession<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R {
    let session = await take()
    do {
      let result = try await body(session)
      give(session)
      return result
    } catch {
      give(session)
      throw error
    }
  }

  private func take() async -> DatabaseSession {
    if let free = state.withLock({ $0.free.popLast() }) { return free }
    return await withUnsafeContinuation { continuation in
      let free = state.withLock { state -> DatabaseSession? in
        if let free = state.free.popLast() { return free }
        state.waiting.append(continuation)
        return nil
      }
      if let free { continuation.resume(returning: free) }
    }
  }

  private func give(_ session: DatabaseSession) {
    let next = state.withLock { state -> UnsafeContinuation<DatabaseSession, Never>? in
      guard state.firstWaiting < state.waiting.count else {
        state.free.append(session)
        return nil
      }
      let next = state.waiting[state.firstWaiting]
      state.firstWaiting += 1
      if state.firstWaiting > 1_024 {
        state.waiting.removeFirst(state.firstWaiting)
        state.firstWaiting = 0
      }
      return next
    }
    next?.resume(returning: session)
  }
}
