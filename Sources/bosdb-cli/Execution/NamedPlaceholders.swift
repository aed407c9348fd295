/// Replaces `:name` by a numbered placeholder, for the names that were given values, outside strings, quoted names and comments.
///
/// It reads scalars, not characters: a quote followed by a combining mark is still a quote.
struct NamedPlaceholders {
  private typealias Scalars = Substring.UnicodeScalarView

  private(set) var text = ""
  private(set) var used: Set<String> = []

  /// Replaces `:name` where it is an argument of its own, as Redis' commands have them: `user:name` is a key.
  init(command: String, numbers: [String: Int]) {
    var rest = Substring(command).unicodeScalars
    var previous: Unicode.Scalar = " "
    while let first = rest.first {
      let word = rest.prefix { !$0.properties.isWhitespace && $0 != "\"" && $0 != "'" }
      if previous.properties.isWhitespace, first == ":", let number = numbers[String(word.dropFirst())],
        rest[word.endIndex...].first?.properties.isWhitespace != false
      {
        text += "$\(number)"
        used.insert(String(word.dropFirst()))
        rest = rest[word.endIndex...]
        previous = ":"
        continue
      }
      var taken = rest.prefix(1)
      if first == "\"" || first == "'" {
        var body = rest.dropFirst()
        while let next = body.first, next != first { body = body.dropFirst(next == "\\" ? 2 : 1) }
        taken = rest[..<body.dropFirst().startIndex]
      } else if !word.isEmpty {
        taken = word
      }
      text.unicodeScalars.append(contentsOf: taken)
      previous = taken.last ?? first
      rest = rest[taken.endIndex...]
    }
  }

  init(_ statement: String, numbers: [String: Int], prefix: String, nestsComments: Bool) {
    var rest = Substring(statement).unicodeScalars
    var previous: Unicode.Scalar = " "
    while let first = rest.first {
      var taken = Self.opaque(
        rest, hasEscapes: previous == "E" || previous == "e", nestsComments: nestsComments)
      if taken.isEmpty, first == ":", previous != ":" {
        let name = Self.name(rest.dropFirst())
        if let number = numbers[String(name)] {
          text += "\(prefix)\(number)"
          used.insert(String(name))
          rest = rest[name.endIndex...]
          previous = " "
          continue
        }
      }
      if taken.isEmpty { taken = rest.prefix(1) }
      text.unicodeScalars.append(contentsOf: taken)
      previous = taken.last ?? first
      rest = rest[taken.endIndex...]
    }
  }

  private static func name(_ rest: Scalars) -> Scalars {
    rest.prefix { $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" }
  }

  private static func starts(_ rest: Scalars, with text: String) -> Bool { rest.starts(with: text.unicodeScalars) }

  /// The string, quoted name or comment at the beginning, if there is one.
  private static func opaque(_ rest: Scalars, hasEscapes: Bool, nestsComments: Bool) -> Scalars {
    switch rest.first {
    case "'" where hasEscapes:
      var body = rest.dropFirst()
      while let next = body.first, next != "'" { body = body.dropFirst(next == "\\" ? 2 : 1) }
      return rest[..<body.dropFirst().startIndex]
    case "'", "\"", "`":
      let end = rest.dropFirst().firstIndex { $0 == rest.first }
      return end.map { rest[...$0] } ?? rest
    case "-" where starts(rest, with: "--"): return rest.prefix { $0 != "\n" && $0 != "\r" }
    case "/" where starts(rest, with: "/*"): return comment(rest, nests: nestsComments)
    case "$": return dollarQuoted(rest)
    default: return rest.prefix(0)
    }
  }

  private static func dollarQuoted(_ rest: Scalars) -> Scalars {
    let tag = name(rest.dropFirst())
    guard rest[tag.endIndex...].first == "$", tag.first?.properties.numericType == nil else { return rest.prefix(0) }
    let mark = "$\(String(tag))$"
    var body = rest.dropFirst(mark.unicodeScalars.count)
    while !body.isEmpty, !starts(body, with: mark) { body = body.dropFirst() }
    return rest[..<body.dropFirst(mark.unicodeScalars.count).startIndex]
  }

  private static func comment(_ rest: Scalars, nests: Bool) -> Scalars {
    var depth = 0
    var position = rest
    while !position.isEmpty {
      if starts(position, with: "/*") {
        depth = nests ? depth + 1 : 1
        position = position.dropFirst(2)
      } else if starts(position, with: "*/") {
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
