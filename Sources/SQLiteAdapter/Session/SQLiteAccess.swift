internal import DBAdapterCore

/// The way to the session's thread: one user at a time, and every call stoppable.
final class SQLiteAccess: Sendable {
  private struct State {
    var isOpen = false
    var isClosed = false
    var isBusy = false
    var isDamaged = false
    /// What the session said after its last call.
    var needsReset = true
  }

  let worker: WorkerThread
  private let interruptHandle = SQLiteInterruptHandle()
  private let session: WorkerConfined<SQLiteSession>
  private let state: Locked<State>

  init(_ options: SQLiteOptions) throws(DBError) {
    let state = Locked(State())
    self.state = state
    worker = try WorkerThread(name: "bosdb-sqlite")
    session = WorkerConfined(
      SQLiteSession(options, interruptHandle, onDamage: { state.withLock { $0.isDamaged = true } }))
  }

  var isReusable: Bool { state.withLock { $0.isOpen && !$0.isClosed && !$0.isDamaged && !$0.isBusy } }

  var needsReset: Bool { state.withLock { $0.needsReset || $0.isBusy } }

  // MARK: Calls

  /// Runs a call on the session's thread.
  /// - Parameters:
  ///   - isExclusive: whether the session has to be free; `false` for calls that run no statement.
  ///   - isStoppable: `false` for what has to happen even though the task is cancelled: a roll-back.
  func perform<R: Sendable>(
    timeout: Duration? = nil, isExclusive: Bool = true, isStoppable: Bool = true,
    _ body: @escaping @Sendable (SQLiteSession) throws(DBError) -> R
  ) async throws(DBError) -> R {
    let operation = SQLiteOperation(timeout: timeout)
    try enter(isExclusive: isExclusive)
    defer { if isExclusive { leave() } }
    return try await run(operation, isStoppable: isStoppable, body).get()
  }

  func connect(timeout: Duration) async throws(DBError) {
    try state.withLock { state throws(DBError) in
      if state.isClosed { throw Self.closed }
      state.isOpen = true
    }
    do throws(DBError) {
      try await perform(timeout: timeout) { session throws(DBError) in try session.connect() }
    } catch {
      state.withLock { $0.isOpen = false }
      throw error
    }
  }

  /// Runs a part of a call that holds the session already: a batch of a cursor.
  func run<R: Sendable>(
    _ operation: SQLiteOperation, isStoppable: Bool = true,
    _ body: @escaping @Sendable (SQLiteSession) throws(DBError) -> R
  ) async -> Result<R, DBError> {
    let call: @Sendable () -> Result<R, DBError> = { [session, state] in
      let session = session.onWorker
      let result = session.run(operation, body)
      let needsReset = session.needsReset
      state.withLock { $0.needsReset = needsReset }
      return result
    }
    guard isStoppable else { return await worker.run(call) }
    return await withTaskCancellationHandler {
      await worker.run(call)
    } onCancel: {
      interruptHandle.stop(operation, .cancelled)
    }
  }

  /// Takes the session for one user.
  func enter(isExclusive: Bool = true) throws(DBError) {
    try state.withLock { state throws(DBError) in
      if state.isClosed || !state.isOpen { throw Self.closed }
      guard isExclusive else { return }
      if state.isBusy {
        throw DBError(
          .connectionBusy, "the session is running another statement, or a row stream of it is still open",
          adapter: .sqlite)
      }
      state.isBusy = true
    }
  }

  func leave() { state.withLock { $0.isBusy = false } }

  private static var closed: DBError { DBError(.connectionLost, "the session is not open", adapter: .sqlite) }

  // MARK: The end

  /// Stops what is running, closes the connection and ends the thread.
  func close() async {
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    interruptHandle.stopRunning()
    await worker.run { [session] in session.onWorker.close() }
    interruptHandle.retire()
    worker.stop()
  }

  /// For a session that nobody closed: its thread ends, and the connection is closed with the last that refers to it.
  func abandon() {
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    guard isFirst else { return }
    interruptHandle.retire()
    worker.stop()
  }
}
