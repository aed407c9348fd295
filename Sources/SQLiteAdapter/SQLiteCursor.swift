internal import DBAdapterCore

/// The rows of a running statement. The session belongs to it until it is closed.
final class SQLiteCursor: RowCursor {
  private struct Progress {
    var summary: CursorSummary
    var isClosed = false
  }

  private let reader: SQLiteRowReader
  private let progress: Locked<Progress>

  init(_ reader: SQLiteRowReader, summary: CursorSummary) {
    self.reader = reader
    progress = Locked(Progress(summary: summary))
  }

  deinit {
    // Somebody dropped the cursor without closing it; the statement must not stay half run.
    if progress.withLock({ $0.isClosed }) { return }
    let reader = reader
    Task { await reader.end(isCancelled: true) }
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
    if isFirst { await reader.end(isCancelled: Task.isCancelled) }
  }
}
