package import DBAdapterCore

/// What a SQLSTATE means (SQL standard; PostgreSQL documentation, appendix A): exact codes first, then two-letter classes.
package enum SQLState {
  /// A write in a transaction that is read-only, or on a standby.
  package static let readOnlyTransaction = "25006"

  /// The code of the library and whether the statement may be repeated.
  package static func meaning(of state: String) -> (code: DBError.Code, retry: RetrySafety) {
    exact[state] ?? classes[String(state.prefix(2))] ?? (.serverError, .never)
  }

  private static let exact: [String: (DBError.Code, RetrySafety)] = [
    "08P01": (.protocolViolation, .never),
    "0A000": (.unsupported, .never),
    "25P02": (.transactionAborted, .never),
    readOnlyTransaction: (.permissionDenied, .never),
    "28000": (.authenticationFailed, .never),
    "28P01": (.authenticationFailed, .never),
    "3D000": (.objectNotFound, .never),
    "3F000": (.objectNotFound, .never),
    "40001": (.serializationConflict, .safe),
    "40P01": (.deadlock, .safe),
    "40003": (.connectionLost, .ifIdempotent),
    "42501": (.permissionDenied, .never),
    "42601": (.syntaxError, .never),
    "42602": (.syntaxError, .never),
    "42P01": (.objectNotFound, .never),
    "42P02": (.invalidParameter, .never),
    "42P18": (.invalidParameter, .never),
    "42703": (.objectNotFound, .never),
    "42704": (.objectNotFound, .never),
    "42883": (.objectNotFound, .never),
    "42701": (.objectExists, .never),
    "42710": (.objectExists, .never),
    "42712": (.objectExists, .never),
    "42723": (.objectExists, .never),
    "42P04": (.objectExists, .never),
    "42P06": (.objectExists, .never),
    "42P07": (.objectExists, .never),
    "53300": (.tooManyConnections, .safe),
    "55P03": (.lockNotAvailable, .safe),
    "55006": (.lockNotAvailable, .never),
    "57014": (.cancelled, .never),
    "57P01": (.serverShuttingDown, .ifIdempotent),
    "57P02": (.serverShuttingDown, .ifIdempotent),
    "57P03": (.serverShuttingDown, .safe),
    "57P05": (.connectionLost, .ifIdempotent),
    "26000": (.objectNotFound, .never),
  ]

  private static let classes: [String: (DBError.Code, RetrySafety)] = [
    "08": (.connectionLost, .ifIdempotent),
    "0A": (.unsupported, .never),
    "22": (.dataInvalid, .never),
    "23": (.constraintViolation, .never),
    "25": (.transactionAborted, .never),
    "28": (.authenticationFailed, .never),
    "40": (.serializationConflict, .safe),
    "42": (.syntaxError, .never),
    "44": (.constraintViolation, .never),
    "53": (.resourceLimit, .never),
    "54": (.resourceLimit, .never),
    "57": (.serverShuttingDown, .ifIdempotent),
    "58": (.serverError, .never),
    "XX": (.serverError, .never),
  ]
}
