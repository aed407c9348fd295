/// Names of fields as Swift names.
enum SwiftNames {
  /// `postal_code` as `postalCode`, `_id` as `id`, `2nd` as `_2nd`.
  static func property(_ name: String) -> String {
    let words = words(of: name)
    guard let first = words.first else { return "field" }
    let text = lowered(first) + words.dropFirst().map(capitalized).joined()
    let start = text.first?.isNumber == true ? "_" + text : text
    return taken.contains(start) ? start + "Field" : start
  }

  /// `postal_code` as `PostalCode`; what Swift or the structures themselves use is followed by `Value`.
  static func type(_ name: String) -> String {
    let text = words(of: name).map(capitalized).joined()
    if text.isEmpty { return "Field" }
    let start = text.first?.isNumber == true ? "_" + text : text
    return usedTypes.contains(start) ? start + "Value" : start
  }

  /// What one of many is called: `items` as `item`, `companies` as `company`, `boxes` as `box`.
  static func singular(_ name: String) -> String {
    let lower = name.lowercased()
    if lower.hasSuffix("series") { return name }
    if lower.hasSuffix("ies"), lower.count > 4 { return name.dropLast(3) + "y" }
    if ["sses", "xes", "ches", "shes"].contains(where: lower.hasSuffix) { return String(name.dropLast(2)) }
    if lower.hasSuffix("s"), !lower.hasSuffix("ss"), !lower.hasSuffix("us"), lower.count > 2 {
      return String(name.dropLast())
    }
    return name
  }

  /// The name where it is not taken yet, otherwise with the first number that makes it so.
  static func unused(_ name: String, _ used: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !used.insert(candidate).inserted {
      candidate = "\(name)\(number)"
      number += 1
    }
    return candidate
  }

  /// In backticks where Swift has the word for itself.
  static func escaped(_ name: String) -> String { reserved.contains(name) ? "`\(name)`" : name }

  /// A literal of a text.
  static func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\" + String(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        literal += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }

  private static func words(of name: String) -> [Substring] {
    name.split { !$0.isLetter && !($0.isASCII && $0.isNumber) }
  }

  /// The first word: its capitals up to the beginning of the next one.
  private static func lowered(_ word: Substring) -> String {
    let capitals = word.prefix { $0.isUppercase }
    if capitals.count == word.count || capitals.count <= 1 {
      return capitals.lowercased() + word.dropFirst(capitals.count)
    }
    let isBeforeLetter = word.dropFirst(capitals.count).first?.isLetter == true
    let count = isBeforeLetter ? capitals.count - 1 : capitals.count
    return word.prefix(count).lowercased() + word.dropFirst(count)
  }

  private static func capitalized(_ word: Substring) -> String {
    let isLoud = word.count > 1 && word.contains(where: \.isLetter) && !word.contains(where: \.isLowercase)
    return word.prefix(1).uppercased() + (isLoud ? word.dropFirst().lowercased() : String(word.dropFirst()))
  }

  /// Names of members that no property can have, in backticks or not.
  private static let taken: Set<String> = ["self", "hashValue", "init"]

  private static let usedTypes: Set<String> = [
    "Any", "AnyObject", "Array", "BSONDBPointer", "BSONObjectID", "BSONRegex", "BSONTimestamp", "BSONValue", "Bool",
    "Codable", "CodingKey", "CodingKeys", "DBBytes", "DBDecimal", "DBTimestamp", "DBUUID", "Decodable", "Decoder",
    "DecodingError", "Dictionary", "Double", "Encodable", "Encoder", "Equatable", "Error", "Hashable", "Hasher", "Int",
    "Never", "Optional", "Protocol", "Self", "Sendable", "Set", "String", "Type", "Void",
  ]

  private static let reserved: Set<String> = [
    "actor", "any", "as", "associatedtype", "await", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if",
    "import", "in", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol",
    "public", "repeat", "rethrows", "return", "static", "struct", "subscript", "super", "switch", "throw", "throws",
    "true", "try", "typealias", "var", "where", "while",
  ]
}
