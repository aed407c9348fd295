internal import DBAdapterCore

/// A pattern of keys, `user:{int}:cart`: text, and placeholders for what differs.
///
/// In its text a backslash stands before a backslash, before a brace that would make a placeholder of the key's own text,
/// and before a parenthesis after a space.
struct KeyPattern: Sendable, Hashable {
  let text: String
  /// Segments as in ``KeySegment/label``.
  private let labels: [String]

  init(_ text: String) {
    self.text = text
    labels = Self.labels(text)
  }

  /// Whether a key fits. A key may fit several patterns; `{name}` fits only what is no identifier.
  func fits(_ key: [UInt8]) -> Bool {
    let segments = KeySegments.of(key)
    for (index, segment) in segments.enumerated() {
      guard index < labels.count else { return false }
      if labels[index] == Placeholder.rest.text { return true }
      guard Self.fits(labels[index], segment) else { return false }
    }
    return segments.count == labels.count
  }

  /// A glob for `SCAN … MATCH` that every key fits which fits the pattern, and others may; `nil` when all keys would.
  var glob: [UInt8]? {
    var glob: [UInt8] = []
    var isSelective = false
    for part in Self.parts(text) {
      switch part {
      case .text(let byte):
        if "*?[]\\^-".utf8.contains(byte) { glob.append(UInt8(ascii: "\\")) }
        glob.append(byte)
        isSelective = isSelective || isLetterOrDigit(byte)
      case .placeholder(.uuid): glob += "????????-????-????-????-????????????".utf8
      case .placeholder:
        if glob.last != UInt8(ascii: "*") || glob.dropLast().last == UInt8(ascii: "\\") {
          glob.append(UInt8(ascii: "*"))
        }
      }
    }
    return isSelective ? glob : nil
  }

  /// The only key that fits, when there are no placeholders.
  var key: [UInt8]? {
    var key: [UInt8] = []
    for part in Self.parts(text) {
      switch part {
      case .text(let byte): key.append(byte)
      case .placeholder(.empty): continue
      case .placeholder: return nil
      }
    }
    return key
  }

  private static func fits(_ label: String, _ segment: KeySegment) -> Bool {
    if label == segment.label || label == segment.folded { return true }
    if segment.label.utf8.contains(1) {
      return [Placeholder.int, .date].contains {
        label == segment.label.replacingEvery(KeySegment.compactDate, with: $0.text)
      }
    }
    if label == Placeholder.hex.text + segment.delimiter {
      return segment.isHexLetters
        || (segment.length - segment.delimiterCount >= 8 && segment.label == Placeholder.int.text + segment.delimiter)
    }
    guard !segment.isFixed, let range = label.firstRange(of: Placeholder.name.text) else { return false }
    return segment.label.hasPrefix(label[..<range.lowerBound]) && segment.label.hasSuffix(label[range.upperBound...])
      && segment.label.utf8.count > label.utf8.count - Placeholder.name.text.utf8.count
  }

  private enum Part {
    /// A byte of the key, as it is.
    case text(UInt8)
    case placeholder(Placeholder)
  }

  private static func parts(_ text: String) -> [Part] {
    var parts: [Part] = []
    var rest = text[...].utf8
    while let byte = rest.first {
      if let placeholder = Placeholder.leading(rest) {
        parts.append(.placeholder(placeholder))
        rest = rest.dropFirst(placeholder.text.utf8.count)
      } else {
        if byte == UInt8(ascii: "\\") { rest = rest.dropFirst() }
        parts.append(.text(rest.first ?? byte))
        rest = rest.dropFirst()
      }
    }
    return parts
  }

  /// Divides the text where ``KeySegments`` divides the keys.
  private static func labels(_ text: String) -> [String] {
    let dividesAtDots = !parts(text).contains {
      if case .text(let byte) = $0 { ":/|".utf8.contains(byte) } else { false }
    }
    var labels: [String] = []
    var label: [UInt8] = []
    var rest = text[...].utf8
    while let byte = rest.first {
      var count = 1
      var isDelimiter = false
      if let placeholder = Placeholder.leading(rest) {
        count = placeholder.text.utf8.count
      } else {
        let isEscaped = byte == UInt8(ascii: "\\") && rest.count > 1
        let meant = isEscaped ? rest.dropFirst().first ?? byte : byte
        count = isEscaped ? 2 : 1
        isDelimiter = ":/|{}".utf8.contains(meant) || (dividesAtDots && meant == UInt8(ascii: "."))
      }
      label += rest.prefix(count)
      rest = rest.dropFirst(count)
      if isDelimiter {
        labels.append(String(decoding: label, as: UTF8.self))
        label = []
      }
    }
    if !label.isEmpty || labels.isEmpty { labels.append(String(decoding: label, as: UTF8.self)) }
    return labels
  }
}
