internal import DBAdapterCore

/// What a statement begins with, read from its first words.
struct SQLiteVerb: Equatable {
  /// The statement's own word: `SELECT`, `INSERT`, `CREATE`; for `WITH` the word after the common tables. Empty for an empty text.
  var word = ""
  /// What front ends show: `SELECT`, `CREATE TABLE`.
  var tag = ""
  /// Whether it stands behind `EXPLAIN` or `EXPLAIN QUERY PLAN`.
  var isExplained = false
  /// For `PRAGMA`.
  var pragma: SQLitePragma?
  /// `VACUUM INTO`, which writes another file.
  var writesFile = false

  /// Whether the statement changes rows and SQLite counts them.
  var isRowChange: Bool { !isExplained && ["INSERT", "REPLACE", "UPDATE", "DELETE"].contains(word) }

  /// Whether compiling it once and running it again is the same as compiling it each time; a pragma acts while it is compiled.
  var isCacheable: Bool { !isExplained && (isRowChange || ["SELECT", "VALUES", "WITH"].contains(word)) }

  var isTransactionControl: Bool {
    !isExplained && ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"].contains(word)
  }

  /// Whether it can change the session itself, as far as its first words say: everything but what is known to touch the file alone.
  var changesSession: Bool {
    if isExplained { return false }
    if let pragma { return pragma.effect == .session || (pragma.hasArgument && pragma.effect != .read) }
    return !isRowChange && !isTransactionControl && !Self.fileWords.contains(word)
  }

  private static let fileWords: Set<String> = [
    "SELECT", "VALUES", "WITH", "CREATE", "DROP", "ALTER", "ANALYZE", "REINDEX", "VACUUM",
  ]

  /// Whether it ends a transaction by undoing it; `ROLLBACK TO` does not.
  var isRollback: Bool { word == "ROLLBACK" && tag == "ROLLBACK" && !isExplained }
  var isCommit: Bool { (word == "COMMIT" || word == "END") && !isExplained }

  private static let modifiers: Set<String> = ["TEMP", "TEMPORARY", "UNIQUE"]

  init(_ text: String) {
    var reader = WordReader(text)
    guard var first = reader.firstWord() else { return }
    if first == "EXPLAIN" {
      isExplained = true
      guard var second = reader.word() else { return }
      if second == "QUERY" {
        _ = reader.word()
        second = reader.word() ?? ""
      }
      first = second
    }
    word = first
    tag = first
    switch first {
    case "WITH":
      word = reader.wordAfterCommonTables() ?? "WITH"
      tag = word
    case "CREATE", "DROP", "ALTER":
      var object = reader.word()
      while let modifier = object, Self.modifiers.contains(modifier) { object = reader.word() }
      if let object { tag += " " + object }
    case "ROLLBACK":
      // ROLLBACK [TRANSACTION [name]] [TO [SAVEPOINT] name]
      while let next = reader.word() { if next == "TO" { tag = "ROLLBACK TO" } }
    case "PRAGMA": pragma = reader.pragma()
    case "VACUUM":
      while let next = reader.word() { if next == "INTO" { writesFile = true } }
    default: break
    }
  }
}

/// Reads the leading words of a statement.
private struct WordReader {
  private var tokenizer: SQLiteTokenizer

  init(_ text: String) { tokenizer = SQLiteTokenizer(text) }

  /// The first word behind empty statements.
  mutating func firstWord() -> String? {
    while let token = tokenizer.next() {
      if !token.isSymbol(";") { return tokenizer.bytes.keyword(token) ?? "" }
    }
    return nil
  }

  /// The next token as a word in capitals; other tokens as an empty word, the end as `nil`.
  mutating func word() -> String? {
    guard let token = tokenizer.next(), !token.isSymbol(";") else { return nil }
    return tokenizer.bytes.keyword(token) ?? ""
  }

  /// `WITH a(x) AS (…), b AS (…) SELECT …`: the first verb outside parentheses that does not name a common table.
  mutating func wordAfterCommonTables() -> String? {
    var depth = 0
    var previous = ""
    while let token = tokenizer.next() {
      if token.isSymbol("(") { depth += 1 }
      if token.isSymbol(")") { depth -= 1 }
      defer { previous = tokenizer.bytes.keyword(token) ?? tokenizer.bytes.text(token.range) }
      guard depth == 0, let word = tokenizer.bytes.keyword(token) else { continue }
      guard ["SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"].contains(word) else { continue }
      // REPLACE may be the name of a common table; a verb follows a closing parenthesis.
      if previous == ")" { return word }
    }
    return nil
  }

  /// `PRAGMA schema.name = value`, `PRAGMA name(value)`.
  mutating func pragma() -> SQLitePragma? {
    guard let first = tokenizer.next(), var name = tokenizer.bytes.name(first) else { return nil }
    var next = tokenizer.next()
    if let dot = next, dot.isSymbol("."), let second = tokenizer.next(), let inner = tokenizer.bytes.name(second) {
      name = inner
      next = tokenizer.next()
    }
    return SQLitePragma(
      name: name.lowercased(), hasArgument: next.map { $0.isSymbol("=") || $0.isSymbol("(") } ?? false)
  }
}
