/// The class of an error for front ends: one stable name, an HTTP status and an exit status each.
public struct ErrorCategory: Sendable, Hashable {
  public let name: String
  public let httpStatus: Int
  public let exitCode: Int32

  public static let validationFailed = ErrorCategory(name: "VALIDATION_FAILED", httpStatus: 400, exitCode: 2)
  public static let queryFailed = ErrorCategory(name: "DB_QUERY_FAILED", httpStatus: 400, exitCode: 3)
  public static let connectionFailed = ErrorCategory(name: "DB_CONNECTION_FAILED", httpStatus: 503, exitCode: 4)
  public static let poolTimeout = ErrorCategory(name: "POOL_TIMEOUT", httpStatus: 503, exitCode: 4)
  public static let authenticationFailed = ErrorCategory(name: "DB_AUTH_FAILED", httpStatus: 401, exitCode: 5)
  public static let permissionDenied = ErrorCategory(name: "PERMISSION_DENIED", httpStatus: 403, exitCode: 5)
  public static let timeout = ErrorCategory(name: "DB_TIMEOUT", httpStatus: 504, exitCode: 6)
  public static let guardRefused = ErrorCategory(name: "GUARD_REFUSED", httpStatus: 403, exitCode: 7)
  public static let limitExceeded = ErrorCategory(name: "LIMIT_EXCEEDED", httpStatus: 413, exitCode: 8)
  public static let unsupported = ErrorCategory(name: "UNSUPPORTED", httpStatus: 501, exitCode: 9)
  public static let internalError = ErrorCategory(name: "INTERNAL", httpStatus: 500, exitCode: 70)
  public static let interrupted = ErrorCategory(name: "INTERRUPTED", httpStatus: 499, exitCode: 130)
}

extension DBError {
  public var category: ErrorCategory {
    switch code {
    case .invalidConnectionString, .unknownScheme, .invalidParameter, .secretUnreadable: .validationFailed
    case .connectionFailed, .connectionLost, .tlsFailed, .serverShuttingDown, .tooManyConnections, .poolClosed:
      .connectionFailed
    case .leaseTimeout, .tooManyWaiters: .poolTimeout
    case .authenticationFailed: .authenticationFailed
    case .permissionDenied: .permissionDenied
    case .timeout: .timeout
    case .rejectedByGuard, .confirmationRequired, .auditFailed: .guardRefused
    case .unsupported: .unsupported
    case .cancelled: .interrupted
    case .sessionExpired, .connectionBusy, .internalInconsistency, .protocolViolation: .internalError
    // An unknown database is a failed connection, an unknown table a failed query.
    default: stage == nil ? .queryFailed : .connectionFailed
    }
  }

  /// What became of the statement: `not_sent`, `rejected` (the server said no), or `unknown`.
  public var outcome: String {
    // A dial that fails was repeated for a statement sent before: what the server says of it is no answer to that.
    let isAboutEarlierAttempt = stage != nil && retry == .ifIdempotent
    if server != nil, code != .connectionLost, !isAboutEarlierAttempt { return "rejected" }
    return retry == .ifIdempotent ? "unknown" : "not_sent"
  }

  /// The error object that every front end prints: `{"error":{"code":…,"message":…,…}}`.
  /// - Parameters:
  ///   - connection: the name the user knows the connection by.
  ///   - elapsed: how long the failed call took.
  ///   - attempts: how often it was tried. Default: as often as the pool dialled in vain, or once.
  public func report(
    requestID: DBUUID = .random(), timestamp: DBTimestamp = .now(), connection: String? = nil,
    elapsed: Duration? = nil, attempts: Int? = nil
  ) -> DBJSON {
    var writer = JSONWriter()
    writer.object { root in
      root.member("error") { error in
        error.object { fields in
          fields.member("code", category.name)
          fields.member("message", message)
          fields.member("details", server?.detail ?? underlying.map { "\($0)" })
          fields.member("retryable", isRetryable)
          fields.member("timestamp", timestamp.description)
          fields.member("requestId", requestID.description)
          fields.member("engine", adapter?.rawValue)
          fields.member("connection", connection ?? endpoint)
          fields.member("stage", stage?.rawValue)
          fields.member("refusedBy", refusedBy?.rawValue)
          fields.member("sqlState", server?.sqlState)
          fields.member("serverCode", server?.nativeName ?? server?.nativeCode.map { String($0) })
          fields.member("position", server?.position)
          fields.member("hint", server?.hint)
          fields.member("constraint", server?.constraint)
          fields.member("reason", code.rawValue)
          fields.member("attempts", attempts ?? max(pool?.counters.failedDials ?? 1, 1))
          fields.member("elapsedMs") { $0.raw(elapsed.map { DBValue.text(of: $0.milliseconds) } ?? "null") }
          fields.member("outcome", outcome)
          fields.member("exitCode", category.exitCode)
        }
      }
    }
    return DBJSON(writer.text)
  }
}
