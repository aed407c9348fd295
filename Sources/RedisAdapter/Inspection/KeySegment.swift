internal import DBAdapterCore

/// A part of a key up to and including its next delimiter, as a part of a pattern.
///
/// `:`, `/`, `|` and the braces of a cluster's hash tags divide a key; a dot does where the key has none of the first
/// three. Other punctuation divides words inside a segment, except where it belongs to an identifier (a uuid, a date, an
/// address).
struct KeySegment: Sendable, Hashable {
  /// As in the pattern's text: identifiers are placeholders already, everything else is the key's own text, escaped.
  var label: String
  /// The label if more of it turns out to differ from key to key: `user{int}` for `user7`.
  var folded: String?
  /// Whether nothing of the label is the key's own text, delimiters aside.
  var isFixed: Bool
  /// Bytes of the label that are the delimiter at its end: 0 for the last segment of a key.
  var delimiterCount: Int
  /// Bytes of the key.
  var length: Int
  /// Whether the label is one hexadecimal number without figures.
  var isHexLetters = false

  /// More segments than this are not told apart, see ``Placeholder/rest``.
  static let maximumCount = 16
  /// A longer segment is a ``Placeholder/name`` whatever it is.
  static let maximumLength = 128
  /// In labels, a ``KeyWord/compactDate`` as long as it may be a number: no placeholder, and no text a key can have.
  static let compactDate = "{\u{1}}"

  /// The delimiter at the end of the label, empty for the last segment of a key.
  var delimiter: String { String(decoding: label.utf8.suffix(delimiterCount), as: UTF8.self) }
}

/// Divides keys into segments.
struct KeySegments {
  private let key: [UInt8]
  /// Where text ends and binary begins.
  private let textEnd: Int
  private let dividesAtDots: Bool
  private let hasAddresses: Bool

  /// The segments of a key, which together are a pattern that fits it.
  static func of(_ key: [UInt8]) -> [KeySegment] {
    var segments: [KeySegment] = []
    KeySegments(key).append(to: &segments)
    return segments
  }

  private init(_ key: [UInt8]) {
    self.key = key
    textEnd = TextPrefix.count(of: key)
    let text = key[..<textEnd]
    dividesAtDots = !text.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "|") }
    hasAddresses = text.contains(UInt8(ascii: "@"))
  }

  private func append(to segments: inout [KeySegment]) {
    if key.isEmpty { return segments.append(whole(.empty, from: 0)) }
    var position = 0
    while position < key.count {
      if segments.count == KeySegment.maximumCount - 1, position < key.count {
        segments.append(whole(.rest, from: position))
        return
      }
      guard let segment = segment(from: &position) else {
        segments.append(whole(.binary, from: position))
        return
      }
      segments.append(segment)
    }
  }

  private func whole(_ placeholder: Placeholder, from position: Int) -> KeySegment {
    KeySegment(label: placeholder.text, isFixed: true, delimiterCount: 0, length: key.count - position)
  }

  /// The next segment; `nil` when it is not text.
  private func segment(from position: inout Int) -> KeySegment? {
    let start = position
    var label = SegmentLabel()
    var isAtWord = true
    while position < textEnd {
      let byte = key[position]
      if isAtWord, let (placeholder, length) = compound(at: position) {
        label.append(placeholder)
        position += length
        isAtWord = false
        continue
      }
      if isLetterOrDigit(byte) {
        let end = key[position..<textEnd].firstIndex { !isLetterOrDigit($0) } ?? textEnd
        if end == textEnd, textEnd < key.count {
          position = start
          return nil
        }
        label.append(word: key[position..<end])
        position = end
        isAtWord = false
        continue
      }
      let escaped = escaped(at: position)
      position += 1
      if isDelimiter(byte) { return label.segment(delimiter: escaped, length: position - start) }
      label.append(punctuation: escaped)
      isAtWord = true
    }
    if textEnd < key.count {
      position = start
      return nil
    }
    return label.segment(delimiter: "", length: position - start)
  }

  private func compound(at position: Int) -> (Placeholder, Int)? {
    let scanner = IdentifierScanner(key[position..<textEnd])
    if hasAddresses, let length = scanner.email { return (.email, length) }
    return scanner.compound()
  }

  private func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "|"), UInt8(ascii: "{"), UInt8(ascii: "}"): true
    case UInt8(ascii: "."): dividesAtDots
    default: false
    }
  }

  /// Punctuation as a pattern writes it: with a backslash where it would mean something else.
  private func escaped(at position: Int) -> String {
    let byte = key[position]
    let character = String(Unicode.Scalar(byte))
    switch byte {
    case UInt8(ascii: "\\"): return "\\\\"
    case UInt8(ascii: "("): return position > 0 && key[position - 1] == 0x20 ? "\\(" : character
    case UInt8(ascii: "{"):
      let rest = String(decoding: key[position..<min(textEnd, position + 10)], as: UTF8.self)
      return Placeholder.leading(rest[...].utf8) == nil ? character : "\\{"
    default: return character
    }
  }
}

/// A label while its words are read.
private struct SegmentLabel {
  private var label = ""
  private var folded = ""
  private var isFoldable = false
  private var isFixed = true
  private var isOpaque = false
  private var words = 0
  private var isHexLetters = false

  mutating func append(_ placeholder: Placeholder) { append(placeholder.text, placeholder.text) }

  mutating func append(punctuation: String) {
    label += punctuation
    folded += punctuation
  }

  mutating func append(word: ArraySlice<UInt8>) {
    let text = String(decoding: word, as: UTF8.self)
    switch KeyWord(word) {
    case .int: append(Placeholder.int.text, Placeholder.int.text)
    case .hex: append(Placeholder.hex.text, Placeholder.hex.text)
    case .compactDate: append(KeySegment.compactDate, KeySegment.compactDate)
    case .numbered(let stem):
      append(text, String(decoding: word.prefix(stem), as: UTF8.self) + Placeholder.int.text)
      isFixed = false
      isFoldable = true
    case .opaque:
      append(text, Placeholder.name.text)
      isFixed = false
      isOpaque = true
    case .hexLetters:
      append(text, text)
      isFixed = false
      isHexLetters = words == 1
    case .literal:
      append(text, text)
      isFixed = false
    }
  }

  private mutating func append(_ part: String, _ foldedPart: String) {
    words += 1
    label += part
    folded += foldedPart
  }

  func segment(delimiter: String, length: Int) -> KeySegment {
    // An identifier of random characters may hold delimiters by chance.
    let folded: String? = isOpaque ? Placeholder.name.text : isFoldable ? folded : nil
    if length > KeySegment.maximumLength {
      return KeySegment(
        label: Placeholder.name.text + delimiter, isFixed: true, delimiterCount: delimiter.utf8.count, length: length)
    }
    return KeySegment(
      label: label + delimiter, folded: folded.map { $0 + delimiter }, isFixed: isFixed && words > 0 || label.isEmpty,
      delimiterCount: delimiter.utf8.count, length: length, isHexLetters: isHexLetters && words == 1)
  }
}
