internal import DBAdapterCore

/// Cuts the text of a command into arguments, with the quoting of redis-cli (`sdssplitargs`).
///
/// Arguments are separated by white space. Between `"` the escapes are `\n`, `\r`, `\t`, `\b`, `\a`, `\xHH` and `\` before any other
/// character; between `'` there is only `\'`. A closing quote ends its argument. The text may come in parts with values between them: a
/// value is taken as it is, and is part of the argument it stands in.
struct CommandScanner {
  private enum Place { case between, inside, doubleQuoted, singleQuoted, afterQuote }

  private var place = Place.between
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// The arguments that have quotes, in order: there are seldom any.
  private var quoted: [Int] = []
  /// Where in its text the quote that is open, or was closed last, stands.
  private var quote = 0
  /// Whether the part ended in a backslash between `"`.
  private var endsInBackslash = false

  private static let backslash = UInt8(ascii: "\\")

  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` with the position of the quote that is not closed, or that something follows.
  mutating func scan(_ text: String) throws(DBError) {
    var text = text
    // Where in the text the scanner could not go on, if anywhere.
    let failure = text.withUTF8 { utf8 in scan(UnsafeRawBufferPointer(utf8)) }
    if let failure {
      throw error("the closing quote of argument \(ends.count) is followed by something", after: failure, in: text)
    }
  }

  /// - Returns: the offset of a byte that must not stand where it stands.
  private mutating func scan(_ text: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    if bytes.isEmpty {
      bytes.reserveCapacity(Swift.max(text.count, 48))
      ends.reserveCapacity(4)
    }
    if endsInBackslash {
      endsInBackslash = false
      position = escape(text, 0)
    }
    while position < text.count {
      let byte = text[position]
      switch place {
      case .between:
        if !Self.isSpace(byte) {
          beginArgument()
          continue
        }
      case .inside: unquoted(byte, at: position)
      case .doubleQuoted:
        if byte == UInt8(ascii: "\"") {
          endArgument(at: .afterQuote)
        } else if byte == Self.backslash {
          position += escape(text, position + 1)
        } else {
          bytes.append(byte)
        }
      case .singleQuoted:
        if byte == UInt8(ascii: "'") {
          endArgument(at: .afterQuote)
        } else if byte == Self.backslash, position + 1 < text.count, text[position + 1] == UInt8(ascii: "'") {
          bytes.append(UInt8(ascii: "'"))
          position += 1
        } else {
          bytes.append(byte)
        }
      case .afterQuote:
        guard Self.isSpace(byte) else { return position }
        place = .between
      }
      position += 1
    }
    return nil
  }

  private mutating func unquoted(_ byte: UInt8, at position: Int) {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): endArgument(at: .between)
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      place = byte == UInt8(ascii: "\"") ? .doubleQuoted : .singleQuoted
      quoted.append(ends.count)
      quote = position
    default: bytes.append(byte)
    }
  }

  /// - Returns: how many bytes the escape takes after the backslash.
  private mutating func escape(_ text: UnsafeRawBufferPointer, _ position: Int) -> Int {
    guard position < text.count else {
      endsInBackslash = true
      return 0
    }
    let byte = text[position]
    if byte == UInt8(ascii: "x"), position + 2 < text.count, let high = hexadecimalValue(text[position + 1]),
      let low = hexadecimalValue(text[position + 2])
    {
      bytes.append(high << 4 | low)
      return 3
    }
    bytes.append(Self.escapes[byte] ?? byte)
    return 1
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "b"): 0x08,
    UInt8(ascii: "a"): 0x07,
  ]

  /// `isspace` of C.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// A value: all of an argument, or the part of one that stands here.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` directly behind a closing quote, or behind a backslash.
  mutating func insert(_ value: DBValue, named name: @autoclosure () -> String) throws(DBError) {
    if endsInBackslash {
      throw error("a backslash in argument \(ends.count + 1) stands directly before an interpolated value")
    }
    switch place {
    case .afterQuote: throw error("the closing quote of argument \(ends.count) is followed by something")
    case .between: beginArgument()
    case .inside, .doubleQuoted, .singleQuoted: break
    }
    try RedisArgument.append(value, to: &bytes, named: name())
  }

  private mutating func beginArgument() {
    place = .inside
  }

  private mutating func endArgument(at next: Place) {
    place = next
    ends.append(bytes.count)
  }

  /// The arguments, and the positions of those that had quotes.
  /// - Parameter text: the last part, to point into.
  mutating func finish(_ text: String = "") throws(DBError) -> (command: RedisCommand, quoted: [Int]) {
    switch place {
    case .doubleQuoted, .singleQuoted:
      throw error("the quote of argument \(ends.count + 1) is not closed", after: quote, in: text)
    case .inside: endArgument(at: .between)
    case .between, .afterQuote: break
    }
    return (RedisCommand(bytes: bytes, ends: ends), quoted)
  }

  /// Names no byte of the command: it may hold a password.
  private func error(_ message: String, after offset: Int? = nil, in text: String = "") -> DBError {
    var server: ServerDiagnostics?
    if let offset, !text.isEmpty {
      server = ServerDiagnostics()
      server?.position = text.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 } + 1
    }
    return DBError(
      .syntaxError,
      message + #"; quote an argument as a whole, and write \" for a quote between "" and \' for one between ''"#,
      server: server)
  }
}
