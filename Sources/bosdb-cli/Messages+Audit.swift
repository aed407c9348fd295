internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// What is said of audit logs.
extension Messages {
  static let auditAbstract = "Look into the record of every statement, and verify it."

  static func auditDiscussion(_ first: String, _ second: String, _ text: String = "") -> String {
    """
    \(text.isEmpty ? "" : text + "\n\n")EXAMPLES
      bosdb-cli audit \(first)
      bosdb-cli audit \(second)

    A log is a file written with --audit FILE, together with the files it was continued from, or the platform store.

    \(exitCodes)
    """
  }

  static let auditTailAbstract = "Show the last records."
  static let auditQueryAbstract = "Find records."
  static let auditVerifyAbstract = "Say whether every record is there and as it was written."
  static let auditVerifyText = """
    Exits with 1 when something is wrong, and says what and where: a record that was edited, removed, reordered or inserted, an end that was \
    cut off, a line that was not written to its end. A log that is sealed with a key needs it: BOSDB_AUDIT_KEY_FILE or BOSDB_AUDIT_KEY.
    """
  static let auditExportAbstract = "Write records to a file, or to standard output."
  static let auditExportText = """
    As JSON lines the records are what the log holds, byte for byte; as CSV they have a column for everything.
    """

  static func noSuchBlocking(_ text: String) -> String {
    "BOSDB_AUDIT_BLOCKING is \(text); it can be writes, everything or nothing"
  }
  static func noSuchRotation(_ text: String) -> String {
    "BOSDB_AUDIT_ROTATE is \(text); write a size such as 64M"
  }
  static func cutRecords(_ limit: Int) -> String { "only the first \(limit) records are shown; there are more" }
  static func exportedRecords(_ count: Int) -> String { count == 1 ? "1 record" : "\(count) records" }

  /// What a verification found, in a line.
  static func verified(_ log: String, _ result: AuditVerification) -> String {
    let log = SafeText(log).text
    if let problem = result.problem { return "\(log): not whole: \(SafeText(problem.description).text)" }
    let torn =
      switch result.tornLines {
      case 0: ""
      case 1: ", one line torn and marked so"
      default: ", \(result.tornLines) lines torn and marked so"
      }
    let events = result.events == 1 ? "1 event" : "\(result.events) events"
    let files = result.files > 1 ? " in \(result.files) files" : ""
    return "\(log): whole: \(events)\(files)\(torn) (\(result.algorithm))"
  }
}
