internal import DBAdapterCore

/// Reads array literals `{1,"a b",NULL}` and record literals `(1,"a ""b""",)` (PostgreSQL documentation 8.15.6 and 8.16.6).
///
/// Scalar by scalar: to Swift a quote followed by a combining mark is another character.
struct PostgresLiteralParser {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = text[...].unicodeScalars }

  mutating func array(_ element: (String?) -> DBValue) -> DBArray? {
    var bounds: [Int] = []
    if rest.first == "[" {
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      bounds = rest[..<equals].split(separator: "]").compactMap { Int(String($0.dropFirst().prefix { $0 != ":" })) }
      rest = rest[rest.index(after: equals)...]
    }
    let array = braces(bounds[...], element)
    return rest.isEmpty ? array : nil
  }

  private mutating func braces(_ bounds: ArraySlice<Int>, _ element: (String?) -> DBValue) -> DBArray? {
    guard take("{") else { return nil }
    var values: [DBValue] = []
    if take("}") { return DBArray([], lowerBound: bounds.first ?? 1) }
    repeat {
      if rest.first == "{" {
        guard let inner = braces(bounds.dropFirst(), element) else { return nil }
        values.append(.array(inner))
      } else {
        let isQuoted = rest.first == "\""
        guard let text = item(until: [",", "}"]) else { return nil }
        values.append(element(!isQuoted && text == "NULL" ? nil : text))
      }
    } while take(",")
    return take("}") ? DBArray(values, lowerBound: bounds.first ?? 1) : nil
  }

  /// The fields of a record; an empty one is null.
  mutating func record() -> [String?]? {
    guard take("(") else { return nil }
    var fields: [String?] = []
    repeat {
      if rest.first == "," || rest.first == ")" {
        fields.append(nil)
      } else {
        guard let text = item(until: [",", ")"]) else { return nil }
        fields.append(text)
      }
    } while take(",")
    return take(")") && rest.isEmpty ? fields : nil
  }

  private mutating func item(until terminators: Set<Unicode.Scalar>) -> String? {
    var text = String.UnicodeScalarView()
    var isQuoted = false
    while let character = rest.first {
      if !isQuoted, terminators.contains(character) { return String(text) }
      rest.removeFirst()
      switch character {
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        text.append(escaped)
      case "\"" where isQuoted && rest.first == "\"":
        text.append("\"")
        rest.removeFirst()
      case "\"": isQuoted.toggle()
      default: text.append(character)
      }
    }
    return nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }
}
