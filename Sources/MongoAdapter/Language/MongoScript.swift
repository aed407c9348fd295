internal import DBAdapterCore

/// Scripts of commands: each ends at a `;`, or at the end of a line where nothing is open and no `.method` follows.
enum MongoScript {
  /// The statements of a script in order. Comments between statements and empty statements are left out.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` with the line of what is no command.
  static func split(_ text: String) throws(DBError) -> [ScriptStatement] {
    var scanner = MongoScriptScanner(text)
    var statements: [ScriptStatement] = []
    while let statement = scanner.next() {
      do throws(DBError) {
        _ = try MongoCommand(text: statement.text, database: "test")
      } catch {
        throw error.completed(message: "in the statement of line \(statement.line): \(error.message)")
      }
      statements.append(statement)
    }
    return statements
  }
}

/// Finds where statements end. It knows strings, comments, regular expressions and brackets, and nothing of what they mean.
private struct MongoScriptScanner {
  private let text: [UInt8]
  private var position = 0
  private var line = 1

  init(_ text: String) { self.text = Array(text.utf8) }

  mutating func next() -> ScriptStatement? {
    skipBetween()
    guard position < text.count else { return nil }
    let start = position
    let startLine = line
    let end = statementEnd()
    return ScriptStatement(text: String(decoding: text[start..<end], as: UTF8.self), line: startLine)
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private mutating func advance() {
    if text[position] == 0x0A { line += 1 }
    position += 1
  }

  /// White space, comments and semicolons between statements.
  private mutating func skipBetween() {
    while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ";"): advance()
      default: if !skipComment() { return }
      }
    }
  }

  private mutating func skipComment() -> Bool {
    guard peek() == UInt8(ascii: "/") else { return false }
    switch peek(1) {
    case UInt8(ascii: "/"):
      while let byte = peek(), byte != 0x0A { advance() }
    case UInt8(ascii: "*"):
      position += 2
      while peek() != nil, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { advance() }
      position = min(position + 2, text.count)
    default: return false
    }
    return true
  }

  /// Passes over a statement, and says where it ends without what follows its last character.
  private mutating func statementEnd() -> Int {
    var depth = 0
    var end = position
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: ";") where depth <= 0: return end
      case 0x0A where depth <= 0 && !continues(after: end): return end
      case 0x20, 0x09, 0x0A, 0x0D:
        advance()
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"): skipQuoted(byte)
      case UInt8(ascii: "/"):
        if skipComment() { continue }
        if isRegex(after: end) { skipQuoted(byte) } else { advance() }
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("):
        depth += 1
        advance()
      case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"):
        depth -= 1
        advance()
      default: advance()
      }
      end = position
    }
    return end
  }

  /// Whether the statement goes on in a later line: it ends in a dot, or a dot follows.
  private func continues(after end: Int) -> Bool {
    if end > 0, text[end - 1] == UInt8(ascii: ".") { return true }
    var ahead = self
    while let byte = ahead.peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: ahead.advance()
      case UInt8(ascii: "."): return true
      default: if !ahead.skipComment() { return false }
      }
    }
    return false
  }

  /// Whether a slash begins a regular expression: it stands where a value does.
  private func isRegex(after end: Int) -> Bool { end > 0 && "(,:[{".utf8.contains(text[end - 1]) }

  /// A string or regular expression, up to its closing quote or the end of its line.
  private mutating func skipQuoted(_ quote: UInt8) {
    advance()
    var isInBrackets = false
    while let byte = peek(), byte != 0x0A {
      advance()
      if byte == UInt8(ascii: "\\"), peek() != nil, peek() != 0x0A {
        advance()
      } else if quote == UInt8(ascii: "/"), byte == UInt8(ascii: "[") {
        isInBrackets = true
      } else if byte == UInt8(ascii: "]") {
        isInBrackets = false
      } else if byte == quote, !isInBrackets {
        return
      }
    }
  }
}
