internal import DBAdapterCore

/// The rows of a running statement. The session belongs to it until it is closed.
final class SQLiteCursor: RowCursor {
  private struct Progress {
    var summary: CursorSummary
    var isClosed = false
  }

  /// What only the worker thread touches.
  final class Position {
    /// `nil` once it has ended: the compiled statement goes where it was made, not wherever the last reader lets go of the cursor.
    var run: SQLiteRun?
    var builder: RowBatchBuilder

    init(_ run: SQLiteRun) {
      self.run = run
      builder = RowBatchBuilder(columns: run.columns)
    }
  }

  /// Large rows end a batch before it is full, so that memory stays constant.
  private static let batchBytes = 256 * 1_024

  let columns: ColumnSet
  private let access: SQLiteAccess
  private let operation: SQLiteOperation
  private let batchSize: Int
  private let position: WorkerConfined<Position>
  private let progress: Locked<Progress>

  init(
    _ access: SQLiteAccess, _ operation: SQLiteOperation, _ position: WorkerConfined<Position>, columns: ColumnSet,
    summary: CursorSummary, batchSize: Int
  ) {
    self.access = access
    self.operation = operation
    self.position = position
    self.columns = columns
    self.batchSize = batchSize
    progress = Locked(Progress(summary: summary))
  }

  deinit {
    // Somebody dropped the cursor without closing it; the statement must not stay half run.
    if progress.withLock({ $0.isClosed }) { return }
    let (access, operation, position) = (access, operation, position)
    Task { await Self.end(access, operation, position, isCancelled: true) }
  }

  var summary: CursorSummary { progress.withLock { $0.summary } }

  func nextBatch() async throws(DBError) -> RowBatch? {
    if progress.withLock({ $0.isClosed }) { return nil }
    let (position, size) = (position, batchSize)
    let (batch, summary) = try await access.run(operation) { session throws(DBError) in
      _ = try session.open()
      let place = position.onWorker
      try place.run?.fill(&place.builder, rows: size, bytes: Self.batchBytes, in: session)
      return (place.builder.finish(), place.run?.summary)
    }.get()
    if let summary { progress.withLock { $0.summary = summary } }
    return batch.isEmpty ? nil : batch
  }

  func close() async {
    let isFirst = progress.withLock { progress in
      defer { progress.isClosed = true }
      return !progress.isClosed
    }
    if isFirst { await Self.end(access, operation, position, isCancelled: Task.isCancelled) }
  }

  /// Ends the statement and frees the session. A statement that writes is completed, since leaving early only means that nobody wants
  /// its rows; only when the call was cancelled, or its time is over, it is undone.
  private static func end(
    _ access: SQLiteAccess, _ operation: SQLiteOperation, _ position: WorkerConfined<Position>, isCancelled: Bool
  ) async {
    let isUndone = isCancelled || operation.mustStop
    let last = SQLiteOperation(timeout: nil)
    _ = await access.run(last, isStoppable: false) { session throws(DBError) in
      let place = position.onWorker
      defer {
        place.run?.abandon()
        place.run = nil
      }
      if isUndone, place.run?.statement.isReadOnly == false { session.interruptHandle.stop(last, .cancelled) }
      try place.run?.stop(session)
    }
    access.leave()
  }
}
