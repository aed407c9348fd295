/// JSON text exactly as received: spacing, key order, duplicate keys and digits are the server's.
public struct DBJSON: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  /// Keeps the text as it is; it is not checked.
  public init(_ text: String) { self.text = text }

  public var description: String { text }

  /// Parses the text (RFC 8259) into documents, arrays and scalars. Whole numbers that fit become ``DBValue/int(_:)``, all
  /// others ``DBValue/decimal(_:)``, so that no digit is lost; a number with an exponent beyond 400 stays text (``DBValue/native(_:)``).
  /// - Throws: ``DecodeFailure`` with the byte offset of the first character that is not JSON, or at a nesting above 512.
  public func parsed() throws(DecodeFailure) -> DBValue {
    var parser = JSONParser(text)
    return try parser.document()
  }
}

struct JSONParser {
  private static let maximumDepth = 512
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func document() throws(DecodeFailure) -> DBValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("text after the end of the value") }
    return value
  }

  private mutating func value(depth: Int) throws(DecodeFailure) -> DBValue {
    guard depth <= Self.maximumDepth else { throw failure("nesting deeper than \(Self.maximumDepth)") }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(DecodeFailure) -> DBValue {
    position += 1
    var fields: [DBDocument.Field] = []
    skipSpace()
    if take("}") { return .document(DBDocument()) }
    repeat {
      skipSpace()
      let name = try string()
      skipSpace()
      guard take(":") else { throw failure("expected ':'") }
      fields.append(DBDocument.Field(name, try value(depth: depth + 1)))
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("expected ',' or '}'") }
    return .document(DBDocument(fields))
  }

  private mutating func array(depth: Int) throws(DecodeFailure) -> DBValue {
    position += 1
    var elements: [DBValue] = []
    skipSpace()
    if take("]") { return .array(DBArray([])) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("expected ',' or ']'") }
    return .array(DBArray(elements))
  }

  private mutating func string() throws(DecodeFailure) -> String {
    guard take("\"") else { throw failure("expected a string") }
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw failure("control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("the string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(DecodeFailure) {
    guard let byte = peek() else { throw failure("the escape does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var code = try unicodeUnit()
      if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: "\\u".utf8) {
        let afterHigh = position
        position += 2
        let low = try unicodeUnit()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position = afterHigh
        }
      }
      text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    default: throw failure("unknown escape")
    }
  }

  private mutating func unicodeUnit() throws(DecodeFailure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = hexadecimalValue(byte) else {
        throw failure("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func number() throws(DecodeFailure) -> DBValue {
    let start = position
    guard skipNumber() else {
      position = start
      throw failure("expected a value")
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let whole = Int64(text) { return .int(whole) }
    // `1e147455` is eight bytes of text and 147,455 digits: what would grow so much stays text.
    guard Self.isModest(text), let decimal = DBDecimal(text) else {
      return .native(DBNative(typeName: "number", text: text))
    }
    return .decimal(decimal)
  }

  private static let largestExponent = 400

  private static func isModest(_ number: String) -> Bool {
    guard let mark = number.utf8.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return true }
    return Int(number[number.utf8.index(after: mark)...]).map { abs($0) <= largestExponent } ?? false
  }

  /// `-`, digits without a leading zero, a fraction, an exponent.
  private mutating func skipNumber() -> Bool {
    _ = take("-")
    if !take("0"), !skipDigits() { return false }
    if take("."), !skipDigits() { return false }
    guard take("e") || take("E") else { return true }
    _ = take("+") || take("-")
    return skipDigits()
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = peek(), isDigit(byte) { position += 1 }
    return position > start
  }

  private mutating func word(_ text: String, _ value: DBValue) throws(DecodeFailure) -> DBValue {
    guard bytes[position...].starts(with: text.utf8) else { throw failure("expected a value") }
    position += text.utf8.count
    return value
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func failure(_ reason: String) -> DecodeFailure {
    DecodeFailure(wanted: "JSON", found: "text", detail: "\(reason) at byte \(position)")
  }
}
