/// How the process ends; documented in `--help` and stable.
enum ExitStatus: Int32 {
  case success = 0
  /// A negative answer: `ping` not ready, `--fail-empty` with no rows.
  case negative = 1
  /// Wrong arguments, connection string, parameter, file.
  case usage = 2
  case statementFailed = 3
  case connectionFailed = 4
  /// Authentication or permission.
  case accessDenied = 5
  case timeout = 6
  case refusedByGuard = 7
  case incomplete = 8
  case unsupported = 9
  case internalError = 70
  case interrupted = 130
  case terminated = 143
}
