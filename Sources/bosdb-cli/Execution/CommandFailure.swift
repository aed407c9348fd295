internal import DBAdapterCore

/// An error with what the command knows of its circumstances.
struct CommandFailure: Error {
  /// The statement that failed, to show the place in it.
  struct Place: Sendable {
    let statement: String
    /// The script and the line the statement starts on, when it is part of one.
    let script: (name: String, line: Int)?
  }

  let error: DBError
  var place: Place?
  /// The connection without credentials.
  var connection: String?
  var elapsed: Duration?

  init(_ error: DBError, place: Place? = nil, connection: String? = nil, elapsed: Duration? = nil) {
    self.place = place
    self.connection = connection
    self.elapsed = elapsed
    let error =
      switch error.code {
      case .rejectedByGuard where error.refusedBy == .classification:
        error.completed(message: Messages.refused(error.message))
      case .confirmationRequired where error.message.hasSuffix("confirm it to run it"):
        error.completed(message: error.message + ": --confirm never")
      case .unsupported where error.message.hasPrefix("COPY moves"): error.completed(message: Messages.copyIsAStream)
      default: error
      }
    guard let script = place?.script else {
      self.error = error
      return
    }
    let line = script.line + (ErrorText.lineOffset(of: error, in: place?.statement ?? "") ?? 0)
    self.error = error.completed(message: "\(script.name):\(line): \(error.message)")
  }

  /// Any error as a failure; `nil` for a closed pipe, which is not one.
  init?(any error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as DBError: self.init(error)
    case let error as TransactionError: self.init(transaction: error)
    case is CancellationError: self.init(DBError(.cancelled, Messages.interrupted))
    case is DescriptorSink.ClosedPipe: return nil
    default: self.init(DBError(.internalInconsistency, "\(error)"))
    }
  }

  private init(transaction error: TransactionError) {
    if let body = error.bodyError.flatMap({ CommandFailure(any: $0) }) {
      self = body
    } else {
      let cause = error.commitError ?? error.rollbackError
      let message = Messages.transactionFailed(error.outcome.rawValue, cause?.message)
      self.init(
        cause?.completed(message: message) ?? DBError(.transactionAborted, message))
    }
  }

  /// The exit status of the error's class.
  var status: ExitStatus {
    if error.code == .cancelled { return Signals.status ?? .interrupted }
    return ExitStatus(rawValue: error.category.exitCode) ?? .internalError
  }
}
