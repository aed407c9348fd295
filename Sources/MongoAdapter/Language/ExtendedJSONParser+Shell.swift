internal import DBAdapterCore

/// What the shell's dialect has beyond JSON. Nothing is evaluated: a text is a value, or it is refused.
extension ExtendedJSONParser {
  /// A value that no JSON begins with.
  mutating func shellValue() throws(BSONError) -> BSONValue {
    switch peek() {
    case MongoHole.marker: return try filledHole()
    case UInt8(ascii: "'"): return .string(String(decoding: try string(), as: UTF8.self))
    case UInt8(ascii: "/"): return try regexLiteral()
    default: break
    }
    let start = position
    guard let word = takeIdentifier() else { throw failure("expected a value") }
    switch word {
    case "undefined": return .undefined
    case "NaN": return .double(.nan)
    case "Infinity": return .double(.infinity)
    case "new":
      try skipSpace()
      guard let constructor = takeIdentifier(), let value = try constructed(constructor, isNew: true) else {
        throw failure("expected one of \(Self.constructors) after new", at: start)
      }
      return value
    default:
      if let value = try constructed(word, isNew: false) { return value }
      throw failure("expected a value; \"\(word)\" is none, and JavaScript is not evaluated", at: start)
    }
  }

  /// A name in single quotes, or without quotes: letters, digits, `_` and `$`.
  mutating func shellName() throws(BSONError) -> ArraySlice<UInt8> {
    if peek() == UInt8(ascii: "'") { return try string() }
    let start = position
    while let byte = peek(), Self.isNamePart(byte) { position += 1 }
    guard position > start else { throw failure("expected a name") }
    if peek() == UInt8(ascii: ".") { throw failure("a name with a dot has to stand in quotes", at: start) }
    return text[start..<position]
  }

  static func isNamePart(_ byte: UInt8) -> Bool { isWordPart(byte) || byte >= 0x80 && byte != MongoHole.marker }

  /// Letters, digits, `_` and `$`, not beginning with a digit.
  mutating func takeIdentifier() -> String? {
    let start = position
    guard let first = peek(), Self.isNamePart(first), !isDigit(first) else { return nil }
    while let byte = peek(), Self.isNamePart(byte) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func filledHole() throws(BSONError) -> BSONValue {
    let number = nextHole + 1
    guard nextHole < holes.count else { throw failure("expected a value") }
    let value: BSONValue
    switch holes[nextHole] {
    case .value(let bound):
      do throws(BSONError) {
        value = try BSONValue(bound)
      } catch {
        throw failure("interpolated value \(number): \(error.message)")
      }
      guard !bound.hasTypedJSON else {
        throw failure(
          "interpolated value \(number): its JSON names a type, such as $regularExpression; interpolate a value of that type"
        )
      }
    case .identifier(let parts):
      guard parts.count == 1 else { throw failure("an interpolated name of several parts can only stand behind db.") }
      value = .string(parts[0])
    }
    filled.append(MongoFilledHole(number: number, value: value, path: path))
    nextHole += 1
    position += 1
    return value
  }

  /// `/pattern/flags`. A slash in brackets does not end it.
  private mutating func regexLiteral() throws(BSONError) -> BSONValue {
    let start = position
    position += 1
    var pattern: [UInt8] = []
    var isInBrackets = false
    while let byte = peek(), byte != UInt8(ascii: "/") || isInBrackets {
      guard byte >= 0x20 || byte == 0x09, byte != MongoHole.marker else {
        throw failure("the regular expression does not end in its line", at: start)
      }
      if byte == UInt8(ascii: "["), !isInBrackets {
        isInBrackets = true
      } else if byte == UInt8(ascii: "]") {
        isInBrackets = false
      }
      if byte == UInt8(ascii: "\\"), let next = peek(1), next >= 0x20, next != MongoHole.marker {
        if next != UInt8(ascii: "/") { pattern.append(byte) }
        pattern.append(next)
        position += 2
      } else {
        pattern.append(byte)
        position += 1
      }
    }
    guard take("/") else { throw failure("the regular expression does not end in its line", at: start) }
    let flags = takeIdentifier() ?? ""
    guard flags.allSatisfy({ "imsxu".contains($0) }) else {
      throw failure("the flags of a regular expression are i, m, s, x and u", at: start)
    }
    do throws(BSONError) {
      return .regex(try BSONRegex(pattern: String(decoding: pattern, as: UTF8.self), options: flags))
    } catch {
      throw failure(error.message, at: start)
    }
  }
}

extension DBValue {
  /// Whether JSON text within the value makes other types than JSON has: text from a user must not become a regular expression, which a filter
  /// would search with.
  fileprivate var hasTypedJSON: Bool {
    switch self {
    case .json(let json): (try? BSONValue(extendedJSON: json.text))?.isPlain == false
    case .array(let array): array.elements.contains { $0.hasTypedJSON }
    case .document(let document): document.fields.contains { $0.value.hasTypedJSON }
    default: false
    }
  }
}

extension BSONValue {
  /// Whether it consists of the types of JSON.
  fileprivate var isPlain: Bool {
    switch self {
    case .double, .string, .bool, .null, .int32, .int64: true
    case .document(let document): document.allSatisfy { $0.value.isPlain }
    case .array(let array): array.allSatisfy { $0.isPlain }
    default: false
    }
  }
}
