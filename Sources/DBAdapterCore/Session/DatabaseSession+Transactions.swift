extension DatabaseSession {
  /// Runs `body` in a transaction: it is committed when `body` returns and rolled back when it throws. Inside a transaction, a
  /// savepoint is used instead, and `options` must be the default.
  ///
  /// The session lent to `body` is expired before the transaction ends, so that no late statement can slip in after it.
  /// - Throws: the body's own error after a clean roll-back; ``TransactionError``, with the outcome, when the commit or the roll-back itself
  ///   failed; ``DBError/Code-swift.struct/unsupported`` for an option the engine cannot honour.
  public func withTransaction<R>(
    _ options: TransactionOptions = TransactionOptions(), file: StaticString = #fileID, line: UInt = #line,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let origin = CallSite(file: file, line: line)
    guard let transactional = adapter as? any Transactional else {
      let instead = adapter is any AtomicBatching ? "; atomically runs statements together or not at all" : ""
      throw lacking("run transactions" + instead, origin)
    }
    guard transactionDepth == 0 || options == TransactionOptions() else {
      throw DBError(.unsupported, "a transaction inside a transaction is a savepoint and takes no options")
        .completed(origin: origin.location)
    }
    try state.enter(origin)
    defer { state.leave() }
    let scope = TransactionScope(transactional, depth: transactionDepth)
    try await perform(.question(scope.question("begin")), origin) { _ throws(DBError) in try await scope.begin(options)
    }
    let inner = DatabaseSession(inside: self)
    let outcome: Result<R, any Error>
    do {
      outcome = .success(try await body(inner))
    } catch {
      outcome = .failure(error)
    }
    inner.state.expire()
    switch outcome {
    case .success(let value):
      try await commit(scope, origin)
      return value
    case .failure(let error):
      try await rollBack(scope, after: error, origin)
      throw error
    }
  }

  private func commit(_ scope: TransactionScope, _ origin: CallSite) async throws {
    do throws(DBError) {
      try await perform(.question(scope.question("commit")), origin) { _ throws(DBError) in try await scope.commit() }
    } catch {
      // The server said no, or was never asked: nothing is committed. Silence after asking leaves the outcome open.
      let wasNotSent = error.code == .auditFailed || error.retry == .safe
      var isRolledBack = wasNotSent || error.server != nil || error.code == .transactionAborted
      if isRolledBack {
        do throws(DBError) {
          try await rollBack(scope, origin)
        } catch let failure {
          isRolledBack = failure.code != .connectionBusy
        }
      }
      if !isRolledBack { state.markSpent() }
      throw TransactionError(outcome: isRolledBack ? .rolledBack : .unknown, commitError: error)
    }
  }

  private func rollBack(_ scope: TransactionScope, after bodyError: any Error, _ origin: CallSite) async throws {
    do throws(DBError) {
      try await rollBack(scope, origin)
    } catch {
      state.markSpent()
      // A connection that is gone takes its transaction with it; one that is still in use by another task does not.
      throw TransactionError(
        outcome: error.code == .connectionBusy ? .unknown : .rolledBack, bodyError: bodyError, rollbackError: error)
    }
  }

  private func rollBack(_ scope: TransactionScope, _ origin: CallSite) async throws(DBError) {
    try await withoutCancellation { () async throws(DBError) in
      try await self.perform(.retreat(scope.question("roll back")), origin) { _ throws(DBError) in
        try await scope.rollBack()
      }
    }
  }

  /// A roll-back must reach the server even though the task is cancelled, or is so just now.
  private func withoutCancellation(
    _ body: @escaping @Sendable () async throws(DBError) -> Void
  ) async throws(DBError) {
    let result = await Task<Result<Void, DBError>, Never> {
      do throws(DBError) { return .success(try await body()) } catch { return .failure(error) }
    }.value
    try result.get()
  }
}

/// A transaction, or a savepoint inside one.
private struct TransactionScope: Sendable {
  let adapter: any Transactional
  let savepoint: String?

  init(_ adapter: any Transactional, depth: Int) {
    self.adapter = adapter
    savepoint = depth == 0 ? nil : "bosdb_\(depth)"
  }

  /// What an audit calls a step: `commit`, `commit savepoint bosdb_1`.
  func question(_ step: String) -> String { savepoint.map { "\(step) savepoint \($0)" } ?? step }

  func begin(_ options: TransactionOptions) async throws(DBError) {
    if let savepoint { try await adapter.savepoint(savepoint, .create) } else { try await adapter.begin(options) }
  }

  func commit() async throws(DBError) {
    if let savepoint { try await adapter.savepoint(savepoint, .release) } else { try await adapter.commit() }
  }

  func rollBack() async throws(DBError) {
    guard let savepoint else { return try await adapter.rollback() }
    try await adapter.savepoint(savepoint, .rollback)
    try await adapter.savepoint(savepoint, .release)
  }
}
