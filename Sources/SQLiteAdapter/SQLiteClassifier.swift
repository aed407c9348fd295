internal import DBAdapterCore
internal import DBSQLSupport

/// Says what a statement does. SQLite itself says whether it writes (`sqlite3_stmt_readonly`); its first words say the rest.
enum SQLiteClassifier {
  /// What a statement's words alone decide; `nil` when it has to be compiled. Pragmas act while they are compiled, so they never are.
  static func effect(of verb: SQLiteVerb) -> StatementClassification.Effect? {
    if let pragma = verb.pragma { return pragma.effect }
    if verb.isExplained { return nil }
    switch verb.word {
    case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE": return .transactionControl
    case "ATTACH", "DETACH": return .session
    case "VACUUM": return .write
    case "PRAGMA": return .session
    default: return nil
    }
  }

  /// What a compiled statement does.
  /// - Parameter functions: the functions it names, in lower case.
  static func effect(
    of verb: SQLiteVerb, isReadOnly: Bool, functions: Set<String>
  ) -> StatementClassification.Effect {
    if verb.isExplained { return .read }
    switch verb.word {
    case "CREATE", "DROP", "ALTER": return .definition
    case "INSERT", "REPLACE", "UPDATE", "DELETE", "ANALYZE", "REINDEX": return .write
    case "SELECT", "VALUES", "WITH":
      guard isReadOnly else { return .write }
      return functions.contains(where: reachesOutside) ? .procedure : .read
    default: return .unknown
    }
  }

  /// What decided the effect where the statement's first words do not show it.
  static func finding(of verb: SQLiteVerb, functions: Set<String>) -> String? {
    if verb.isExplained { return nil }
    if let pragma = verb.pragma, pragma.effect != .read {
      return "\(pragma.name) \(pragma.effect == .write ? "changes the file" : "changes how the session works")"
    }
    if verb.word == "ATTACH" { return "opens another file" }
    if verb.writesFile { return "writes another file (INTO)" }
    guard let function = functions.filter(reachesOutside).min() else { return nil }
    return "calls \(function), which loads code or touches files"
  }

  /// Functions that load code or touch files.
  static func reachesOutside(_ function: String) -> Bool { outside.contains(function) }

  private static let outside: Set<String> = [
    "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "eval", "lsmode", "fsdir",
  ]
}

/// What statements were found to do, by text; a bounded number of them.
struct SQLiteClassificationCache: Sendable {
  private var known: [String: StatementClassification] = [:]
  /// The statement asked for last: most often it is asked for again, and to compare the same text with itself takes no time.
  private var latest: (text: String, classification: StatementClassification)?
  private static let capacity = 256

  mutating func find(_ text: String) -> StatementClassification? {
    if let latest, latest.text == text { return latest.classification }
    guard let classification = known[text] else { return nil }
    latest = (text, classification)
    return classification
  }

  mutating func insert(_ classification: StatementClassification, for text: String) {
    if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
    known[text] = classification
    latest = (text, classification)
  }
}

extension SQLiteSession {
  /// Compiles a statement at most, and runs nothing.
  func classify(_ sql: SQLStatement) throws(DBError) -> StatementClassification {
    let verb = SQLiteVerb(sql.text)
    let bytes = Array(sql.text.utf8)
    let ranges = SQLiteScript.ranges(in: bytes)
    let effect: StatementClassification.Effect
    var functions: Set<String> = []
    if let known = SQLiteClassifier.effect(of: verb) {
      effect = known
    } else {
      // Of several statements the first is looked at; running them together is refused anyway.
      let text = ranges.count > 1 ? bytes.text(0..<ranges[0].upperBound) : sql.text
      let hooks = try open().hooks
      hooks.seenFunctions = []
      let statement = try compile(text, verb, permission: .inspecting)
      functions = hooks.seenFunctions
      effect = SQLiteClassifier.effect(of: verb, isReadOnly: statement.isReadOnly, functions: functions)
    }
    return StatementClassification(
      effect, summary: verb.tag, statementCount: max(1, ranges.count),
      finding: SQLiteClassifier.finding(of: verb, functions: functions),
      destruction: SQLiteDestruction.found(in: sql.text, verb))
  }
}
