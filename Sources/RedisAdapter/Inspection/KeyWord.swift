internal import DBAdapterCore

/// One word of a key, between two delimiters, and what it may be.
enum KeyWord {
  case literal
  /// Decimal digits.
  case int
  /// Eight digits that are a day in this or the last century; may be a number nevertheless.
  case compactDate
  case hex
  /// Only letters that are hexadecimal digits, eight or more: a word, unless all others in its place are hexadecimal.
  case hexLetters
  /// A word with a number after it, `user1000`: the word's length.
  case numbered(stem: Int)
  /// Letters and figures mixed as in random identifiers.
  case opaque

  init(_ word: ArraySlice<UInt8>) {
    var digits = 0
    var hexadecimal = 0
    var lower = false
    var upper = false
    var changes = 0
    var wasDigit: Bool?
    for byte in word {
      let isFigure = isDigit(byte)
      if isFigure { digits += 1 }
      if hexadecimalValue(byte) != nil { hexadecimal += 1 }
      if (0x61...0x7A).contains(byte) { lower = true }
      if (0x41...0x5A).contains(byte) { upper = true }
      if let wasDigit, wasDigit != isFigure { changes += 1 }
      wasDigit = isFigure
    }
    if digits == word.count, digits > 0 {
      self = Self.isCompactDate(word) ? .compactDate : .int
    } else if word.count >= 8, hexadecimal == word.count, lower != upper {
      self = digits > 0 ? .hex : .hexLetters
    } else if changes == 1, let first = word.first, !isDigit(first) {
      self = .numbered(stem: word.count - digits)
    } else {
      self = changes >= 2 && word.count >= 8 ? .opaque : .literal
    }
  }

  private static func isCompactDate(_ digits: ArraySlice<UInt8>) -> Bool {
    guard digits.count == 8 else { return false }
    func number(_ offset: Int, _ count: Int) -> Int {
      digits.dropFirst(offset).prefix(count).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
    return (1970..<2100).contains(number(0, 4))
      && CivilCalendar.isValid(year: number(0, 4), month: number(4, 2), day: number(6, 2))
  }
}
