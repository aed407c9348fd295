internal import DBAdapterCore

/// Reads the documents of a command batch by batch. It holds the session until it ends.
final class MongoRowReader: Sendable {
  private let access: MongoAccess
  private let operation: MongoOperation
  private let batchSize: Int
  /// Whether the command does more than read (`$out`), so that a failure leaves open what it did.
  private let mayWrite: Bool
  private let run: WorkerConfined<RunBox>
  /// The batch that is read while the last one is looked at.
  private let ahead = Locked<MongoAnswer<Batch>?>(nil)
  let columns: ColumnSet

  /// The run, which only the worker touches.
  final class RunBox {
    var run: MongoRun?
    var builder: RowBatchBuilder
    /// What came while the cursor was opened.
    var first: Batch?

    init(_ run: MongoRun) {
      self.run = run
      builder = RowBatchBuilder(columns: run.columns)
    }
  }

  struct Batch: Sendable {
    let rows: RowBatch
    /// Known with the last batch.
    let summary: CursorSummary?
    /// Whether the next batch may be begun: in a transaction not, because to stop it would end the transaction.
    var mayReadAhead = false
  }

  /// On the worker.
  init(_ run: MongoRun, _ access: MongoAccess, _ operation: MongoOperation, batchSize: Int, mayWrite: Bool) {
    columns = run.columns
    self.run = WorkerConfined(RunBox(run))
    self.access = access
    self.operation = operation
    self.batchSize = batchSize
    self.mayWrite = mayWrite
  }

  private static let batchBytes = 1 << 20

  /// On the worker: asks for the first rows, so that what is wrong with a command is said before anybody reads.
  func begin(_ session: MongoSession) throws(DBError) {
    run.onWorker.first = try advance(session, operation)
  }

  /// The next batch; the one after it is begun. Where the caller is on the session's own thread, nothing is read ahead.
  func next() async throws(DBError) -> Batch {
    let answer = ahead.withLock { ahead in
      defer { ahead = nil }
      return ahead
    }
    let batch =
      if let answer { try await access.result(of: answer, operation).get() } else {
        try await access.run(operation, step).get()
      }
    if batch.mayReadAhead, !batch.rows.isEmpty, !access.worker.isCurrent {
      ahead.withLock { $0 = access.start(operation, step) }
    }
    return batch
  }

  private var step: @Sendable (MongoSession, MongoOperation) throws(DBError) -> Batch {
    { [self] session, operation throws(DBError) in
      if let first = run.onWorker.first {
        run.onWorker.first = nil
        return first
      }
      return try advance(session, operation)
    }
  }

  /// On the worker.
  private func advance(_ session: MongoSession, _ operation: MongoOperation) throws(DBError) -> Batch {
    let box = run.onWorker
    guard var run = box.run else { return Batch(rows: .empty(box.builder.columns), summary: nil) }
    do throws(MongoFailure) {
      let hasMore = try run.fill(&box.builder, rows: batchSize, bytes: Self.batchBytes)
      box.run = hasMore ? run : nil
      let summary = CursorSummary(
        affectedRows: run.affectedRows, commandTag: run.commandTag, truncation: run.truncation)
      return Batch(
        rows: box.builder.finish(), summary: hasMore ? nil : summary,
        mayReadAhead: hasMore && !session.transaction.isOpen)
    } catch {
      box.run = nil
      throw session.error(error, operation, mayHaveWritten: mayWrite)
    }
  }

  /// Ends the cursor on the server, if it is open, and frees the session. A batch that is being read ahead is given a moment, then it is
  /// stopped.
  func end() async {
    if let answer = ahead.withLock({ $0 }) {
      let alarm = SystemTimeSource().alarm { [access, operation] in access.stop(operation) }
      alarm.set(Deadline(after: .milliseconds(50)))
      _ = await answer.value
      alarm.cancel()
    }
    await access.finish { [run] in run.onWorker.run = nil }
  }
}

/// The rows of a running command. The session belongs to it until it is closed.
final class MongoCursor: RowCursor {
  private struct Progress {
    var summary = CursorSummary()
    var isClosed = false
  }

  private let reader: MongoRowReader
  private let progress = Locked(Progress())

  init(_ reader: MongoRowReader) { self.reader = reader }

  deinit {
    // Somebody dropped the cursor without closing it; it must not stay open on the server.
    if progress.withLock({ $0.isClosed }) { return }
    let reader = reader
    Task { await reader.end() }
  }

  var columns: ColumnSet { reader.columns }
  var summary: CursorSummary { progress.withLock { $0.summary } }

  func nextBatch() async throws(DBError) -> RowBatch? {
    if progress.withLock({ $0.isClosed }) { return nil }
    let batch = try await reader.next()
    if let summary = batch.summary { progress.withLock { $0.summary = summary } }
    return batch.rows.isEmpty ? nil : batch.rows
  }

  func close() async {
    let isFirst = progress.withLock { progress in
      defer { progress.isClosed = true }
      return !progress.isClosed
    }
    if isFirst { await reader.end() }
  }
}
