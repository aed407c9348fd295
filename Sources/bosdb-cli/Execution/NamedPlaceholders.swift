/// Replaces `:name` by a numbered placeholder, for the names that were given values, outside strings, quoted names and comments.
struct NamedPlaceholders {
  private(set) var text = ""
  private(set) var used: Set<String> = []

  init(_ statement: String, numbers: [String: Int], prefix: String) {
    var rest = statement[...]
    var previous: Character = " "
    while let first = rest.first {
      var taken = Self.opaque(rest, hasEscapes: previous == "E" || previous == "e")
      if taken.isEmpty, first == ":", previous != ":" {
        let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if let number = numbers[String(name)] {
          text += "\(prefix)\(number)"
          used.insert(String(name))
          rest = rest[name.endIndex...]
          previous = " "
          continue
        }
      }
      if taken.isEmpty { taken = rest.prefix(1) }
      text += taken
      previous = taken.last ?? first
      rest = rest[taken.endIndex...]
    }
  }

  /// The string, quoted name or comment at the beginning, if there is one.
  private static func opaque(_ rest: Substring, hasEscapes: Bool) -> Substring {
    switch rest.first {
    case "'" where hasEscapes:
      var body = rest.dropFirst()
      while let next = body.first, next != "'" { body = body.dropFirst(next == "\\" ? 2 : 1) }
      return rest[..<body.dropFirst().startIndex]
    case "'", "\"", "`":
      guard let quote = rest.first else { return rest.prefix(0) }
      let end = rest.dropFirst().firstIndex(of: quote)
      return end.map { rest[...$0] } ?? rest
    case "-" where rest.hasPrefix("--"): return rest.prefix { !$0.isNewline }
    case "/" where rest.hasPrefix("/*"): return comment(rest)
    case "$":
      let tag = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      guard rest[tag.endIndex...].hasPrefix("$"), tag.first?.isNumber != true else { return rest.prefix(0) }
      let mark = "$\(tag)$"
      var body = rest.dropFirst(mark.count)
      while !body.isEmpty, !body.hasPrefix(mark) { body = body.dropFirst() }
      return rest[..<body.dropFirst(mark.count).startIndex]
    default: return rest.prefix(0)
    }
  }

  /// Comments nest.
  private static func comment(_ rest: Substring) -> Substring {
    var depth = 0
    var position = rest
    while !position.isEmpty {
      if position.hasPrefix("/*") {
        depth += 1
        position = position.dropFirst(2)
      } else if position.hasPrefix("*/") {
        depth -= 1
        position = position.dropFirst(2)
        if depth == 0 { break }
      } else {
        position = position.dropFirst()
      }
    }
    return rest[..<position.startIndex]
  }
}
