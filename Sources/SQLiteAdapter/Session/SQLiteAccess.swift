internal import DBAdapterCore
internal import DBSQLSupport

/// The way to the session's thread: one user at a time, and every call stoppable.
final class SQLiteAccess: Sendable {
  let worker: WorkerThread
  private let interruptHandle = SQLiteInterruptHandle()
  private let session: WorkerConfined<SQLiteSession>
  private let standing: SQLiteStanding

  init(_ options: SQLiteOptions) throws(DBError) {
    let standing = SQLiteStanding()
    self.standing = standing
    worker = try WorkerThread(name: "bosdb-sqlite")
    session = WorkerConfined(SQLiteSession(options, interruptHandle, onDamage: { standing.insert(.damaged) }))
  }

  var isReusable: Bool { standing.marks.subtracting(.needsReset) == .open }

  var needsReset: Bool { !standing.marks.isDisjoint(with: [.needsReset, .busy]) }

  /// Whether the session was opened and not closed since.
  var isOpen: Bool { standing.marks.intersection([.open, .closed]) == .open }

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

  /// Runs a statement the session has compiled already, where the caller is on its thread: nothing is awaited.
  ///
  /// So no handler can wait for the task's cancellation either; SQLite's hooks ask the task itself, many times a millisecond.
  /// - Returns: `nil` when it has to be run in the usual way.
  func executeInPlace(_ sql: SQLStatement, _ request: QueryRequest) throws(DBError) -> QueryResult? {
    guard worker.isCurrent, session.onWorker.hasCompiled(sql.text) else { return nil }
    let operation = SQLiteOperation(timeout: request.timeout, looksAtTask: true)
    try enter()
    defer { leave() }
    return try call(operation) { session throws(DBError) in try session.execute(sql, rowLimit: request.rowLimit) }
      .get()
  }

  func connect(timeout: Duration) async throws(DBError) {
    if standing.insert(.open).contains(.closed) { throw Self.closed }
    do throws(DBError) {
      try await perform(timeout: timeout) { session throws(DBError) in try session.connect() }
    } catch {
      standing.remove(.open)
      throw error
    }
  }

  /// Runs a part of a call that holds the session already: a batch of a cursor.
  func run<R: Sendable>(
    _ operation: SQLiteOperation, isStoppable: Bool = true,
    _ body: @escaping @Sendable (SQLiteSession) throws(DBError) -> R
  ) async -> Result<R, DBError> {
    guard isStoppable else { return await worker.run { self.call(operation, body) } }
    return await withTaskCancellationHandler {
      await worker.run { self.call(operation, body) }
    } onCancel: {
      stop(operation)
    }
  }

  /// On the worker.
  func call<R>(
    _ operation: SQLiteOperation, _ body: (SQLiteSession) throws(DBError) -> R
  ) -> Result<R, DBError> {
    let session = session.onWorker
    let result = session.run(operation, body)
    standing.set(.needsReset, session.needsReset)
    return result
  }

  /// Marks a call as cancelled, and interrupts it when it is running.
  func stop(_ operation: SQLiteOperation) { interruptHandle.stop(operation, .cancelled) }

  /// Takes the session for one user.
  func enter(isExclusive: Bool = true) throws(DBError) {
    let before = isExclusive ? standing.insert(.busy) : standing.marks
    guard before.intersection([.open, .closed]) == .open else {
      if isExclusive, !before.contains(.busy) { leave() }
      throw Self.closed
    }
    if isExclusive, before.contains(.busy) { throw Self.busy }
  }

  func leave() { standing.remove(.busy) }

  static var closed: DBError { DBError(.connectionLost, "the session is not open", adapter: .sqlite) }

  static var busy: DBError {
    DBError(
      .connectionBusy, "the session is running another statement, or a row stream of it is still open",
      adapter: .sqlite)
  }

  // MARK: The end

  /// Stops what is running, closes the connection and ends the thread.
  func close() async {
    if standing.insert(.closed).contains(.closed) { return }
    interruptHandle.stopRunning()
    await worker.run { [session] in session.onWorker.close() }
    interruptHandle.retire()
    worker.stop()
  }

  /// For a session that nobody closed: its thread ends, and the connection is closed with the last that refers to it.
  func abandon() {
    if standing.insert(.closed).contains(.closed) { return }
    interruptHandle.retire()
    worker.stop()
  }
}
