extension DatabaseSession {
  /// Runs a call that only one adapter has, as the statement it amounts to: the guard looks at that, and the audit keeps it.
  /// - Parameters:
  ///   - ability: for the error where the session is another engine's: `write in bulk`.
  ///   - request: the statement.
  ///   - rows: how many rows of it are changed or returned, for the audit. Default: none.
  package func perform<Adapter: IDBAdapter, R>(
    _ ability: String, as request: QueryRequest, on: Adapter.Type, file: StaticString, line: UInt,
    rows: (R) -> Int = { _ in 0 }, _ body: (Adapter) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let origin = CallSite(file: file, line: line)
    guard let own = adapter as? Adapter else { throw lacking(ability, origin) }
    return try await perform(.statement(request), origin, rows: rows) { _ throws(DBError) in try await body(own) }
  }

  /// Lends what one adapter has opened for a statement, for as long as `body` runs; the session is busy meanwhile.
  package func withOpened<Adapter: IDBAdapter, Opened, R>(
    _ ability: String, as request: QueryRequest, on: Adapter.Type, file: StaticString, line: UInt,
    open: (Adapter, QueryRequest) async throws(DBError) -> Opened, close: (Opened) async -> Void,
    _ body: (Opened) async throws -> R
  ) async throws -> R {
    let origin = CallSite(file: file, line: line)
    guard let own = adapter as? Adapter else { throw lacking(ability, origin) }
    try state.enter(origin)
    defer { state.leave() }
    let trail = try await admit(.statement(request), origin)
    let opened: Opened
    do {
      opened = try await open(own, guardian.limited(request))
    } catch {
      await trail?.end(error)
      throw completed(error, origin)
    }
    do {
      let result = try await body(opened)
      await close(opened)
      await trail?.end(.succeeded(rows: 0, bytes: 0))
      return result
    } catch {
      await close(opened)
      await trail?.end(ofBody: error)
      throw error
    }
  }

  /// An adapter's error with what the session knows: engine, endpoint, and where the caller is.
  package func completed(_ error: DBError, file: StaticString, line: UInt) -> DBError {
    completed(error, CallSite(file: file, line: line))
  }
}
