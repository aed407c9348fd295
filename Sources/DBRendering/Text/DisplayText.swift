/// Text as it may be shown: whatever could act on a terminal, or turn the direction of writing, is an escape.
struct DisplayText {
  private(set) var utf8: [UInt8] = []
  /// Columns of a terminal.
  private(set) var width = 0

  /// - Parameter lineBreak: what stands for a line break. Default: `\n`.
  init(_ bytes: UnsafeBufferPointer<UInt8>, lineBreak: String = "\\n", escapes: (UInt8) -> Bool = { _ in false }) {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && !escapes($0) }) {
      utf8 = Array(bytes)
      width = utf8.count
      return
    }
    utf8.reserveCapacity(bytes.count + 16)
    for character in String(decoding: bytes, as: UTF8.self) {
      if character == "\n" || character == "\r\n" {
        append(lineBreak, lineBreak.utf8.count)
      } else if character.unicodeScalars.contains(where: Self.isUnsafe) {
        for scalar in character.unicodeScalars {
          if Self.isUnsafe(scalar) {
            let escape = Self.escape(scalar)
            append(escape, escape.utf8.count)
          } else {
            append(String(scalar), DisplayWidth.of(Character(scalar)))
          }
        }
      } else {
        if let ascii = character.asciiValue, escapes(ascii) { append("\\", 1) }
        append(String(character), DisplayWidth.of(character))
      }
    }
  }

  init(_ text: String, lineBreak: String = "\\n", escapes: (UInt8) -> Bool = { _ in false }) {
    var text = text
    self = text.withUTF8 { DisplayText($0, lineBreak: lineBreak, escapes: escapes) }
  }

  /// The same, cut to a width, ending in `…` when something is missing.
  func fitted(to limit: Int) -> DisplayText {
    guard width > limit else { return self }
    var shorter = DisplayText("")
    for character in String(decoding: utf8, as: UTF8.self) {
      let next = DisplayWidth.of(character)
      if shorter.width + next > limit - 1 { break }
      shorter.append(String(character), next)
    }
    shorter.append("…", 1)
    return shorter
  }

  private mutating func append(_ text: String, _ width: Int) {
    utf8.append(contentsOf: text.utf8)
    self.width += width
  }

  /// Controls, line separators, and the marks that reorder text.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(scalar.value, radix: 16)
      return scalar.value < 0x80
        ? "\\x" + (digits.count < 2 ? "0" : "") + digits
        : "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
