extension DatabaseSession {
  /// Runs several statements together or not at all, with no other session's in between (Redis `MULTI … EXEC`).
  ///
  /// The statements do not see each other's results. Where statements can, use ``withTransaction(_:file:line:_:)``.
  /// - Returns: one result a statement, in order. A statement can fail by itself, of a value of the wrong type for example; the others have run.
  /// - Throws: ``DBError/Code-swift.struct/transactionAborted`` when the server refused a statement beforehand, and nothing has run;
  ///   ``DBError/Code-swift.struct/unsupported`` where the engine has no such thing; errors that concern all statements.
  public func atomically(
    _ requests: [QueryRequest], file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let origin = CallSite(file: file, line: line)
    guard let batching = adapter as? any AtomicBatching else { throw lacking("run statements atomically", origin) }
    return try await performAll(requests, origin) { requests throws(DBError) in
      try await batching.executeAtomically(requests)
    } prepared: { preparing, statements throws(DBError) in
      try await preparing.executeAtomically(statements)
    }
  }

  /// Watches keys, lets `body` read and decide, and runs what it returns atomically, unless somebody else has changed a watched key meanwhile:
  /// then everything begins anew.
  ///
  /// ```swift
  /// try await session.atomically(watching: ["stock:7"]) { session in
  ///   let left = try await session.execute("GET stock:7").rows.first?.decode(Int.self, at: 0) ?? 0
  ///   return left > 0 ? ["DECR stock:7", "RPUSH orders 7"] : []
  /// }
  /// ```
  /// Returning no statements ends it without doing anything.
  /// - Parameter attempts: how often to begin at most. Default: 16.
  /// - Throws: ``DBError/Code-swift.struct/serializationConflict`` when the keys were changed in every attempt; what ``atomically(_:file:line:)``
  ///   throws; whatever `body` throws, and then nothing has run.
  public func atomically(
    watching keys: [DBValue], attempts: Int = 16, file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> [QueryRequest]
  ) async throws -> [Result<QueryResult, DBError>] {
    let origin = CallSite(file: file, line: line)
    guard adapter is any AtomicBatching else { throw lacking("run statements atomically", origin) }
    guard isShared else { return try await watchAndRun(keys, attempts, origin, body) }
    try state.enter(origin)
    defer { state.leave() }
    let (lease, session) = try await ownConnection(nil, origin)
    do {
      let results = try await session.watchAndRun(keys, attempts, origin, body)
      lease.giveBack(session.state)
      return results
    } catch {
      lease.giveBack(session.state)
      throw error
    }
  }

  private func watchAndRun(
    _ keys: [DBValue], _ attempts: Int, _ origin: CallSite,
    _ body: (DatabaseSession) async throws -> [QueryRequest]
  ) async throws -> [Result<QueryResult, DBError>] {
    guard let batching = adapter as? any AtomicBatching else { return [] }
    var attempt = 1
    while true {
      try await perform(.question("watch"), origin) { _ throws(DBError) in try await batching.watch(keys) }
      do {
        let requests = try await body(self)
        guard !requests.isEmpty else {
          try await perform(.question("unwatch"), origin) { _ throws(DBError) in try await batching.unwatch() }
          return []
        }
        return try await performAll(requests, origin) { requests throws(DBError) in
          try await batching.executeAtomically(requests)
        } prepared: { preparing, statements throws(DBError) in
          try await preparing.executeAtomically(statements)
        }
      } catch let error as DBError where error.code == .serializationConflict {
        attempt += 1
        guard attempt <= attempts else { throw error }
      } catch {
        // What is watched must not make the next batch of this connection fail.
        try? await perform(.question("unwatch"), origin) { _ throws(DBError) in try await batching.unwatch() }
        throw error
      }
    }
  }

  /// Runs one statement and returns the server's reply in its own shape, as one value.
  /// - Throws: as ``execute(_:file:line:)``; ``DBError/Code-swift.struct/unsupported`` where rows are the engine's own shape.
  public func native(
    _ request: QueryRequest, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> DBValue {
    let origin = CallSite(file: file, line: line)
    guard let commanding = adapter as? any NativeCommanding else {
      throw lacking("reply in a shape of its own", origin)
    }
    let request = guardian.limited(request)
    if isShared, let preparing, try await needsOwnConnection(prepare(request, preparing, origin), request, origin) {
      try state.enter(origin)
      defer { state.leave() }
      return try await withOwnConnection(for: request, origin) { session, request throws(DBError) in
        try await session.native(request, file: file, line: line)
      }
    }
    return try await perform(.statement(request), origin, bytes: \.byteCount) { _ throws(DBError) in
      try await commanding.executeNative(request)
    }
  }
}
