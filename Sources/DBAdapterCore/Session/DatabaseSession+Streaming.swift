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
  ///   - batchSize: the most rows of a batch, of which one may be read ahead; between batches other tasks get the thread. Default: 256.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter cannot stream, and whatever `body` throws; what a statement that writes
  ///   and was left early failed with at its end.
  public func withRows<R>(
    _ request: QueryRequest, batchSize: Int = 256, file: StaticString = #fileID, line: UInt = #line,
    _ body: (RowStream) async throws -> R
  ) async throws -> R {
    let origin = CallSite(file: file, line: line)
    guard batchSize > 0 else {
      throw DBError(.invalidParameter, "batchSize has to be positive").completed(origin: origin.location)
    }
    guard let streaming = adapter as? any RowStreaming else { throw lacking("stream rows", origin) }
    let request = guardian.limited(request)
    try state.enter(origin)
    defer { state.leave() }
    if isShared, let preparing, try await needsOwnConnection(prepare(request, preparing, origin), request, origin) {
      let (lease, session, request) = try await ownConnection(for: request, origin)
      defer { lease.giveBack(session.state) }
      return try await session.withRows(request, batchSize: batchSize, file: file, line: line, body)
    }
    let trail = try await admit(.statement(request), origin)
    let cursor: SessionCursor
    do {
      let opened = try await streaming.openCursor(request, batchSize: batchSize)
      cursor = SessionCursor(await limited(opened, request), self, trail, origin)
    } catch {
      await trail?.end(error)
      throw completed(error, origin)
    }
    do {
      let result = try await body(RowStream(BatchStream(cursor: cursor)))
      try await cursor.close()
      return result
    } catch {
      try? await cursor.close()
      throw error
    }
  }

  func lacking(_ ability: String, _ origin: CallSite) -> DBError {
    DBError(.unsupported, "\(descriptor.displayName) cannot \(ability)", adapter: descriptor.kind).completed(
      origin: origin.location)
  }
}

extension RowStream {
  /// What the server said at the end; complete once the last row was read.
  public var summary: CursorSummary { batches.cursor.summary }
}

/// An adapter's cursor as a session lends it: it ends with the closure, and its errors know where they belong.
final class SessionCursor: Sendable {
  private struct Progress {
    var isClaimed = false
    var rows = 0
    var bytes = 0
    var hasEnded = false

    /// `true` once: for whoever records how the stream ended.
    mutating func claimEnd() -> Bool {
      defer { hasEnded = true }
      return !hasEnded
    }
  }

  private let cursor: any RowCursor
  private let session: DatabaseSession
  private let trail: AuditTrail?
  private let origin: CallSite
  private let state: SessionState
  private let progress = Locked(Progress())

  init(_ cursor: any RowCursor, _ session: DatabaseSession, _ trail: AuditTrail?, _ origin: CallSite) {
    self.cursor = cursor
    self.session = session
    self.trail = trail
    self.origin = origin
    state = SessionState(inside: session.state)
  }

  var columns: ColumnSet { cursor.columns }
  var summary: CursorSummary { cursor.summary }

  /// `true` for the first iteration only.
  func claim() -> Bool {
    progress.withLock { progress in
      defer { progress.isClaimed = true }
      return !progress.isClaimed
    }
  }

  func nextBatch() async throws(DBError) -> RowBatch? {
    try state.enter(origin)
    defer { state.leave() }
    do throws(DBError) {
      let batch = try await cursor.nextBatch()
      // A stream that was closed under its reader must not look like one that was read to its end.
      if batch == nil {
        try state.enter(origin)
        state.leave()
      }
      progress.withLock { progress in
        progress.rows += batch?.count ?? 0
        if trail != nil { progress.bytes += batch?.byteCount ?? 0 }
      }
      return batch
    } catch {
      if progress.withLock({ $0.claimEnd() }) { await trail?.end(error) }
      throw session.completed(error, origin)
    }
  }

  /// - Throws: what the statement failed with after its reader had left. Idempotent.
  func close() async throws(DBError) {
    state.expire()
    await cursor.close()
    let (rows, bytes, endsHere) = progress.withLock { ($0.rows, $0.bytes, $0.claimEnd()) }
    guard endsHere else { return }
    if let failure = cursor.closingFailure {
      await trail?.end(failure)
      throw session.completed(failure, origin)
    }
    if let trail {
      await trail.end(.succeeded(rows: rows > 0 ? rows : cursor.summary.affectedRows ?? 0, bytes: bytes))
    }
  }
}
