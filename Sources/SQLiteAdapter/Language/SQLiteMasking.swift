internal import DBAdapterCore

/// What an audit keeps of a statement: its tokens without comments, with `?` for every string, number and blob.
///
/// SQLite takes `"name"` for a string where there is no such column (sqlite.org/quirks.html#dblquote), so that names in double quotes are
/// masked where values stand: behind operators, in lists of values, in arguments of functions.
struct SQLiteMasking {
  /// A longer text is kept by its beginning.
  private static let longestRead = 16 * 1_024
  private static let longestResult = 4 * 1_024

  private let bytes: [UInt8]
  private var text = ""
  private var words: [String] = []
  /// For every open parenthesis whether values stand in it.
  private var parentheses: [Bool] = []
  private var isUnread = false

  static func normalize(_ text: String) -> NormalizedStatement {
    let isWhole = text.utf8.count <= longestRead
    var masking = SQLiteMasking(Array(text.utf8.prefix(longestRead)))
    masking.run(isWhole: isWhole)
    var result = masking.text
    if result.utf8.count > longestResult {
      result = String(decoding: result.utf8.prefix(longestResult), as: UTF8.self) + " …"
    } else if !isWhole {
      result += " …"
    }
    let whole = NormalizedStatement(masking.text)
    return NormalizedStatement(
      result, fingerprint: whole.fingerprint, mayHoldSecret: !isWhole || masking.isUnread || masking.holdsSecret(text))
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func run(isWhole: Bool) {
    var tokens = SQLiteTokenizer.tokens(of: bytes)
    if !isWhole { _ = tokens.popLast() }
    var end = 0
    for (index, token) in tokens.enumerated() {
      let previous = index > 0 ? tokens[index - 1] : nil
      // x'00ff' is a word and a string to the tokenizer.
      let next = index + 1 < tokens.count ? tokens[index + 1] : nil
      if bytes.keyword(token) == "X", next?.kind == .string, next?.range.lowerBound == token.range.upperBound {
        continue
      }
      if token.range.lowerBound > end, !text.isEmpty, !text.hasSuffix(" ") { text += " " }
      end = token.range.upperBound
      text += masked(token, previous)
      if let word = bytes.keyword(token) { words.append(word) }
      track(token, index > 1 ? tokens[index - 2] : nil, previous)
    }
  }

  private mutating func masked(_ token: SQLiteToken, _ previous: SQLiteToken?) -> String {
    switch token.kind {
    case .string, .number: return "?"
    case .unterminated:
      isUnread = true
      return "?"
    case .quotedName where bytes[token.range.lowerBound] == UInt8(ascii: "\"") && isValue(after: previous): return "?"
    case .word where isSecret(after: previous): return "?"
    default: return bytes.text(token.range)
    }
  }

  /// In `ATTACH … KEY word` and `PRAGMA key = word` a password stands without quotes.
  private func isSecret(after previous: SQLiteToken?) -> Bool {
    switch words.first {
    case "ATTACH": words.last == "KEY" && previous.flatMap(bytes.keyword) == "KEY"
    case "PRAGMA":
      words.contains { $0.hasSuffix("KEY") } && previous.map { $0.isSymbol("=") || $0.isSymbol("(") } == true
    default: false
    }
  }

  private func isValue(after previous: SQLiteToken?) -> Bool {
    guard let previous else { return true }
    switch previous.kind {
    case .symbol(UInt8(ascii: ".")): return false
    case .symbol(UInt8(ascii: "(")), .symbol(UInt8(ascii: ",")): return parentheses.last ?? false
    case .symbol, .string, .number, .parameter: return true
    case .word: return Self.beforeValues.contains(bytes.keyword(previous) ?? "")
    case .quotedName, .unterminated: return false
    }
  }

  private static let beforeValues: Set<String> = [
    "LIKE", "GLOB", "MATCH", "REGEXP", "IS", "NOT", "BETWEEN", "AND", "THEN", "ELSE", "DEFAULT", "KEY", "ESCAPE",
    "LIMIT",
    "OFFSET", "RETURN",
  ]

  private mutating func track(_ token: SQLiteToken, _ beforeLast: SQLiteToken?, _ previous: SQLiteToken?) {
    if token.isSymbol("(") {
      parentheses.append(opensValues(beforeLast, previous))
    } else if token.isSymbol(")") {
      _ = parentheses.popLast()
    }
  }

  private func opensValues(_ beforeLast: SQLiteToken?, _ previous: SQLiteToken?) -> Bool {
    guard let previous else { return false }
    // A further row of VALUES.
    if previous.isSymbol(",") { return true }
    guard let word = bytes.keyword(previous) else { return previous.kind == .symbol(UInt8(ascii: "=")) }
    if ["VALUES", "IN"].contains(word) { return true }
    let isList =
      Self.beforeLists.contains(word) || Self.beforeNames.contains(beforeLast.flatMap(bytes.keyword) ?? "")
    return !isList && !["CREATE", "ALTER"].contains(words.first ?? "")
  }

  /// Behind these a parenthesis begins a list of columns or a query.
  private static let beforeLists: Set<String> = [
    "WITH", "AS", "USING", "KEY", "UNIQUE", "SELECT", "FROM", "WHERE", "BY", "EXISTS", "AND", "OR", "NOT", "SET",
    "JOIN",
    "OVER", "CONFLICT", "ON",
  ]

  /// Behind these and a name it begins a list of columns.
  private static let beforeNames: Set<String> = ["INTO", "TABLE", "ON", "REFERENCES", "WITH", "RECURSIVE"]

  private func holdsSecret(_ text: String) -> Bool {
    if words.first == "ATTACH" || words.first == "PRAGMA" && words.contains(where: { $0.hasSuffix("KEY") }) {
      return true
    }
    let text = text.lowercased()
    return ["passw", "secret", "token", "credential", "api_key", "apikey"].contains { text.contains($0) }
  }
}
