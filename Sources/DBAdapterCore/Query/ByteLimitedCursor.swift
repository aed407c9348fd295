/// Hands on rows until their values take more bytes than somebody wants.
final class ByteLimitedCursor: RowCursor {
  private struct State {
    var left: Int
    var truncation: Truncation?
  }

  private let cursor: any RowCursor
  private let limit: Int
  private let stopsStatement: Bool
  private let state: Locked<State>

  /// - Parameter stopsStatement: whether the statement is stopped where it is cut. One that may write has to come to its end: stopped in the
  ///   middle it would be undone.
  init(_ cursor: any RowCursor, limit: Int, stopsStatement: Bool) {
    self.cursor = cursor
    self.limit = limit
    self.stopsStatement = stopsStatement
    state = Locked(State(left: limit))
  }

  var columns: ColumnSet { cursor.columns }

  var summary: CursorSummary {
    var summary = cursor.summary
    summary.truncation = state.withLock { $0.truncation } ?? summary.truncation
    return summary
  }

  func nextBatch() async throws(DBError) -> RowBatch? {
    guard state.withLock({ $0.truncation }) == nil else { return nil }
    guard let batch = try await cursor.nextBatch() else { return nil }
    let fitting = state.withLock { state in
      let rows = batch.rowsFitting(into: &state.left)
      if rows < batch.count { state.truncation = Truncation(.byteLimit, limit: limit) }
      return rows
    }
    if fitting == batch.count { return batch }
    if !stopsStatement { while try await cursor.nextBatch() != nil {} }
    return fitting == 0 ? nil : batch.part(0..<fitting)
  }

  func close() async { await cursor.close() }
  var closingFailure: DBError? { cursor.closingFailure }
}

extension RowBatch {
  /// How many of the first rows take no more than so many bytes, which are taken off.
  fileprivate func rowsFitting(into bytes: inout Int) -> Int {
    for row in 0..<count {
      let size = byteCount(ofRow: row)
      guard size <= bytes else { return row }
      bytes -= size
    }
    return count
  }
}

extension QueryResult {
  /// The result without the rows that exceed a limit.
  func limited(toBytes limit: Int?) -> QueryResult {
    guard let limit else { return self }
    var left = limit
    let fitting = rows.rowsFitting(into: &left)
    guard fitting < rows.count else { return self }
    var copy = self
    copy.rows = rows.part(0..<fitting)
    copy.truncation = Truncation(.byteLimit, limit: limit)
    return copy
  }
}
