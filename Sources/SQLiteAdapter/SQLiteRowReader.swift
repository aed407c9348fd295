internal import DBAdapterCore

/// Reads a running statement on the worker, one batch further than the caller has come.
///
/// Only statements that read are read ahead: they can be stopped at any moment, and nothing is lost by it. The caller's own thread is
/// never ahead of itself, so on the session's executor a batch is read when it is asked for.
final class SQLiteRowReader: Sendable {
  struct Batch: Sendable {
    let rows: RowBatch
    /// `nil` when the statement was ended before.
    let summary: CursorSummary?
    /// Whether no row is left behind it.
    let isLast: Bool
  }

  /// What only the worker thread touches.
  private final class Position {
    /// `nil` once it has ended: the compiled statement goes where it was made, not wherever the last reader lets go of the cursor.
    var run: SQLiteRun?
    var builder: RowBatchBuilder

    init(_ run: SQLiteRun) {
      self.run = run
      builder = RowBatchBuilder(columns: run.columns)
    }
  }

  private typealias Outcome = Result<Batch, DBError>

  private enum State {
    case idle
    /// The worker reads, and nobody waits yet.
    case reading
    /// The worker reads for a caller that waits.
    case awaited(UnsafeContinuation<Outcome, Never>)
    case ready(Outcome)
    /// The last row was handed out.
    case ended
  }

  /// Large rows end a batch before it is full, so that memory stays constant.
  private static let batchBytes = 256 * 1_024

  let columns: ColumnSet
  private let access: SQLiteAccess
  private let operation: SQLiteOperation
  private let batchSize: Int
  private let isReadOnly: Bool
  private let position: WorkerConfined<Position>
  private let state = Locked(State.idle)

  /// Made on the worker.
  init(_ run: SQLiteRun, _ access: SQLiteAccess, _ operation: SQLiteOperation, batchSize: Int) {
    columns = run.columns
    isReadOnly = run.statement.isReadOnly
    position = WorkerConfined(Position(run))
    self.access = access
    self.operation = operation
    self.batchSize = batchSize
  }

  /// The next rows; none at the end.
  func next() async throws(DBError) -> Batch {
    if let ready = takeReady() {
      // Nothing else suspends the caller while the worker is fast enough, and other tasks need its thread too.
      await Task.yield()
      let batch = try ready.get()
      // What was read ahead of a cancellation, of the deadline or of the session's end comes too late.
      if Task.isCancelled { access.stop(operation) }
      if operation.mustStop, let error = SQLiteErrors.stopped(operation.stop, operation.timeout) { throw error }
      guard access.isOpen else { throw SQLiteAccess.closed }
      return batch
    }
    guard isReadOnly, !access.worker.isCurrent else {
      return try await access.run(operation) { session throws(DBError) in try self.fill(session) }.get()
    }
    return try await withTaskCancellationHandler {
      await withUnsafeContinuation { wait($0) }
    } onCancel: {
      access.stop(operation)
    }.get()
  }

  /// A batch that is there already; the worker goes on to the one after it.
  private func takeReady() -> Outcome? {
    let isWorker = access.worker.isCurrent
    let (outcome, goesOn) = state.withLock { state -> (Outcome?, Bool) in
      switch state {
      case .ready(let outcome):
        state = Self.following(outcome, readsOn: !isWorker)
        if case .reading = state { return (outcome, true) }
        return (outcome, false)
      case .ended: return (.success(Batch(rows: .empty(columns), summary: nil, isLast: true)), false)
      case .idle, .reading, .awaited: return (nil, false)
      }
    }
    if goesOn { startReading() }
    return outcome
  }

  /// What comes after a batch was handed out.
  private static func following(_ outcome: Outcome, readsOn: Bool) -> State {
    guard case .success(let batch) = outcome else { return .idle }
    return batch.isLast ? .ended : readsOn ? .reading : .idle
  }

  private func wait(_ continuation: UnsafeContinuation<Outcome, Never>) {
    let (outcome, starts) = state.withLock { state -> (Outcome?, Bool) in
      switch state {
      case .idle:
        state = .awaited(continuation)
        return (nil, true)
      case .reading:
        state = .awaited(continuation)
        return (nil, false)
      case .awaited: return (.failure(SQLiteAccess.busy), false)
      case .ready(let outcome):
        state = Self.following(outcome, readsOn: false)
        return (outcome, false)
      case .ended: return (.success(Batch(rows: .empty(columns), summary: nil, isLast: true)), false)
      }
    }
    if let outcome { continuation.resume(returning: outcome) }
    if starts { startReading() }
  }

  private func startReading() { access.worker.submit { self.read() } }

  /// On the worker: reads a batch for whoever waits, and one more.
  private func read() {
    var goesOn = true
    while goesOn {
      let outcome = access.call(operation) { session throws(DBError) in try fill(session) }
      var waiting: UnsafeContinuation<Outcome, Never>?
      goesOn = state.withLock { state in
        guard case .awaited(let continuation) = state else {
          state = .ready(outcome)
          return false
        }
        waiting = continuation
        state = Self.following(outcome, readsOn: true)
        if case .reading = state { return true }
        return false
      }
      waiting?.resume(returning: outcome)
    }
  }

  private func fill(_ session: SQLiteSession) throws(DBError) -> Batch {
    _ = try session.open()
    let place = position.onWorker
    do throws(DBError) {
      try place.run?.fill(&place.builder, rows: batchSize, bytes: Self.batchBytes, in: session)
    } catch {
      // Rows of a batch that failed are no batch.
      _ = place.builder.finish()
      throw error
    }
    return Batch(rows: place.builder.finish(), summary: place.run?.summary, isLast: place.run?.isFinished ?? true)
  }

  /// Ends the statement and frees the session. A statement that writes is completed, since leaving early only means that nobody wants
  /// its rows; only when the call was cancelled, or its time is over, it is undone.
  func end(isCancelled: Bool) async {
    let isUndone = isCancelled || operation.mustStop
    // What is being read ahead nobody wants any longer.
    if isReadOnly { access.stop(operation) }
    let last = SQLiteOperation(timeout: nil)
    _ = await access.run(last, isStoppable: false) { [self] session throws(DBError) in
      let place = position.onWorker
      defer {
        place.run?.abandon()
        place.run = nil
      }
      if isUndone, !isReadOnly { access.stop(last) }
      try place.run?.stop(session)
    }
    access.leave()
  }
}
