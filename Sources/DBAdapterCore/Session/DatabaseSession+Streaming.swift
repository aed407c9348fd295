extension DatabaseSession {
  /// Runs a statement and lends its rows as they arrive, in constant memory.
  ///
  /// ```swift
  /// try await session.withRows("SELECT id, total FROM orders") { rows in
  ///   for try await row in rows { … }
  /// }
  /// ```
  /// Leaving early, by returning or throwing, stops the statement. The session is busy until the closure returns.
  /// - Parameters:
  ///   - batchSize: the most rows held at once. Default: 1,024.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter cannot stream, and whatever `body` throws.
  public func withRows<R>(
    _ request: QueryRequest, batchSize: Int = 1_024, file: StaticString = #fileID, line: UInt = #line,
    _ body: (RowStream) async throws -> R
  ) async throws -> R {
    let origin = SourceLocation(file: "\(file)", line: line)
    guard batchSize > 0 else {
      throw DBError(.invalidParameter, "batchSize has to be positive").completed(origin: origin)
    }
    guard let streaming = adapter as? any RowStreaming else { throw lacking("stream rows", origin) }
    let request = guardian.limited(request)
    let opened = try await perform(.statement(request), origin) { _ throws(DBError) in
      try await streaming.openCursor(request, batchSize: batchSize)
    }
    let cursor = SessionCursor(opened, self, origin)
    do {
      let result = try await body(RowStream(BatchStream(cursor: cursor)))
      await cursor.close()
      return result
    } catch {
      await cursor.close()
      throw error
    }
  }

  func lacking(_ ability: String, _ origin: SourceLocation) -> DBError {
    DBError(.unsupported, "\(descriptor.displayName) cannot \(ability)", adapter: descriptor.kind).completed(
      origin: origin)
  }
}

extension RowStream {
  /// What the server said at the end; complete once the last row was read.
  public var summary: CursorSummary { batches.cursor.summary }
}

/// An adapter's cursor as a session lends it: it ends with the closure, and its errors know where they belong.
final class SessionCursor: Sendable {
  private let cursor: any RowCursor
  private let session: DatabaseSession
  private let origin: SourceLocation
  private let state = SessionState()
  private let isClaimed = Locked(false)

  init(_ cursor: any RowCursor, _ session: DatabaseSession, _ origin: SourceLocation) {
    self.cursor = cursor
    self.session = session
    self.origin = origin
  }

  var columns: ColumnSet { cursor.columns }
  var summary: CursorSummary { cursor.summary }

  /// `true` for the first iteration only.
  func claim() -> Bool {
    isClaimed.withLock { claimed in
      defer { claimed = true }
      return !claimed
    }
  }

  func nextBatch() async throws(DBError) -> RowBatch? {
    try state.check(origin)
    do throws(DBError) {
      return try await cursor.nextBatch()
    } catch {
      throw error.completed(adapter: session.descriptor.kind, endpoint: session.endpoint, origin: origin)
    }
  }

  func close() async {
    state.expire()
    await cursor.close()
  }
}
