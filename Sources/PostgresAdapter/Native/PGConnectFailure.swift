internal import DBAdapterCore
internal import DBSQLSupport

/// Reads what libpq says about a failed dial.
///
/// libpq keeps the SQLSTATE of a refused connection to itself; with verbose errors it stands in the message:
/// `FATAL:  28P01: password authentication failed for user "app"`.
enum PGConnectFailure {
  static func error(_ message: String, _ stage: ConnectStage, _ parameters: PGConnectionParameters) -> DBError {
    let lines = parameters.masked(message).split(separator: "\n").map { String($0).trimmed }
    let shown = distinct(lines.filter { !$0.hasPrefix("LOCATION:") }.map(withoutState)).joined(separator: "; ")
    guard let state = lines.compactMap(sqlState).last else {
      return unreachable(shown, stage)
    }
    var server = ServerDiagnostics(sqlState: state)
    server.severity = "FATAL"
    var (code, retry) = SQLState.meaning(of: state)
    if code == .connectionLost || code == .serverError { code = .connectionFailed }
    if code == .serverShuttingDown || code == .tooManyConnections { retry = .safe }
    // What the server refuses once it knows who asks belongs to the start-up, even when it says so in one packet.
    let isAboutIdentity = state.hasPrefix("28")
    return DBError(
      code, shown, retry: retry, server: server, stage: isAboutIdentity ? .authentication : .startup)
  }

  private static func unreachable(_ shown: String, _ stage: ConnectStage) -> DBError {
    let text = shown.lowercased()
    if text.contains("could not translate host name") {
      return DBError(.connectionFailed, shown, retry: .safe, stage: .resolve)
    }
    let isBroken = ["closed the connection", "closed unexpectedly", "eof detected", "reset by peer"].contains {
      text.contains($0)
    }
    if isBroken { return DBError(.connectionFailed, shown, retry: .safe, stage: stage) }
    if stage == .tls
      || ["certificate", "not support ssl", "private key", "ssl error"].contains(where: { text.contains($0) })
    {
      return DBError(.tlsFailed, shown, stage: .tls)
    }
    if text.contains("password") { return DBError(.authenticationFailed, shown, stage: .authentication) }
    return DBError(.connectionFailed, shown, retry: .safe, stage: stage)
  }

  /// With `sslmode=prefer` libpq tries twice and is refused twice with one sentence.
  private static func distinct(_ lines: [String]) -> [String] {
    lines.reduce(into: []) { kept, line in if !kept.contains(line) { kept.append(line) } }
  }

  /// The code in `FATAL:  28P01: …`, wherever libpq put it in the line.
  private static func sqlState(_ line: String) -> String? {
    for part in line.split(separator: ":").map({ String($0).trimmed }) where part.utf8.count == 5 {
      let isState = part.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
      if isState, part.utf8.contains(where: { (48...57).contains($0) }) { return part }
    }
    return nil
  }

  private static func withoutState(_ line: String) -> String {
    guard let state = sqlState(line), let range = line.firstRange(of: "\(state): ") else { return line }
    var line = line
    line.removeSubrange(range)
    return line.split(separator: "  ").joined(separator: " ")
  }
}
