internal import DBAdapterCore

/// The server's error replies and our own, as ``DBError``.
enum RedisErrors {
  /// An error reply: its first word in capitals is the server's code (`WRONGTYPE`, `OOM`), which the error keeps as
  /// ``ServerDiagnostics/nativeName``.
  static func error(_ reply: RedisReply) -> DBError {
    reply.arena.refusal ?? error(reply.withBytes { String(decoding: $0, as: UTF8.self) })
  }

  static func error(_ text: String) -> DBError {
    let word = text.prefix { $0 != " " }
    let isCode = !word.isEmpty && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
    let name = isCode ? String(word) : "ERR"
    // The server repeats the arguments of what it does not know, and one of them may be a secret.
    let text = withoutArguments(text)
    let (code, retry) = codes[name] ?? generic(text)
    var diagnostics = ServerDiagnostics(nativeName: name)
    diagnostics.hint = refusalHints[name]
    return DBError(
      code, text, retry: retry, server: diagnostics, refusedBy: code == .permissionDenied ? .server : nil)
  }

  /// How to allow what the server refused.
  private static let refusalHints = [
    "NOPERM": "grant the user the command, or the keys, with ACL SETUSER", "READONLY": "connect to the primary",
  ]

  private static func withoutArguments(_ text: String) -> String {
    if let range = text.firstRange(of: ", with args beginning with") { return String(text[..<range.lowerBound]) }
    // Error in ACL SETUSER modifier '<hunter2': …
    if let start = text.firstRange(of: " modifier '"), let end = text[start.upperBound...].ranges(of: "': ").last {
      return text[..<start.lowerBound] + ": " + text[end.upperBound...]
    }
    return text
  }

  /// An error with which the server said that it did nothing, and that it may do it later, is safe to repeat.
  private static let codes: [String: (DBError.Code, RetrySafety)] = [
    "WRONGTYPE": (.dataInvalid, .never), "NOAUTH": (.authenticationFailed, .never),
    "WRONGPASS": (.authenticationFailed, .never), "NOPERM": (.permissionDenied, .never),
    "OOM": (.resourceLimit, .never), "READONLY": (.permissionDenied, .safe), "LOADING": (.connectionFailed, .safe),
    "BUSY": (.lockNotAvailable, .safe), "MASTERDOWN": (.connectionFailed, .safe),
    "CLUSTERDOWN": (.connectionFailed, .safe),
    "TRYAGAIN": (.lockNotAvailable, .safe), "MOVED": (.serverError, .safe), "ASK": (.serverError, .safe),
    "CROSSSLOT": (.invalidParameter, .never), "EXECABORT": (.transactionAborted, .never),
    "NOSCRIPT": (.objectNotFound, .never), "BUSYKEY": (.objectExists, .never), "BUSYGROUP": (.objectExists, .never),
    "NOGROUP": (.objectNotFound, .never), "NOREPLICAS": (.serverError, .never), "MISCONF": (.serverError, .never),
    "NOTBUSY": (.serverError, .never), "UNKILLABLE": (.serverError, .never), "UNBLOCKED": (.cancelled, .ifIdempotent),
    "NOPROTO": (.unsupported, .never), "INPROG": (.lockNotAvailable, .safe),
  ]

  /// `ERR` stands for many things, told apart by their sentence only.
  private static func generic(_ text: String) -> (DBError.Code, RetrySafety) {
    let text = text.lowercased()
    if text.contains("max number of clients") { return (.tooManyConnections, .safe) }
    if text.contains("db index is out of range") { return (.objectNotFound, .never) }
    if text.contains("not allowed from read-only scripts") { return (.permissionDenied, .never) }
    if text.contains("invalid bulk length") || text.contains("invalid multibulk length") {
      return (.resourceLimit, .never)
    }
    if text.contains("invalid password") || text.contains("without any password configured") {
      return (.authenticationFailed, .never)
    }
    if text.contains("unknown command") || text.contains("unknown subcommand") || text.contains("syntax error")
      || text.contains("wrong number of arguments")
    {
      return (.syntaxError, .never)
    }
    if text.contains("no such key") { return (.objectNotFound, .never) }
    if text.contains("value is not an integer") || text.contains("not a valid float") || text.contains("out of range") {
      return (.dataInvalid, .never)
    }
    return (.serverError, .never)
  }

  /// Whether the server says this to a connection that it then closes, whatever was sent on it.
  static func refusesConnection(_ text: String) -> Bool {
    text.hasPrefix("ERR max number of clients") || text.hasPrefix("DENIED ")
  }

  /// Whether the server says this to a command of which it cannot tell where the next one begins; then it hangs up.
  static func endsConnection(_ text: String) -> Bool { text.hasPrefix("ERR Protocol error") }

  /// The command was sent, and its answer can no longer come.
  static func lost(_ reason: String, retry: RetrySafety = .ifIdempotent) -> DBError {
    DBError(.connectionLost, "the connection to the server was lost: \(reason)", retry: retry)
  }

  static func subscriptionLost(_ error: DBError) -> DBError {
    DBError(
      .connectionLost, "the subscription has ended and messages may have been missed: \(error.message)",
      retry: .ifIdempotent, server: error.server)
  }

  static var closed: DBError { DBError(.connectionLost, "the session is closed", retry: .safe) }
}

extension DBError {
  /// The same error for a command of which nothing reached the server.
  var sentNothing: DBError { with(retry: .safe) }
  /// The same error for a command that the server may have acted on.
  var sentSomething: DBError { with(retry: retry == .never ? .never : .ifIdempotent) }

  private func with(retry: RetrySafety) -> DBError {
    DBError(
      code, message, retry: retry, server: server, stage: stage, underlying: underlying, refusedBy: refusedBy)
  }
}
