/// Which texts of one place become which placeholder, when there are too many of them.
///
/// Those that are by far more frequent than most stay as they are. Of the others, texts that begin or end with the same
/// word become `word_{name}` or `{name}_word`, if there are enough of them, and what is left becomes `{name}`.
struct TextFolding {
  struct Item {
    /// As in a label, without the delimiter.
    var text: String
    var keys: Int
  }

  private var labels: [String: String] = [:]

  init(_ items: [Item]) {
    let total = items.reduce(0) { $0 + $1.keys }
    let counts = items.map(\.keys).sorted()
    let median = counts.isEmpty ? 0 : counts[counts.count / 2]
    let rest = items.filter { $0.keys < 10 * median || $0.keys * 20 < total }
    for item in rest { labels[item.text] = Placeholder.name.text }
    let headed = group(rest, by: Self.head) { $0 + Placeholder.name.text }
    _ = group(headed, by: Self.tail) { Placeholder.name.text + $0 }
  }

  /// What a text becomes, `nil` when it stays.
  func label(of text: String) -> String? { labels[text] }

  /// Labels that a text may be folded under, the most specific first.
  static func candidates(_ label: String, delimiter: String) -> [String] {
    let text = String(decoding: label.utf8.dropLast(delimiter.utf8.count), as: UTF8.self)
    return [
      head(text).map { $0 + Placeholder.name.text + delimiter },
      tail(text).map { Placeholder.name.text + $0 + delimiter },
      Placeholder.name.text + delimiter,
    ].compactMap { $0 }
  }

  /// Labels the groups that are large enough, and returns the items that are in none.
  private mutating func group(_ items: [Item], by word: (String) -> String?, label: (String) -> String) -> [Item] {
    let total = items.reduce(0) { $0 + $1.keys }
    var rest: [Item] = []
    for (word, group) in Dictionary(grouping: items, by: { word($0.text) }) {
      guard let word, group.count >= 5, group.reduce(0, { $0 + $1.keys }) * 20 >= total else {
        rest += group
        continue
      }
      for item in group { labels[item.text] = label(word) }
    }
    return rest
  }

  /// The first word with the punctuation after it, when something follows; no placeholder.
  private static func head(_ text: String) -> String? {
    let bytes = text.utf8
    guard let mark = bytes.firstIndex(where: { !isLetterOrDigit($0) }), mark > bytes.startIndex,
      bytes[mark] != UInt8(ascii: "{"), bytes[mark] != UInt8(ascii: "\\"), bytes.index(after: mark) < bytes.endIndex
    else { return nil }
    return String(text[...mark])
  }

  /// The last word, or placeholder, with the punctuation before it.
  private static func tail(_ text: String) -> String? {
    let bytes = text.utf8
    let isPlaceholder = bytes.last == UInt8(ascii: "}")
    guard var mark = bytes.lastIndex(where: isPlaceholder ? { $0 == UInt8(ascii: "{") } : { !isLetterOrDigit($0) }),
      mark > bytes.startIndex
    else { return nil }
    if isPlaceholder {
      mark = bytes.index(before: mark)
      if isLetterOrDigit(bytes[mark]) || mark == bytes.startIndex { return nil }
    }
    if bytes[mark] == UInt8(ascii: "\\") || bytes[mark] == UInt8(ascii: "}") { return nil }
    if bytes.index(after: mark) == bytes.endIndex { return nil }
    return String(text[mark...])
  }
}
