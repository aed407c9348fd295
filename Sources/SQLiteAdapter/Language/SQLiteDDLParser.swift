/// Reads definitions token by token; parentheses are taken as wholes.
struct SQLiteDDLParser {
  private let bytes: [UInt8]
  private let tokens: [SQLiteToken]
  private var position = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
    tokens = SQLiteTokenizer.tokens(of: bytes)
  }

  // MARK: CREATE TABLE

  mutating func readTable(into table: inout SQLiteTableDDL) {
    guard skipToParenthesis() else { return }
    while position < tokens.count, !peek(")") {
      if isTableConstraint { readConstraints(of: nil, into: &table) } else { readColumn(into: &table) }
      if !take(",") { break }
    }
  }

  /// Table constraints need no comma between them.
  private var isTableConstraint: Bool {
    guard let word = keyword() else { return false }
    return ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(word)
  }

  private mutating func readColumn(into table: inout SQLiteTableDDL) {
    guard let name = takeName() else {
      position += 1
      return
    }
    table.columns.append(SQLiteTableDDL.Column(name: name))
    // The type is whatever stands before the first constraint, with its numbers in parentheses.
    while position < tokens.count, !peek(","), !peek(")"), !startsColumnConstraint {
      if peek("(") { _ = takeParenthesised() } else { position += 1 }
    }
    readConstraints(of: name, into: &table)
  }

  private var startsColumnConstraint: Bool { keyword().map(Self.columnConstraints.contains) ?? false }

  private static let columnConstraints: Set<String> = [
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS",
  ]

  private mutating func readConstraints(of column: String?, into table: inout SQLiteTableDDL) {
    var name: String?
    var start = position
    while position < tokens.count, !peek(","), !peek(")") {
      guard let word = keyword() else {
        position += 1
        continue
      }
      if name == nil { start = position }
      position += 1
      switch word {
      case "CONSTRAINT":
        name = takeName()
        continue
      case "PRIMARY": readKey(.primaryKey, column, name, start, &table)
      case "UNIQUE": readKey(.unique, column, name, start, &table)
      case "CHECK":
        let expression = takeParenthesised() ?? ""
        append(.check(expression), column.map { [$0] } ?? [], name, start, &table)
      case "REFERENCES": readReference(column.map { [$0] } ?? [], name, start, &table)
      case "FOREIGN":
        takeWord("KEY")
        let columns = takeNames()
        takeWord("REFERENCES")
        readReference(columns, name, start, &table)
      case "COLLATE": if !table.columns.isEmpty { table.columns[table.columns.count - 1].collation = takeName() }
      case "AS":
        if !table.columns.isEmpty { table.columns[table.columns.count - 1].generatedExpression = takeParenthesised() }
      case "DEFAULT": skipDefault()
      case "NULL": break
      default: continue
      }
      name = nil
    }
  }

  private mutating func readKey(
    _ kind: SQLiteTableDDL.Constraint.Kind, _ column: String?, _ name: String?, _ start: Int,
    _ table: inout SQLiteTableDDL
  ) {
    if kind == .primaryKey { takeWord("KEY") }
    let columns = column.map { [$0] } ?? takeNames()
    _ = takeWord("ASC") || takeWord("DESC")
    skipConflictClause()
    if takeWord("AUTOINCREMENT"), column != nil { table.columns[table.columns.count - 1].isAutoincrement = true }
    append(kind, columns, name, start, &table)
  }

  private mutating func readReference(
    _ columns: [String], _ name: String?, _ start: Int, _ table: inout SQLiteTableDDL
  ) {
    _ = takeName()
    if peek("(") { _ = takeParenthesised() }
    var constraint = SQLiteTableDDL.Constraint(name: name, kind: .foreignKey, columns: columns)
    while let word = keyword() {
      switch word {
      case "ON":
        position += 2
        // SET NULL, SET DEFAULT, NO ACTION are two words.
        let action = keyword()
        position += action == "SET" || action == "NO" ? 2 : 1
      case "MATCH":
        position += 1
        constraint.match = takeName()?.uppercased()
      case "NOT" where keyword(1) == "DEFERRABLE":
        position += 2
        readInitially()
      case "DEFERRABLE":
        position += 1
        constraint.isDeferrable = true
        constraint.isInitiallyDeferred = readInitially()
      default:
        constraint.definition = text(from: start)
        table.constraints.append(constraint)
        return
      }
    }
    constraint.definition = text(from: start)
    table.constraints.append(constraint)
  }

  @discardableResult
  private mutating func readInitially() -> Bool {
    guard takeWord("INITIALLY") else { return false }
    defer { position += 1 }
    return keyword() == "DEFERRED"
  }

  private mutating func append(
    _ kind: SQLiteTableDDL.Constraint.Kind, _ columns: [String], _ name: String?, _ start: Int,
    _ table: inout SQLiteTableDDL
  ) {
    table.constraints.append(
      SQLiteTableDDL.Constraint(name: name, kind: kind, columns: columns, definition: text(from: start)))
  }

  private mutating func skipDefault() {
    if peek("(") {
      _ = takeParenthesised()
    } else {
      while peek("+") || peek("-") { position += 1 }
      position += 1
    }
  }

  private mutating func skipConflictClause() { if keyword() == "ON", keyword(1) == "CONFLICT" { position += 3 } }

  // MARK: CREATE INDEX

  /// The key expressions of an index as written, and the condition of a partial one (sqlite.org/lang_createindex.html).
  mutating func readIndex() -> (keys: [String], predicate: String?) {
    var keys: [String] = []
    guard skipToParenthesis() else { return ([], nil) }
    while position < tokens.count, !peek(")") {
      let start = position
      var end = position
      while position < tokens.count, !peek(","), !peek(")") {
        if peek("(") { _ = takeParenthesised() } else { position += 1 }
        // Direction and collation of a key are no part of its expression.
        let word = bytes.keyword(tokens[position - 1])
        if word == "COLLATE" { position += 1 } else if word != "ASC", word != "DESC" { end = position }
      }
      if start < end { keys.append(text(start..<end)) }
      if !take(",") { break }
    }
    guard take(")"), takeWord("WHERE"), position < tokens.count else { return (keys, nil) }
    return (keys, text(position..<tokens.count))
  }

  // MARK: Tokens

  /// To the first token behind the first parenthesis: no name before it holds one unquoted.
  private mutating func skipToParenthesis() -> Bool {
    while position < tokens.count, !peek("(") { position += 1 }
    return take("(")
  }

  private func peek(_ symbol: Unicode.Scalar) -> Bool { position < tokens.count && tokens[position].isSymbol(symbol) }

  private mutating func take(_ symbol: Unicode.Scalar) -> Bool {
    guard peek(symbol) else { return false }
    position += 1
    return true
  }

  private func keyword(_ distance: Int = 0) -> String? {
    position + distance < tokens.count ? bytes.keyword(tokens[position + distance]) : nil
  }

  @discardableResult
  private mutating func takeWord(_ word: String) -> Bool {
    guard keyword() == word else { return false }
    position += 1
    return true
  }

  private mutating func takeName() -> String? {
    guard position < tokens.count, let name = bytes.name(tokens[position]) else { return nil }
    position += 1
    return name
  }

  /// `(a, b COLLATE nocase DESC)`: the names.
  private mutating func takeNames() -> [String] {
    var names: [String] = []
    guard take("(") else { return [] }
    while let name = takeName() {
      names.append(name)
      while position < tokens.count, !peek(","), !peek(")") { position += 1 }
      guard take(",") else { break }
    }
    _ = take(")")
    return names
  }

  /// What stands between a parenthesis and the one that closes it.
  private mutating func takeParenthesised() -> String? {
    guard take("(") else { return nil }
    let start = position
    var depth = 1
    while position < tokens.count {
      if peek("(") { depth += 1 }
      if peek(")") { depth -= 1 }
      position += 1
      if depth == 0 { return text(start..<position - 1) }
    }
    return nil
  }

  private func text(from start: Int) -> String { text(start..<position) }

  private func text(_ range: Range<Int>) -> String {
    guard let first = range.first, let last = range.last, last < tokens.count else { return "" }
    return bytes.text(tokens[first].range.lowerBound..<tokens[last].range.upperBound)
  }
}
