/// What the text of a Lua script can be seen to do.
///
/// The server keeps a read-only script from writing keys, and from nothing else: it may change a cluster's slots, make the server connect
/// elsewhere or write to its log. A script counts as reading when every call of a command names it as a plain string, and each is a read;
/// whatever could reach the server's functions in another way makes it unknown.
struct LuaScript {
  private enum Token: Equatable {
    case word(String)
    /// `nil` when it has escapes.
    case string(String?)
    case symbol(UInt8)
  }

  private let tokens: [Token]

  /// The script is not run, and need not be correct.
  init(_ text: ArraySlice<UInt8>) {
    var scanner = Scanner(rest: text)
    var tokens: [Token] = []
    while let token = scanner.next() { tokens.append(token) }
    self.tokens = tokens
  }

  /// Names by which a script reaches functions that are not written out.
  private static let detours: Set<String> = [
    "_G", "_ENV", "getfenv", "setfenv", "load", "loadstring", "dofile", "loadfile", "require", "module", "package",
    "getmetatable", "setmetatable", "rawget", "rawset", "debug",
  ]
  private static let libraries: Set<String> = ["redis", "server"]
  private static let harmless: Set<String> = ["sha1hex", "error_reply", "status_reply"]

  /// What keeps the script from being a read, as what follows its command's name; `nil` when nothing does.
  /// - Parameter isRead: whether a command, given by its first words, only reads.
  func finding(_ isRead: ([String]) -> Bool) -> String? {
    for (position, token) in tokens.enumerated() {
      guard case .word(let word) = token else { continue }
      if Self.detours.contains(word) { return "uses \(word), with which a script may call anything" }
      guard Self.libraries.contains(word) else { continue }
      guard self[position + 1] == .symbol(UInt8(ascii: ".")), case .word(let function)? = self[position + 2] else {
        return "passes \(word) on, with which a script may call anything"
      }
      if Self.harmless.contains(function) { continue }
      guard ["call", "pcall"].contains(function), self[position + 3] == .symbol(UInt8(ascii: "(")),
        case .string(let name?)? = self[position + 4], endsArgument(position + 5)
      else { return "uses \(word).\(function) in a way that does not show what it calls" }
      var words = [name]
      if self[position + 5] == .symbol(UInt8(ascii: ",")), case .string(let second?)? = self[position + 6],
        endsArgument(position + 7)
      {
        words.append(second)
      }
      guard isRead(words) else { return "calls \(name.uppercased()), which is not known to only read" }
    }
    return nil
  }

  private subscript(position: Int) -> Token? { tokens.indices.contains(position) ? tokens[position] : nil }

  private func endsArgument(_ position: Int) -> Bool {
    self[position] == .symbol(UInt8(ascii: ",")) || self[position] == .symbol(UInt8(ascii: ")"))
  }

  /// Cuts Lua into words, strings and symbols (Lua 5.1 reference manual, 2.1).
  private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func next() -> Token? {
      while let byte = rest.first {
        if byte <= 0x20 {
          rest.removeFirst()
        } else if rest.starts(with: "--".utf8) {
          rest.removeFirst(2)
          if longBracket() == nil { rest = rest.drop { $0 != 0x0A && $0 != 0x0D } }
        } else if let text = longBracket() {
          return .string(text)
        } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
          return .string(quoted(byte))
        } else if Self.isWord(byte) {
          let word = rest.prefix(while: Self.isWord)
          rest = rest.dropFirst(word.count)
          return .word(String(decoding: word, as: UTF8.self))
        } else {
          rest.removeFirst()
          return .symbol(byte)
        }
      }
      return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
        || byte >= 0x80
    }

    /// `[[…]]`, `[==[…]==]`.
    private mutating func longBracket() -> String? {
      guard rest.first == UInt8(ascii: "[") else { return nil }
      let level = rest.dropFirst().prefix { $0 == UInt8(ascii: "=") }.count
      guard rest.dropFirst(1 + level).first == UInt8(ascii: "[") else { return nil }
      let closing = [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
      let inner = rest.dropFirst(2 + level)
      let end = inner.firstRange(of: closing)
      rest = end.map { inner[$0.upperBound...] } ?? []
      return String(decoding: end.map { inner[..<$0.lowerBound] } ?? inner, as: UTF8.self)
    }

    private mutating func quoted(_ quote: UInt8) -> String? {
      rest.removeFirst()
      var text: [UInt8] = []
      var hasEscapes = false
      while let byte = rest.popFirst() {
        if byte == quote || byte == 0x0A { break }
        if byte == UInt8(ascii: "\\") {
          hasEscapes = true
          _ = rest.popFirst()
        } else {
          text.append(byte)
        }
      }
      return hasEscapes ? nil : String(decoding: text, as: UTF8.self)
    }
  }
}
