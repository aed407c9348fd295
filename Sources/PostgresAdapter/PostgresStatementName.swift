/// What people call a statement: its first words.
enum PostgresStatementName {
  private static let withSecondWord: Set<String> = [
    "CREATE", "DROP", "ALTER", "COPY", "LOCK", "REFRESH", "SET", "EXPLAIN",
  ]

  /// The first word, or two where the first says little: `DROP TABLE`. Comments are left out.
  static func summary(of text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      var position = 0
      guard let first = word(bytes, &position) else { return "the statement" }
      guard withSecondWord.contains(first), let second = word(bytes, &position) else { return first }
      return first + " " + second
    }
  }

  /// The next word behind white space, comments, semicolons and opening parentheses, in capitals.
  private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> String? {
    repeat {
      position = PGStatementParser.skippingComments(position..<bytes.count, bytes, andSemicolons: true)
      guard position < bytes.count, bytes[position] == UInt8(ascii: "(") else { break }
      position += 1
    } while true
    let rest = bytes[position...]
    let word = rest.prefix { isLetter($0) }
    position += word.count
    return word.isEmpty ? nil : String(decoding: word, as: UTF8.self).uppercased()
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
  }
}
