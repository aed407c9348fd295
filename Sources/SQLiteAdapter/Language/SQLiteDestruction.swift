/// Finds what a statement destroys beyond rows that it names, by its words alone.
enum SQLiteDestruction {
  /// What follows the statement's name: `removes every row of orders`. `nil` when it destroys nothing of the kind.
  static func found(in text: String, _ verb: SQLiteVerb) -> String? {
    if verb.isExplained { return nil }
    switch verb.word {
    case "DELETE", "UPDATE":
      let bytes = Array(text.utf8)
      return ofEveryRow(outerWords(of: bytes), verb.word, bytes)
    case "DROP", "ALTER":
      let bytes = Array(text.utf8)
      let tokens = outerWords(of: bytes)
      return verb.word == "DROP" ? ofObject(tokens, bytes) : ofColumn(tokens, bytes)
    default: return nil
    }
  }

  /// The tokens outside parentheses, up to the end of the first statement.
  private static func outerWords(of bytes: [UInt8]) -> ArraySlice<SQLiteToken> {
    var tokenizer = SQLiteTokenizer(bytes)
    var depth = 0
    var tokens: [SQLiteToken] = []
    while let token = tokenizer.next() {
      if token.isSymbol(";"), depth == 0 {
        if tokens.isEmpty { continue }
        break
      }
      if token.isSymbol(")") { depth -= 1 }
      if depth == 0 { tokens.append(token) }
      if token.isSymbol("(") { depth += 1 }
    }
    return tokens[...]
  }

  // MARK: Rows

  private static func ofEveryRow(_ tokens: ArraySlice<SQLiteToken>, _ word: String, _ bytes: [UInt8]) -> String? {
    guard let start = tokens.firstIndex(where: { bytes.keyword($0) == word }) else { return nil }
    let rest = tokens[start...].dropFirst()
    if let place = rest.firstIndex(where: { bytes.keyword($0) == "WHERE" }) {
      let condition = rest[place...].dropFirst().prefix { !endsCondition.contains(bytes.keyword($0) ?? "") }
      guard isAlwaysTrue(condition, bytes) else { return nil }
    }
    let table = name(rest.drop { fillers.contains(bytes.keyword($0) ?? "") }, bytes)
    return word == "DELETE" ? "removes every row of \(table)" : "changes every row of \(table)"
  }

  /// Words between the verb and the table: `DELETE FROM`, `UPDATE OR IGNORE`.
  private static let fillers: Set<String> = ["FROM", "OR", "ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"]
  private static let endsCondition: Set<String> = ["RETURNING", "ORDER", "LIMIT"]

  /// Whether a condition plainly holds for every row: `1`, `true`, `1 = 1`. Others are taken to choose.
  private static func isAlwaysTrue(_ condition: ArraySlice<SQLiteToken>, _ bytes: [UInt8]) -> Bool {
    let parts = condition.map { bytes.text($0.range) }
    switch parts.count {
    case 1: return parts[0].uppercased() == "TRUE" || Double(parts[0]).map { $0 != 0 } == true
    case 3, 4:
      let isComparison = parts.dropFirst().dropLast().joined()
      let isConstant = condition.first.map { $0.kind == .number || $0.kind == .string } == true
      return isConstant && ["=", "==", "IS"].contains(isComparison.uppercased()) && parts.first == parts.last
    default: return false
    }
  }

  // MARK: Objects

  private static func ofObject(_ tokens: ArraySlice<SQLiteToken>, _ bytes: [UInt8]) -> String? {
    let rest = tokens.dropFirst().drop {
      ["TABLE", "INDEX", "VIEW", "TRIGGER", "IF", "EXISTS"].contains(bytes.keyword($0) ?? "")
    }
    return "removes \(name(rest, bytes))"
  }

  /// `ALTER TABLE t DROP [COLUMN] c`
  private static func ofColumn(_ tokens: ArraySlice<SQLiteToken>, _ bytes: [UInt8]) -> String? {
    let rest = tokens.dropFirst(2)
    guard let place = rest.dropFirst().firstIndex(where: { bytes.keyword($0) == "DROP" }) else { return nil }
    let column = rest[place...].dropFirst().drop { bytes.keyword($0) == "COLUMN" }
    return "removes \(name(column, bytes)) of \(name(rest, bytes))"
  }

  /// `t`, `main.t`
  private static func name(_ tokens: ArraySlice<SQLiteToken>, _ bytes: [UInt8]) -> String {
    guard let first = tokens.first, let name = bytes.name(first) else { return "what it names" }
    let rest = tokens.dropFirst()
    guard let dot = rest.first, dot.isSymbol("."), let second = rest.dropFirst().first, let inner = bytes.name(second)
    else { return name }
    return name + "." + inner
  }
}
