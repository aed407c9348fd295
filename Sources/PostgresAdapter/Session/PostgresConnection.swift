internal import DBAdapterCore

/// Drives one libpq connection: the task sends, the event loop waits and reads, the task takes the results.
///
/// The handle belongs to the task that runs an operation, except while that task waits: then it belongs to the loop. The lock hands it
/// over, so libpq itself needs none. Cancelling and time limits go through `PQcancel` first, which keeps the connection, and break
/// the socket when the server does not answer within ``grace``.
final class PostgresConnection: EventHandler {
  /// How long the server may take to stop a statement whose caller must be free within 250 ms, before the connection is given up.
  private static let grace = Duration.milliseconds(200)
  /// The same where nobody is in a hurry and the connection is worth more: a reader that stopped early.
  private static let patientGrace = Duration.seconds(5)
  /// How long to wait before asking again: a request that overtakes its statement is ignored by the server.
  private static let requestInterval = Duration.milliseconds(50)

  enum StopReason { case timeout, cancelled, rowLimit }
  typealias Operation = UInt64

  private enum Waiter {
    /// Resume when a whole result is there, or on any input.
    case input(UnsafeContinuation<Void, Never>, any: Bool)
    /// Resume when the cancel request has ended.
    case cancelRequest(UnsafeContinuation<Void, Never>, giveUpAt: Deadline)
  }

  private struct State {
    var token: EventLoop.Token?
    var watched: Readiness = []
    var waiter: Waiter?
    var hasUnsentBytes = false
    var operation: Operation = 0
    /// Whether a task runs a part of the operation now; only that task may use the handle.
    var isHeld = false
    /// The task that ends the operation as soon as the running part has ended.
    var successor: UnsafeContinuation<Void, Never>?
    /// While an operation ends nothing more is asked of the server: it would hit what comes next.
    var isEnding = false
    var lastOperation: Operation = 0
    var limit: Duration?
    var deadline = Deadline.never
    var stop: StopReason?
    var killAt = Deadline.never
    var isCancelRequestRunning = false
    var requestAgainAt = Deadline.never
    var isGivenUp = false

    /// Forgets the place in the loop.
    mutating func leave() -> EventLoop.Token? {
      defer { token = nil }
      return token
    }
  }

  let handle: PGConnectionHandle
  private let cancelHandle: PGCancelHandle?
  private let loop: EventLoop
  private let state = Locked(State())

  init(_ handle: PGConnectionHandle, loop: EventLoop = .shared) {
    self.handle = handle
    self.loop = loop
    cancelHandle = handle.makeCancelHandle()
    let token = loop.register(handle.descriptor, self)
    state.withLock { $0.token = token }
  }

  /// Leaves the loop; the socket closes with the last reference to the handle. An operation that still runs in another task fails:
  /// its socket is shut down, and it leaves the loop itself as soon as it has noticed. The server, which would not notice before the
  /// statement ends, is asked to stop it.
  func close() {
    var waiting: UnsafeContinuation<Void, Never>?
    let (token, isRunning) = state.withLock { state in
      defer { state.isGivenUp = true }
      if case .cancelRequest(let continuation, _) = state.waiter {
        state.waiter = nil
        waiting = continuation
      }
      return (state.isHeld ? nil : state.leave(), state.operation != 0 && !state.isGivenUp)
    }
    waiting?.resume()
    if isRunning {
      requestCancel()
      handle.shutDown()
    }
    if let token { loop.unregister(token) }
  }

  /// Whether another operation can begin, as far as the client knows: an open transaction does not stand in its way.
  var isFree: Bool {
    // While an operation runs the handle is not ours to look at.
    state.withLock {
      $0.operation == 0 && !$0.isGivenUp && !handle.isBroken && (handle.isIdle || handle.isInTransaction)
    }
  }

  /// Lends the handle where nothing runs and no transaction is open; otherwise `nil`.
  func whenIdle<R>(_ body: (PGConnectionHandle) -> R) -> R? {
    state.withLock { state in
      state.operation == 0 && !state.isGivenUp && !handle.isBroken && handle.isIdle ? body(handle) : nil
    }
  }

  // MARK: Operations

  /// Takes the connection for one operation.
  /// - Throws: ``DBError/Code-swift.struct/connectionBusy`` when another one runs, ``DBError/Code-swift.struct/connectionLost`` when the
  ///   connection is gone, ``DBError/Code-swift.struct/cancelled`` when the task is cancelled already.
  func begin(limit: Duration?) throws(DBError) -> Operation {
    if Task.isCancelled { throw Self.cancelled(retry: .safe) }
    let deadline = Deadline(after: limit)
    let operation = try state.withLock { state throws(DBError) -> Operation in
      guard state.operation == 0 else { throw PostgresErrors.busy }
      guard !state.isGivenUp, state.token != nil else { throw PostgresErrors.closed }
      state.lastOperation += 1
      state.operation = state.lastOperation
      state.limit = limit
      state.deadline = deadline
      return state.operation
    }
    if handle.isBroken {
      state.withLock { $0.operation = 0 }
      throw PostgresErrors.lost(handle.errorMessage, retry: .safe)
    }
    if !deadline.isNever { wake(at: deadline) }
    return operation
  }

  /// Runs a part of an operation; cancelling the task stops it on the server.
  /// - Throws: ``DBError/Code-swift.struct/connectionBusy`` when another task runs a part of it now.
  func run<R>(
    _ operation: Operation, _ body: () async throws(DBError) -> R
  ) async throws(DBError) -> R {
    try hold(operation)
    defer { release() }
    return try await runHeld(operation, body)
  }

  /// Takes the handle for a part of an operation: what a caller lends to several tasks must not reach libpq from two of them.
  func hold(_ operation: Operation) throws(DBError) {
    try state.withLock { state throws(DBError) in
      guard state.operation == operation, !state.isGivenUp else { throw PostgresErrors.closed }
      guard !state.isHeld else { throw PostgresErrors.busy }
      state.isHeld = true
    }
  }

  /// Takes the handle to end an operation. A part of it that another task still runs is stopped first.
  func takeOver(_ operation: Operation) async {
    let isFree = state.withLock { state in
      defer { state.isHeld = true }
      return !state.isHeld
    }
    if isFree { return }
    // Patiently: nobody was cancelled, and the connection is worth more.
    stop(operation, .rowLimit)
    await withUnsafeContinuation { continuation in
      let isFree = state.withLock { state in
        if !state.isHeld {
          state.isHeld = true
          return true
        }
        state.successor = continuation
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  /// Gives the handle back after a part of an operation.
  func release() {
    var token: EventLoop.Token?
    let successor = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      defer { state.successor = nil }
      if state.successor == nil {
        state.isHeld = false
        if state.isGivenUp { token = state.leave() }
      }
      return state.successor
    }
    leave(token)
    successor?.resume()
  }

  /// Gives the connection up in the middle of what libpq cannot go back from.
  func giveUp() {
    state.withLock { $0.isGivenUp = true }
    handle.shutDown()
  }

  private func leave(_ token: EventLoop.Token?) {
    guard let token else { return }
    handle.shutDown()
    loop.unregister(token)
  }

  /// The same for whoever holds the handle already.
  func runHeld<R>(
    _ operation: Operation, _ body: () async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let result = await withTaskCancellationHandler {
      do throws(DBError) {
        return Result<R, DBError>.success(try await body())
      } catch {
        return Result<R, DBError>.failure(self.explained(error))
      }
    } onCancel: {
      stop(operation, .cancelled)
    }
    return try result.get()
  }

  /// Gives the connection back. A cancel request still on its way is waited for, so that it cannot hit the next statement.
  func end(_ operation: Operation) async {
    state.withLock { if $0.operation == operation { $0.isEnding = true } }
    await cancelRequestToEnd(operation)
    let token = state.withLock { state -> EventLoop.Token? in
      guard state.operation == operation else { return nil }
      state.operation = 0
      state.isHeld = false
      state.isEnding = false
      state.deadline = .never
      state.stop = nil
      state.killAt = .never
      state.requestAgainAt = .never
      return state.isGivenUp ? state.leave() : nil
    }
    leave(token)
  }

  /// Lets a stopped operation send what has to follow, such as a ROLLBACK, under a limit of its own.
  func standDown() async {
    let operation = state.withLock { state in
      state.isEnding = true
      return state.operation
    }
    await cancelRequestToEnd(operation)
    let deadline = Deadline(after: .seconds(2))
    state.withLock { state in
      state.isEnding = false
      state.stop = nil
      state.killAt = .never
      state.requestAgainAt = .never
      state.deadline = deadline
    }
    wake(at: deadline)
  }

  /// Waits until the server has taken the cancel request of an operation, if there is one; past ``grace`` after its end was due the
  /// connection is given up.
  func cancelRequestToEnd(_ operation: Operation) async {
    let giveUpAt = state.withLock { state in
      state.operation == operation && state.isCancelRequestRunning && !state.isGivenUp ? state.killAt + Self.grace : nil
    }
    // A broken connection has no next statement for the request to hit.
    guard let giveUpAt, !handle.isBroken else { return }
    await withUnsafeContinuation { continuation in
      let isOver = state.withLock { state in
        guard state.isCancelRequestRunning, !state.isGivenUp else { return true }
        state.waiter = .cancelRequest(continuation, giveUpAt: giveUpAt)
        return false
      }
      if isOver { continuation.resume() } else { wake(at: giveUpAt) }
    }
  }

  /// One operation from begin to end.
  func perform<R>(limit: Duration?, _ body: () async throws(DBError) -> R) async throws(DBError) -> R {
    let operation = try begin(limit: limit)
    do throws(DBError) {
      let result = try await run(operation, body)
      await end(operation)
      return result
    } catch {
      await end(operation)
      throw error
    }
  }

  // MARK: Stopping

  /// Stops the running statement on the server. The first reason counts, but a reader that stopped early can still be cancelled.
  func stop(_ operation: Operation, _ reason: StopReason) {
    let killAt = Deadline(after: reason == .rowLimit ? Self.patientGrace : Self.grace)
    let mustRequest = state.withLock { state in
      guard state.operation == operation, !state.isEnding,
        state.stop == nil || state.stop == .rowLimit && reason != .rowLimit
      else { return false }
      defer { state.stop = reason }
      state.killAt = killAt
      guard state.stop == nil, cancelHandle != nil else { return false }
      state.isCancelRequestRunning = true
      return true
    }
    wake(at: killAt)
    if mustRequest { requestCancel() }
  }

  private func requestCancel() {
    guard let cancelHandle else { return }
    BlockingThreads.cancelling.submit {
      cancelHandle.request()
      self.cancelRequestEnded()
    }
  }

  private func cancelRequestEnded() {
    let again = Deadline(after: Self.requestInterval)
    let continuation = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      state.isCancelRequestRunning = false
      state.requestAgainAt = again
      guard case .cancelRequest(let continuation, _) = state.waiter else { return nil }
      state.waiter = nil
      return continuation
    }
    continuation?.resume()
    wake(at: again)
  }

  /// The reason of a stop, when that is why a statement failed.
  private func explained(_ error: DBError) -> DBError {
    guard error.code == .cancelled || error.code == .connectionLost || error.code == .timeout else { return error }
    let (stop, limit) = state.withLock { ($0.stop, $0.limit) }
    switch stop {
    case .cancelled: return Self.cancelled(retry: .ifIdempotent, server: error.server)
    case .timeout: return Self.timedOut(limit, server: error.server)
    case .rowLimit: return error
    case nil: return error.code == .timeout ? Self.timedOut(limit, server: error.server) : error
    }
  }

  /// Fails when the operation was stopped before its statement was sent.
  func checkNotStopped() throws(DBError) {
    let (stop, limit) = state.withLock { ($0.stop, $0.limit) }
    switch stop {
    case .cancelled: throw Self.cancelled(retry: .safe)
    case .timeout: throw Self.timedOut(limit, server: nil)
    case .rowLimit, nil: return
    }
  }

  private static func cancelled(retry: RetrySafety, server: ServerDiagnostics? = nil) -> DBError {
    DBError(
      .cancelled, "the task was cancelled and the statement stopped", retry: retry, server: server,
      underlying: CancellationError())
  }

  private static func timedOut(_ limit: Duration?, server: ServerDiagnostics?) -> DBError {
    DBError(
      .timeout, "the statement did not end within \(limit?.brief ?? "its time limit") and was stopped",
      retry: .ifIdempotent, server: server)
  }

  // MARK: Waiting

  /// Waits until a whole result is there, or, with `any`, until something has arrived or could be sent.
  /// - Parameter orRoom: also until there is room to send, even when the flush here finds nothing left: the socket may have emptied
  ///   since the caller's own, and then nothing would arrive.
  func waitForInput(any: Bool = false, orRoom: Bool = false) async {
    await withUnsafeContinuation { continuation in
      let hasUnsentBytes = handle.flush() == .pending || orRoom
      let isWatched = state.withLock { state in
        guard state.token != nil else { return false }
        state.waiter = .input(continuation, any: any)
        state.hasUnsentBytes = hasUnsentBytes
        watch(&state, hasUnsentBytes ? [.read, .write] : .read)
        if state.stop != nil, let token = state.token { loop.wake(token, at: state.killAt) }
        return true
      }
      if isWatched { return }
      // The connection was closed in the meantime and its socket shut down: libpq gets what is left of it, and then the end.
      _ = handle.consumeInput()
      continuation.resume()
    }
  }

  private func watch(_ state: inout State, _ readiness: Readiness) {
    guard let token = state.token, state.watched != readiness else { return }
    state.watched = readiness
    loop.watch(token, for: readiness)
  }

  private func wake(at deadline: Deadline) {
    if let token = state.withLock({ $0.token }) { loop.wake(token, at: deadline) }
  }

  // MARK: On the loop

  func handleReady(_ readiness: Readiness) {
    let waits = state.withLock { state -> (any: Bool, hasUnsentBytes: Bool)? in
      guard case .input(_, let any) = state.waiter else {
        // Nobody waits: leave the socket alone until somebody does. This is the back-pressure.
        watch(&state, [])
        return nil
      }
      return (any, state.hasUnsentBytes)
    }
    guard let waits else { return }
    var isDone = waits.any
    if waits.hasUnsentBytes, handle.flush() != .pending {
      state.withLock { state in
        state.hasUnsentBytes = false
        watch(&state, .read)
      }
    }
    if readiness.contains(.read), !handle.consumeInput() { isDone = true }
    if isDone || !handle.isBusy { resumeWaiter() }
  }

  func handleDeadline(now: Deadline) {
    enum Step {
      case stop(Operation), request, kill, giveUp(UnsafeContinuation<Void, Never>), later(Deadline), nothing
    }
    let step = state.withLock { state -> Step in
      guard state.operation != 0 else { return .nothing }
      if case .cancelRequest(let continuation, let giveUpAt) = state.waiter {
        guard giveUpAt <= now else { return .later(giveUpAt) }
        state.waiter = nil
        state.isGivenUp = true
        return .giveUp(continuation)
      }
      if state.isEnding { return .nothing }
      if state.stop == nil || state.stop == .rowLimit, state.deadline <= now { return .stop(state.operation) }
      guard state.stop != nil else { return .later(state.deadline) }
      if state.killAt <= now, case .input = state.waiter { return .kill }
      if state.requestAgainAt <= now, !state.isCancelRequestRunning {
        state.isCancelRequestRunning = true
        state.requestAgainAt = .never
        return .request
      }
      let moments = [state.killAt, state.requestAgainAt, state.deadline].filter { $0 > now }
      return .later(moments.min() ?? .never)
    }
    switch step {
    case .stop(let operation): stop(operation, .timeout)
    case .request:
      requestCancel()
      wake(at: state.withLock { $0.killAt })
    case .kill: handle.shutDown()
    case .giveUp(let continuation): continuation.resume()
    case .later(let deadline): if !deadline.isNever { wake(at: deadline) }
    case .nothing: break
    }
  }

  /// Nobody would tell of an answer: whoever waits gets an error instead.
  func handleRefusal() {
    let waits = state.withLock { state in
      if case .input = state.waiter { return true }
      return false
    }
    guard waits else { return }
    handle.shutDown()
    _ = handle.consumeInput()
    resumeWaiter()
  }

  private func resumeWaiter() {
    let continuation = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      guard case .input(let continuation, _) = state.waiter else { return nil }
      state.waiter = nil
      return continuation
    }
    continuation?.resume()
  }
}
