extension DatabaseSession {
  /// Runs `body` in a transaction, and again from its beginning where the engine says that another attempt may succeed: after a conflict with
  /// another transaction, a deadlock, or an error that it calls transient.
  ///
  /// `body` may run several times, so it should do nothing that rolling back does not undo. Attempts are 5 to 500 ms apart, each pause about
  /// half as long again as the last and partly random.
  /// - Parameter limit: after it no further attempt begins. Default: 120 seconds, as MongoDB's drivers have it.
  /// - Throws: what ``withTransaction(_:file:line:_:)`` throws, of the last attempt. An outcome that is not known is never tried again.
  public func withRetriedTransaction<R>(
    _ options: TransactionOptions = TransactionOptions(), within limit: Duration = .seconds(120),
    file: StaticString = #fileID, line: UInt = #line, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    guard transactionDepth == 0 else {
      throw DBError(.unsupported, "inside a transaction only the outermost one can begin again", file: file, line: line)
    }
    let deadline = Deadline(after: limit)
    var pause = 5.0
    while true {
      do {
        return try await withTransaction(options, file: file, line: line, body)
      } catch {
        guard Self.mayBeginAgain(after: error), !deadline.hasPassed, !Task.isCancelled else { throw error }
        await SystemTimeSource().sleep(until: Deadline(after: .milliseconds(Double.random(in: 0.5...1) * pause)))
        pause = Swift.min(pause * 1.5, 500)
      }
    }
  }

  private static func mayBeginAgain(after error: any Error) -> Bool {
    switch error {
    case let error as DBError: error.isRetryable
    case let error as TransactionError: error.outcome == .rolledBack && error.commitError?.isRetryable == true
    default: false
    }
  }
}
