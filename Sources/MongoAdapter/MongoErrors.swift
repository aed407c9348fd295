internal import DBAdapterCore

/// What libmongoc and the server reported, as an error of the library: one function, driven by tables.
enum MongoErrors {
  /// Everything an error's sentence may need.
  struct Context {
    var operation: MongoOperation?
    /// Whether what failed could have changed something.
    var mayHaveWritten = false

    /// Whether the session was being opened.
    var isConnecting: Bool { operation?.isConnecting == true }
  }

  static func error(_ failure: MongoFailure, _ context: Context) -> DBError {
    let diagnostics = diagnostics(failure)
    if let operation = context.operation, operation.mustStop, isStop(failure) {
      // Of a write that was done and waited for the others, or was sent twice, the server's word for the stop says nothing.
      return context.mayHaveWritten
        ? stopped(operation, by: failure, retry: .ifIdempotent) : stopped(operation, diagnostics, by: failure)
    }
    let meaning = meaning(failure, context)
    return DBError(
      meaning.code, meaning.message, retry: retry(failure, meaning.code, context), server: diagnostics,
      adapter: .mongodb, stage: context.isConnecting ? stage(failure) : nil,
      refusedBy: diagnostics != nil && meaning.code == .permissionDenied ? .server : nil)
  }

  /// The error of a call that was stopped.
  /// - Parameter failure: what libmongoc made of the stop, where the call had begun.
  static func stopped(
    _ operation: MongoOperation, _ diagnostics: ServerDiagnostics? = nil, by failure: MongoFailure? = nil,
    retry: RetrySafety = .never
  ) -> DBError {
    if operation.isConnecting { return unopened(operation, failure) }
    return switch operation.stop {
    case .timedOut:
      DBError(
        .timeout, "the command was stopped: its time limit\(operation.timeout.map { " of \($0.brief)" } ?? "") is over",
        retry: retry, server: diagnostics, adapter: .mongodb)
    case .cancelled, .none:
      DBError(
        .cancelled, "the command was cancelled", retry: retry, server: diagnostics, adapter: .mongodb,
        underlying: CancellationError())
    }
  }

  /// The error of a session that was not opened before its time was over, or its task cancelled. Nothing was sent that does anything.
  private static func unopened(_ operation: MongoOperation, _ failure: MongoFailure? = nil) -> DBError {
    if operation.stop == .cancelled {
      return DBError(
        .cancelled, "connecting was cancelled", retry: .safe, adapter: .mongodb, underlying: CancellationError())
    }
    let reason = failure.map { ": \($0.message)" } ?? ""
    return DBError(
      .timeout, "no server of the deployment was ready within \(operation.timeout?.brief ?? "the time limit")\(reason)",
      retry: .safe, adapter: .mongodb, stage: failure.map(stage) ?? .dial)
  }

  /// The error of a call that did not come back after it was stopped: what it did is not known.
  static func abandoned(_ operation: MongoOperation) -> DBError {
    if operation.isConnecting { return unopened(operation) }
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
    let isHarmless = ["URI option \"", "Value for URI option \""].contains { failure.message.hasPrefix($0) }
    let reason = isHarmless ? failure.message : "libmongoc cannot read it"
    return MongoOptions.invalid(reason)
  }

  // MARK: What the server said

  /// Code, name and labels, and of writes that failed one by one the first of them.
  private static func diagnostics(_ failure: MongoFailure) -> ServerDiagnostics? {
    guard failure.origin == .server else { return nil }
    let reply = failure.reply
    var diagnostics = ServerDiagnostics(nativeCode: failure.code, nativeName: MongoCodes.name(of: failure.code))
    if MongoCodes.meaning(of: failure.code) == .permissionDenied {
      diagnostics.hint = "grant the user a role with the action, such as readWrite on the database"
    }
    if case .string(let name)? = reply["codeName"] { diagnostics.nativeName = name }
    diagnostics.labels = labels(of: reply)
    let writes = MongoWriteError.all(in: reply)
    if let first = writes.first {
      diagnostics.nativeName = MongoCodes.name(of: first.code) ?? diagnostics.nativeName
      diagnostics.detail = summary(of: writes)
      diagnostics.constraint = first.index.map { $0.description }
    }
    return diagnostics
  }

  static func labels(of reply: BSONDocument) -> [String] {
    guard case .array(let labels)? = reply["errorLabels"] else { return [] }
    return labels.compactMap { if case .string(let label) = $0 { label } else { nil } }
  }

  /// `2 of the writes failed: number 0: …; number 3: …`.
  private static func summary(of writes: [MongoWriteError]) -> String {
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
      return (MongoCodes.meaning(of: code), withoutValues(message))
    case .authentication: return (.authenticationFailed, "MongoDB refuses the user or the password: \(message)")
    case .nameResolution: return (.connectionFailed, message)
    case .selection: return selection(message)
    case .network: return (context.isConnecting ? .connectionFailed : .connectionLost, message)
    case .protocolError: return (.protocolViolation, message)
    case .client: return (.invalidParameter, message)
    }
  }

  /// The server quotes the values of a duplicate key; its own words are in ``ServerDiagnostics/detail``.
  private static func withoutValues(_ message: String) -> String {
    let quote =
      if message.contains("E11000") { message.firstRange(of: " dup key:") } else {
        message.firstRange(of: " to execute command {")
      }
    return quote.map { String(message[..<$0.lowerBound]) } ?? message
  }

  /// libmongoc says in one sentence why no server could be used.
  private static func selection(_ message: String) -> Meaning {
    if isAboutCertificate(message) { return (.tlsFailed, message) }
    return (.connectionFailed, "no server of the deployment can be used: \(message)")
  }

  /// Whether TLS failed for a reason that no other attempt mends.
  private static func isAboutCertificate(_ message: String) -> Bool {
    ["certificate", "hostname", "Failed initialize TLS"].contains { message.contains($0) }
  }

  private static func stage(_ failure: MongoFailure) -> ConnectStage {
    let message = failure.message
    switch failure.origin {
    case .nameResolution: return .resolve
    case .authentication: return .authentication
    case .network where message.contains("\"sasl"): return .authentication
    case .selection, .network:
      if message.contains("TLS") || isAboutCertificate(message) { return .tls }
      return message.contains("Failed to resolve") || message.contains("Failed to look up") ? .resolve : .dial
    default: return .startup
    }
  }

  private static func retry(_ failure: MongoFailure, _ code: DBError.Code, _ context: Context) -> RetrySafety {
    let labels = labels(of: failure.reply)
    if labels.contains("TransientTransactionError") { return .safe }
    if code == .tlsFailed { return .never }
    switch failure.origin {
    // Also where no server is found: a write may have been sent before, and was to be sent again.
    case .selection, .network, .nameResolution: return context.mayHaveWritten ? .ifIdempotent : .safe
    case .server:
      // What the write concern asks for comes after the write itself.
      if labels.contains("RetryableWriteError") || failure.hasUnconfirmedWrites { return .ifIdempotent }
      switch code {
      case .serializationConflict, .deadlock, .lockNotAvailable: return .safe
      case .connectionLost, .serverShuttingDown: return context.mayHaveWritten ? .ifIdempotent : .safe
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

extension MongoFailure {
  /// Whether the writes are done, and only the write concern is not satisfied.
  var hasUnconfirmedWrites: Bool {
    guard origin == .server, MongoWriteError.all(in: reply).isEmpty else { return false }
    if reply["writeConcernError"] != nil { return true }
    guard case .array(let errors)? = reply["writeConcernErrors"] else { return false }
    return !errors.isEmpty
  }
}
