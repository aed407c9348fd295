internal import DBAdapterCore
internal import DBSQLSupport

/// Turns what the server and libpq say into ``DBError``.
enum PostgresErrors {
  /// An error the server sent, or one libpq made when the connection broke.
  static func error(_ result: borrowing PGResultHandle, isBroken: Bool, connectionMessage: String) -> DBError {
    guard let state = result.sqlState else {
      return isBroken ? lost(connectionMessage) : DBError(.protocolViolation, connectionMessage, retry: .ifIdempotent)
    }
    var (code, retry) = SQLState.meaning(of: state)
    var message = result.message ?? "the server gave no message"
    if state == "42601", message.contains("multiple commands") {
      code = .invalidParameter
      message = "a request holds one statement, and this text holds several; send them one by one"
    }
    if state == "57014", message.contains("timeout") { code = .timeout }
    if isBroken, retry == .never { retry = .ifIdempotent }
    if state == SQLState.readOnlyTransaction {
      message += "; the server refused it: open a session with read-write access, on a primary, to allow it"
    }
    return DBError(
      code, message, retry: retry, server: result.diagnostics, refusedBy: code == .permissionDenied ? .server : nil)
  }

  /// The connection broke while a statement was on its way: nobody knows whether it ran.
  static func lost(_ message: String, retry: RetrySafety = .ifIdempotent) -> DBError {
    DBError(.connectionLost, message.isEmpty ? "the server closed the connection" : message, retry: retry)
  }

  static let busy = DBError(
    .connectionBusy,
    "the session is running another statement or an open row stream; end it first, or use a second session",
    retry: .safe)

  static let copyNeedsStream = DBError(
    .unsupported, "COPY moves its data as a stream; use withCopyOut or withCopyIn")

  static let closed = DBError(.connectionLost, "the session is closed", retry: .safe)
}
