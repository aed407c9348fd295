internal import DBAdapterCore

/// What libmongoc and the server reported, as an error of the library: one function, driven by tables.
enum MongoErrors {
  /// Everything an error's sentence may need.
  struct Context {
    /// Whether the session was being opened.
    var isConnecting = false
    var operation: MongoOperation?
    /// Whether what failed could have changed something.
    var mayHaveWritten = false
  }

  static func error(_ failure: MongoFailure, _ context: Context) -> DBError {
    let diagnostics = diagnostics(failure)
    if let operation = context.operation, operation.mustStop, isStop(failure) {
      return stopped(operation, diagnostics)
    }
    let meaning = meaning(failure, context)
    return DBError(
      meaning.code, meaning.message, retry: retry(failure, meaning.code, context), server: diagnostics,
      adapter: .mongodb, stage: context.isConnecting ? stage(failure) : nil)
  }

  /// The error of a call that was stopped.
  static func stopped(_ operation: MongoOperation, _ diagnostics: ServerDiagnostics? = nil) -> DBError {
    switch operation.stop {
    case .timedOut:
      DBError(
        .timeout, "the command was stopped: its time limit\(operation.timeout.map { " of \($0.brief)" } ?? "") is over",
        server: diagnostics, adapter: .mongodb)
    case .cancelled, .none:
      DBError(
        .cancelled, "the command was cancelled", server: diagnostics, adapter: .mongodb,
        underlying: CancellationError())
    }
  }

  /// The error of a call that did not come back after it was stopped: what it did is not known.
  static func abandoned(_ operation: MongoOperation) -> DBError {
    let reason = operation.stop == .timedOut ? "its time limit is over" : "it was cancelled"
    return DBError(
      operation.stop == .timedOut ? .timeout : .cancelled,
      "the command was left alone: \(reason), and the server has not answered since; whether it took effect is not known",
      retry: .ifIdempotent, adapter: .mongodb,
      underlying: operation.stop == .timedOut ? nil : CancellationError())
  }

  /// A connection string that libmongoc does not understand.
  static func unreadable(_ failure: MongoFailure) -> DBError {
    // Its sentences may quote what it could not read, and that may be a password.
    let reason = failure.message.contains("option") ? failure.message : "libmongoc cannot read it"
    return MongoOptions.invalid(reason)
  }

  // MARK: What the server said

  /// Code, name and labels, and of writes that failed one by one the first of them.
  private static func diagnostics(_ failure: MongoFailure) -> ServerDiagnostics? {
    guard failure.origin == .server else { return nil }
    let reply = failure.reply
    var diagnostics = ServerDiagnostics(nativeCode: failure.code, nativeName: MongoCodes.name(of: failure.code))
    if case .string(let name)? = reply["codeName"] { diagnostics.nativeName = name }
    diagnostics.labels = labels(of: reply)
    let writes = MongoWriteError.all(in: reply)
    if let first = writes.first {
      diagnostics.nativeName = MongoCodes.name(of: first.code) ?? diagnostics.nativeName
      diagnostics.detail = summary(of: writes, reply)
      diagnostics.constraint = first.index.map { $0.description }
    }
    return diagnostics
  }

  static func labels(of reply: BSONDocument) -> [String] {
    guard case .array(let labels)? = reply["errorLabels"] else { return [] }
    return labels.compactMap { if case .string(let label) = $0 { label } else { nil } }
  }

  /// `2 of the writes failed: number 0: …; number 3: …`.
  private static func summary(of writes: [MongoWriteError], _ reply: BSONDocument) -> String {
    let shown = writes.prefix(3).map { "number \($0.position): \($0.message)" }.joined(separator: "; ")
    let more = writes.count > 3 ? "; and \(writes.count - 3) more" : ""
    return "\(writes.count) of the writes failed: \(shown)\(more)"
  }

  // MARK: What the codes mean

  private typealias Meaning = (code: DBError.Code, message: String)

  private static func meaning(_ failure: MongoFailure, _ context: Context) -> Meaning {
    let message = failure.message
    switch failure.origin {
    case .server:
      let code = MongoWriteError.all(in: failure.reply).first?.code ?? failure.code
      return (MongoCodes.meaning(of: code), message)
    case .authentication: return (.authenticationFailed, "MongoDB refuses the user or the password: \(message)")
    case .nameResolution: return (.connectionFailed, message)
    case .selection: return selection(message)
    case .network: return (context.isConnecting ? .connectionFailed : .connectionLost, message)
    case .protocolError: return (.protocolViolation, message)
    case .client: return (.invalidParameter, message)
    }
  }

  /// libmongoc says in one sentence why no server could be used.
  private static func selection(_ message: String) -> Meaning {
    if message.contains("TLS") || message.contains("certificate") { return (.tlsFailed, message) }
    if message.contains("Authentication failed") || message.contains("auth error") {
      return (.authenticationFailed, message)
    }
    return (.connectionFailed, "no server of the deployment can be used: \(message)")
  }

  private static func stage(_ failure: MongoFailure) -> ConnectStage {
    switch failure.origin {
    case .nameResolution: .resolve
    case .authentication: .authentication
    case .selection where failure.message.contains("TLS"): .tls
    case .selection, .network: .dial
    default: .startup
    }
  }

  private static func retry(_ failure: MongoFailure, _ code: DBError.Code, _ context: Context) -> RetrySafety {
    let labels = labels(of: failure.reply)
    if labels.contains("TransientTransactionError") { return .safe }
    switch failure.origin {
    case .selection, .nameResolution: return .safe
    case .network: return context.mayHaveWritten ? .ifIdempotent : .safe
    case .server:
      if labels.contains("RetryableWriteError") { return .ifIdempotent }
      switch code {
      case .serializationConflict, .deadlock, .lockNotAvailable: return .safe
      case .connectionLost, .serverShuttingDown: return .ifIdempotent
      default: return .never
      }
    default: return .never
    }
  }

  /// Whether a failure can be the stop's doing: the server's word for it, or what a broken read says.
  private static func isStop(_ failure: MongoFailure) -> Bool {
    switch failure.origin {
    case .server: MongoCodes.stops.contains(failure.code)
    case .network, .selection: true
    default: false
    }
  }
}
