internal import DBAdapterCore

extension ExtendedJSONParser {
  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < text.count ? text[position + distance] : nil
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Passes over a word that no letter, digit or underscore follows.
  mutating func takeWord(_ word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    let bytes = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard end <= text.count, text[position..<end].elementsEqual(bytes) else { return false }
    if end < text.count, Self.isWordPart(text[end]) { return false }
    position = end
    return true
  }

  static func isWordPart(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
  }

  /// Passes over white space, and in the shell's dialect over comments.
  mutating func skipSpace() throws(BSONError) {
    while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case UInt8(ascii: "/") where dialect == .shell && (peek(1) == UInt8(ascii: "/") || peek(1) == UInt8(ascii: "*")):
        try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws(BSONError) {
    let start = position
    if peek(1) == UInt8(ascii: "/") {
      while let byte = peek(), byte != 0x0A { try skipCommented(byte) }
      return
    }
    position += 2
    while let byte = peek() {
      if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        position += 2
        return
      }
      try skipCommented(byte)
    }
    throw failure("the comment does not end", at: start)
  }

  private mutating func skipCommented(_ byte: UInt8) throws(BSONError) {
    guard byte != MongoHole.marker else { throw failure("an interpolated value stands in a comment") }
    position += 1
  }

  /// The content of a string between the quotes that stand here.
  mutating func string() throws(BSONError) -> ArraySlice<UInt8> {
    let quote = text[position]
    let start = position
    position += 1
    let content = position
    while let byte = peek() {
      if byte == quote {
        position += 1
        return text[content..<position - 1]
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(quote, from: content, start) }
      try checkStringByte(byte)
      position += 1
    }
    throw failure("the string does not end", at: start)
  }

  private func checkStringByte(_ byte: UInt8) throws(BSONError) {
    if byte < 0x20 { throw failure("a control character in a string has to be written as an escape, such as \\n") }
    if byte == MongoHole.marker {
      throw failure("an interpolated value stands in a string; interpolate the whole value, without quotes")
    }
  }

  private mutating func escapedString(
    _ quote: UInt8, from content: Int, _ start: Int
  ) throws(BSONError) -> ArraySlice<UInt8> {
    var bytes = Array(text[content..<position])
    while let byte = peek() {
      if byte == quote {
        position += 1
        return bytes[...]
      }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &bytes)
      } else {
        try checkStringByte(byte)
        bytes.append(byte)
        position += 1
      }
    }
    throw failure("the string does not end", at: start)
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(BSONError) {
    let start = position
    position += 1
    guard let byte = peek() else { throw failure("the string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"): try bytes.append(contentsOf: String(scalar(from: start)).utf8)
    case UInt8(ascii: "'") where dialect == .shell: bytes.append(byte)
    default: throw failure("expected an escape such as \\n or \\u00e9", at: start)
    }
  }

  /// The character of `\u0041`, or of two such that are a surrogate pair.
  private mutating func scalar(from start: Int) throws(BSONError) -> Unicode.Scalar {
    let unit = try unicodeUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, take("\\"), take("u") else {
      throw failure("the escape is one half of a surrogate pair", at: start)
    }
    let low = try unicodeUnit()
    guard (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw failure("the escape is one half of a surrogate pair", at: start) }
    return scalar
  }

  private mutating func unicodeUnit() throws(BSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = hexadecimalValue(byte) else {
        throw failure("expected four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  /// An error at the present place, or at another.
  func failure(_ message: String, at place: Int? = nil) -> BSONError {
    let place = min(place ?? position, text.count)
    let isHole = place < text.count && text[place] == MongoHole.marker && !message.contains("interpolated")
    let before = text[..<place]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return BSONError(
      isHole ? message + "; an interpolated value can only stand where a value may" : message,
      position: BSONError.Position(
        line: before.count { $0 == 0x0A } + 1, column: text[lineStart..<before.endIndex].count { $0 & 0xC0 != 0x80 } + 1
      ))
  }
}
