/// How much of some bytes is text: valid UTF-8 without control characters.
enum TextPrefix {
  static func count(of bytes: [UInt8]) -> Int {
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte < 0x80 {
        if byte < 0x20 || byte == 0x7F { return position }
        position += 1
        continue
      }
      guard let length = sequenceLength(bytes[position...]) else { return position }
      position += length
    }
    return position
  }

  /// The length of the well-formed sequence (Unicode 15, table 3-7) that the bytes begin with.
  private static func sequenceLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    let start = bytes.startIndex
    let first = bytes[start]
    let length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
    guard length > 0, bytes.count >= length else { return nil }
    for offset in 1..<length where bytes[start + offset] & 0xC0 != 0x80 { return nil }
    let second = bytes[start + 1]
    switch first {
    // C1 control characters.
    case 0xC2: return second < 0xA0 ? nil : length
    case 0xE0: return second < 0xA0 ? nil : length
    case 0xED: return second > 0x9F ? nil : length
    case 0xF0: return second < 0x90 ? nil : length
    case 0xF4: return second > 0x8F ? nil : length
    default: return length
    }
  }
}

extension String {
  /// Bytes as text in which what is not text, and the backslash, is escaped: `\xff`.
  init(escaping bytes: [UInt8]) {
    self = ""
    var rest = bytes
    while !rest.isEmpty {
      let count = TextPrefix.count(of: rest)
      for scalar in String(decoding: rest[..<count], as: UTF8.self).unicodeScalars {
        self += scalar == "\\" ? "\\\\" : String(scalar)
      }
      if count == rest.count { return }
      let digits = String(rest[count], radix: 16)
      self += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
      rest.removeFirst(count + 1)
    }
  }
}
