/// A statement put together again from its tokens, with `?` for every constant and without comments.
struct PostgresMasking {
  private(set) var text = ""
  /// Whether a constant stood there.
  private(set) var hasMasked = false
  /// Whether it is a statement whose options may be passwords.
  private(set) var namesSecrets = false

  private let bytes: [UInt8]
  private var words: [String] = []

  /// Whether it reads or changes rows, and defines nothing.
  var isQuery: Bool { words.first.map { Self.queries.contains($0) } ?? text.hasPrefix("(") }

  private static let queries: Set<String> = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE",
  ]

  init(_ text: String, _ tokens: some Sequence<PGToken>) {
    bytes = Array(text.utf8)
    let tokens = tokens.filter { $0.kind != .comment }
    var index = 0
    var end: Int?
    while index < tokens.count {
      let token = tokens[index]
      if let end, token.range.lowerBound > end { self.text += " " }
      add(token)
      end = token.range.upperBound
      index += 1
      // What a setting is set to is a constant though it may stand without quotes.
      guard word(token) == "SET", let value = valueOfSetting(tokens, from: index) else { continue }
      for name in tokens[index..<value.lowerBound] {
        if let end, name.range.lowerBound > end { self.text += " " }
        add(name)
        end = name.range.upperBound
      }
      self.text += " ?"
      hasMasked = true
      end = tokens[value.upperBound - 1].range.upperBound
      index = value.upperBound
    }
    namesSecrets = !isQuery && words.prefix(Self.wordsRead).contains { Self.secretive.contains($0) }
  }

  private static let wordsRead = 8
  private static let secretive: Set<String> = [
    "ROLE", "USER", "GROUP", "MAPPING", "SUBSCRIPTION", "SERVER", "WRAPPER", "SYSTEM", "SET", "PROGRAM", "DO",
  ]

  private mutating func add(_ token: PGToken) {
    switch token.kind {
    case .literal:
      text += "?"
      hasMasked = true
    default:
      text += String(decoding: bytes[token.range], as: UTF8.self)
      if let word = word(token), words.count < Self.wordsRead { words.append(word) }
    }
  }

  private func word(_ token: PGToken) -> String? {
    token.kind == .word ? String(decoding: bytes[token.range], as: UTF8.self).uppercased() : nil
  }

  private func isSymbol(_ token: PGToken, _ symbol: Unicode.Scalar) -> Bool {
    token.range.count == 1 && bytes[token.range.lowerBound] == UInt8(ascii: symbol)
  }

  /// In `SET [LOCAL] name = value, value` and `SET name TO value` the values; the statement is none that changes rows.
  private func valueOfSetting(_ tokens: [PGToken], from start: Int) -> Range<Int>? {
    guard let first = words.first, ["SET", "ALTER", "CREATE"].contains(first) else { return nil }
    var index = start
    while index < tokens.count, index - start < 8 {
      let token = tokens[index]
      index += 1
      if isSymbol(token, "=") || word(token) == "TO" { break }
      guard token.kind == .word || token.kind == .quotedName || isSymbol(token, ".") else { return nil }
      if index == tokens.count { return nil }
    }
    guard index < tokens.count, index > start, isSymbol(tokens[index - 1], "=") || word(tokens[index - 1]) == "TO"
    else {
      return nil
    }
    var end = index + 1
    while end + 1 < tokens.count, isSymbol(tokens[end], ",") { end += 2 }
    return index..<end
  }
}
