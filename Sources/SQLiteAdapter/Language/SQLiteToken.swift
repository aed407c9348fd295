/// One token of a statement, as SQLite cuts it (sqlite.org/lang_keywords.html, tokenize.c).
struct SQLiteToken: Equatable {
  enum Kind: Equatable {
    /// A keyword or a plain name.
    case word
    /// `"name"`, `` `name` `` or `[name]`.
    case quotedName
    case string, number, parameter
    case symbol(UInt8)
    /// A quote that is never closed.
    case unterminated
  }

  let kind: Kind
  /// Its bytes in the text.
  let range: Range<Int>

  func isSymbol(_ character: Unicode.Scalar) -> Bool { kind == .symbol(UInt8(ascii: character)) }
}

/// Cuts a text into tokens; white space and comments are left out.
struct SQLiteTokenizer {
  let bytes: [UInt8]
  private var position: Int

  init(_ text: String, from position: Int = 0) { self.init(Array(text.utf8), from: position) }

  init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// All tokens of a text.
  static func tokens(of bytes: [UInt8]) -> [SQLiteToken] {
    var tokenizer = SQLiteTokenizer(bytes)
    var tokens: [SQLiteToken] = []
    while let token = tokenizer.next() { tokens.append(token) }
    return tokens
  }

  mutating func next() -> SQLiteToken? {
    skipSpaceAndComments()
    guard position < bytes.count else { return nil }
    let start = position
    let kind = read()
    return SQLiteToken(kind: kind, range: start..<position)
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  private mutating func read() -> SQLiteToken.Kind {
    let first = bytes[position]
    switch first {
    case UInt8(ascii: "'"): return quoted(until: first, as: .string)
    case UInt8(ascii: "\""), UInt8(ascii: "`"): return quoted(until: first, as: .quotedName)
    case UInt8(ascii: "["): return bracketed()
    case UInt8(ascii: "?"):
      skip(while: Self.isDigit, from: 1)
      return .parameter
    case UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "$"):
      let start = position
      skip(while: Self.isNamePart, from: 1)
      return position - start > 1 ? .parameter : .symbol(first)
    case _ where Self.isDigit(first) || (first == UInt8(ascii: ".") && peek(1).map(Self.isDigit) == true):
      number()
      return .number
    case _ where Self.isNamePart(first):
      skip(while: Self.isNamePart, from: 1)
      return .word
    default:
      position += 1
      return .symbol(first)
    }
  }

  /// Two closing quotes in a row stand for one of them.
  private mutating func quoted(until quote: UInt8, as kind: SQLiteToken.Kind) -> SQLiteToken.Kind {
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == quote else { continue }
      guard peek() == quote else { return kind }
      position += 1
    }
    return .unterminated
  }

  private mutating func bracketed() -> SQLiteToken.Kind {
    while position < bytes.count {
      position += 1
      if bytes[position - 1] == UInt8(ascii: "]") { return .quotedName }
    }
    return .unterminated
  }

  private mutating func number() {
    while let byte = peek() {
      let isExponentSign =
        (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")) && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
      guard Self.isNamePart(byte) || byte == UInt8(ascii: ".") || isExponentSign else { return }
      position += 1
    }
  }

  private mutating func skip(while isPart: (UInt8) -> Bool, from distance: Int) {
    position += distance
    while let byte = peek(), isPart(byte) { position += 1 }
  }

  private mutating func skipSpaceAndComments() {
    while let byte = peek() {
      switch byte {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x20: position += 1
      // A byte-order mark counts as space.
      case 0xEF where peek(1) == 0xBB && peek(2) == 0xBF: position += 3
      case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
        while let next = peek(), next != 0x0A { position += 1 }
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
        position += 2
        while position < bytes.count, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { position += 1 }
        position = min(position + 2, bytes.count)
      default: return
      }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80 || isDigit(byte)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte >= 0x80
  }
}

extension [UInt8] {
  /// The text of a token as it stands.
  func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

  /// A plain word in capitals, `nil` for other tokens.
  func keyword(_ token: SQLiteToken) -> String? { token.kind == .word ? text(token.range).uppercased() : nil }

  /// The name a token stands for, without its quotes. SQLite takes strings for names too.
  func name(_ token: SQLiteToken) -> String? {
    switch token.kind {
    case .word: return text(token.range)
    case .quotedName, .string:
      let quote = text(token.range.upperBound - 1..<token.range.upperBound)
      let inner = text(token.range.lowerBound + 1..<token.range.upperBound - 1)
      return quote == "]"
        ? inner : inner.split(separator: quote + quote, omittingEmptySubsequences: false).joined(separator: quote)
    default: return nil
    }
  }
}
