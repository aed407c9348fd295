internal import DBAdapterCore

/// Stops the running call from any thread, and never another one.
///
/// The server is told by `killSessions` from another client, which ends the operations and cursors of the session's logical session and
/// nothing else. A worker that gets no answer even so, because the network has swallowed it, is left alone after a while: the caller
/// is freed, and the session is not used again.
final class MongoStopper: EventHandler {
  private struct State {
    var running: Running?
    var timer: EventLoop.Token?
    var isRetired = false
    /// The logical session as the server knows it; `nil` where there is none.
    var sessionID: BSONDocument?
    /// Requests to stop that have not come back.
    var kills = 0
    /// How long a call that came back waits for them.
    var killLimit: Deadline?
  }

  private struct Running {
    let operation: MongoOperation
    /// Frees the caller.
    let abandon: @Sendable () -> Void
    /// When the caller is freed whatever the server does.
    var patience = Deadline.never
  }

  private let pool: MongoClientPool
  private let state = Locked(State())
  private let killEnded = ConditionVariable()

  /// How long a stopped call may take to come back: half of it for the server, which was told.
  private static let grace: Duration = .milliseconds(200)
  /// A stop can reach the server before the call itself, and is then repeated.
  private static let repetition: Duration = .milliseconds(20)
  /// Requests to stop wait for the server's answer, at worst until the network gives up: not among those of other engines.
  private static let killers = BlockingThreads(maximum: 32)
  /// The server stops by itself at the deadline; that is waited for.
  private static let courtesy: Duration = .milliseconds(20)

  init(_ pool: MongoClientPool) { self.pool = pool }

  /// The logical session that calls run in from now on.
  func attach(_ sessionID: BSONDocument?) { state.withLock { $0.sessionID = sessionID } }

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
  /// - Parameter abandon: frees its caller, from another thread.
  func begin(_ operation: MongoOperation, abandon: @escaping @Sendable () -> Void) {
    state.withLock { $0.running = Running(operation: operation, abandon: abandon) }
    if operation.stop != .none {
      stop(operation, operation.stop)
    } else if !operation.deadline.isNever {
      wake(at: operation.deadline + Self.courtesy)
    }
  }

  /// The call came back. Waits for stops that are still on their way, so that they do not meet the next call.
  /// - Returns: whether all of them have ended; otherwise the session must not be used again.
  func end() -> Bool {
    let mustWait = state.withLock { state in
      state.running = nil
      return state.kills > 0
    }
    guard mustWait else { return true }
    let limit = Deadline(after: Self.grace)
    state.withLock { $0.killLimit = limit }
    wake(at: limit)
    defer { state.withLock { $0.killLimit = nil } }
    return state.withLock(waitingOn: killEnded) { state -> Bool? in
      if state.kills == 0 { return true }
      return limit.hasPassed ? false : nil
    }
  }

  /// Waits for all stops that are still on their way, however long the network keeps them.
  func drain() { state.withLock(waitingOn: killEnded) { $0.kills == 0 ? () : nil } }

  /// Marks a call as stopped, and tells the server when it is running.
  func stop(_ operation: MongoOperation, _ reason: MongoOperation.Stop) {
    operation.requestStop(reason)
    let isRunning = state.withLock { state in
      guard state.running?.operation === operation else { return false }
      // A server that knows no session of ours cannot be told anything.
      state.running?.patience = Deadline(after: state.sessionID == nil ? .zero : Self.grace)
      return true
    }
    guard isRunning else { return }
    kill(operation)
    wake(at: state.withLock { $0.sessionID == nil } ? .now() : Deadline(after: Self.repetition))
  }

  /// Stops whatever is running.
  func stopRunning() {
    if let operation = state.withLock({ $0.running?.operation }) { stop(operation, .cancelled) }
  }

  func handleReady(_ readiness: Readiness) {}

  func handleDeadline(now: Deadline) {
    // Also whoever waits in `end()` looks at the clock again.
    killEnded.signal()
    let (current, killLimit) = state.withLock { ($0.running, $0.killLimit) }
    guard let running = current else {
      // An earlier wake may have taken the place of the one that a waiting call had asked for.
      if let killLimit, now < killLimit { wake(at: killLimit) }
      return
    }
    if running.operation.stop == .none {
      guard now >= running.operation.deadline else {
        return wake(at: running.operation.deadline + Self.courtesy)
      }
      return stop(running.operation, .timedOut)
    }
    if now >= running.patience {
      guard state.withLock({ $0.running?.operation === running.operation }) else { return }
      return running.abandon()
    }
    kill(running.operation)
    wake(at: min(now + Self.repetition, running.patience))
  }

  private func wake(at moment: Deadline) {
    let timer = state.withLock { state -> EventLoop.Token? in
      guard !state.isRetired else { return nil }
      if state.timer == nil { state.timer = EventLoop.shared.register(-1, self) }
      return state.timer
    }
    if let timer { EventLoop.shared.wake(timer, at: moment) }
  }

  /// Tells every server that may be at work on a call, while it runs; one request at a time.
  private func kill(_ operation: MongoOperation) {
    let sessionID = state.withLock { state -> BSONDocument? in
      guard state.running?.operation === operation, state.kills == 0, let sessionID = state.sessionID else {
        return nil
      }
      state.kills += 1
      return sessionID
    }
    guard let sessionID else { return }
    Self.killers.submit { [self] in
      if let client = try? pool.pop() { client.killSession(sessionID) }
      state.withLock { $0.kills -= 1 }
      killEnded.signal()
    }
  }
}

extension MongoClientHandle {
  /// Ends what a logical session does, at every server that may be doing it.
  fileprivate func killSession(_ id: BSONDocument) {
    let command: BSONDocument = ["killSessions": [.document(id)]]
    // A member that is silent keeps the others from being told, so the one that is most likely at work comes first.
    for server in servers.filter(\.isUsable).sorted(by: { $0.takesWrites && !$1.takesWrites }) {
      let scope = MongoScope(options: ["serverId": server.number])
      _ = try? self.command(command, on: "admin", .plain, scope)
    }
  }
}
