internal import DBAdapterCore

/// Sending and receiving, for the task that holds the connection.
extension PostgresConnection {
  var error: DBError { PostgresErrors.lost(handle.errorMessage) }

  /// Some statements of a pipeline are sent and the rest will not be: the connection cannot be used any more.
  func stuckInPipeline() -> DBError {
    defer { giveUp() }
    return error
  }

  func error(_ result: borrowing PGResultHandle) -> DBError {
    PostgresErrors.error(result, isBroken: handle.isBroken, connectionMessage: handle.errorMessage)
  }

  /// The next result of the running statement, or `nil` at its end.
  /// - Parameter eagerly: reads what is in the socket before waiting; worth it for long results only.
  func nextResult(eagerly: Bool = false) async throws(DBError) -> PGResultHandle? {
    while handle.isBusy {
      if eagerly, !handle.consumeInput() || !handle.isBusy { break }
      await waitForInput()
    }
    return handle.nextResult()
  }

  func send(_ target: PGSendTarget, _ parameters: PGParameters = PGParameters(), binaryResult: Bool) throws(DBError) {
    try checkNotStopped()
    guard handle.send(target, parameters, binaryResult: binaryResult) else { throw error }
    guard handle.flush() != .failed else { throw error }
  }

  /// Reads results to the end of the statement and throws them away.
  /// - Returns: what the server says the statement failed with.
  @discardableResult
  func drain() async throws(DBError) -> DBError? {
    var count = 0
    var failure: DBError?
    while let result = try await nextResult(eagerly: true) {
      await giveWay(&count)
      switch result.status {
      case .copyIn: _ = handle.endCopyIn(failure: "the statement was given up")
      case .copyOut:
        var bytes: [UInt8] = []
        while true {
          bytes.removeAll(keepingCapacity: true)
          let chunk = handle.copyOut(into: &bytes)
          if chunk == .wait { await waitForInput(any: true) } else if chunk != .data { break }
          await giveWay(&count)
        }
      case .failed: failure = failure ?? error(result)
      default: break
      }
      if handle.isBroken { break }
    }
    return failure
  }

  /// Lets other tasks run now and then, in a loop that reads past what may have no end: while the server is fast enough nothing else
  /// suspends it, and whoever would cancel it may need its thread.
  func giveWay(_ count: inout Int) async {
    count += 1
    if count.isMultiple(of: 1_024) { await Task.yield() }
  }
}
