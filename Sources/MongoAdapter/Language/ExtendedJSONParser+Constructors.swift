internal import DBAdapterCore

extension ExtendedJSONParser {
  static let constructors =
    "ObjectId, ISODate, new Date, NumberInt, NumberLong, NumberDecimal, Timestamp, UUID, BinData, HexData, RegExp, Code, MinKey, MaxKey"

  /// The value of a constructor whose name was read; `nil` when there is none of that name.
  mutating func constructed(_ name: String, isNew: Bool) throws(BSONError) -> BSONValue? {
    let start = position - name.utf8.count
    if name == "MinKey" || name == "MaxKey" {
      let arguments = try constructorArguments() ?? []
      guard arguments.isEmpty else { throw failure("\(name) takes no arguments", at: start) }
      return name == "MinKey" ? .minKey : .maxKey
    }
    guard let expected = Self.expectedArguments[name] else { return nil }
    guard let arguments = try constructorArguments() else { throw failure("expected '(' after \(name)") }
    if name == "Date", !isNew { throw failure("write new Date(…) or ISODate(…) for a date", at: start) }
    do throws(BSONError) {
      if let value = try Self.value(name, arguments) { return value }
    } catch {
      throw failure(error.message, at: start)
    }
    throw failure("expected \(name)(\(expected))", at: start)
  }

  /// Texts and numbers between parentheses; `nil` when no parenthesis follows.
  private mutating func constructorArguments() throws(BSONError) -> [BSONValue]? {
    let start = position
    try skipSpace()
    guard take("(") else {
      position = start
      return nil
    }
    var arguments: [BSONValue] = []
    try skipSpace()
    if take(")") { return arguments }
    repeat {
      try skipSpace()
      switch peek() {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        arguments.append(.string(String(decoding: try string(), as: UTF8.self)))
      case MongoHole.marker:
        throw failure(
          "an interpolated value stands in a constructor; interpolate the whole value, such as a BSONObjectID")
      default: arguments.append(try number())
      }
      try skipSpace()
    } while take(",")
    guard take(")") else { throw failure("expected ',' or ')'") }
    return arguments
  }

  private static let expectedArguments: [String: String] = [
    "ObjectId": "24 hexadecimal digits in quotes", "ObjectID": "24 hexadecimal digits in quotes",
    "ISODate": "an ISO 8601 text", "Date": "an ISO 8601 text or milliseconds", "NumberInt": "a whole number of 32 bits",
    "Int32": "a whole number of 32 bits", "NumberLong": "a whole number of 64 bits",
    "Long": "a whole number of 64 bits",
    "NumberDouble": "a number", "Double": "a number", "NumberDecimal": "a number in quotes",
    "Decimal128": "a number in quotes",
    "Timestamp": "seconds, increment", "UUID": "a UUID in quotes", "BinData": "subtype, base64 in quotes",
    "HexData": "subtype, hexadecimal digits in quotes", "RegExp": "a pattern, flags", "Code": "a text",
  ]

  private static func value(_ name: String, _ arguments: [BSONValue]) throws(BSONError) -> BSONValue? {
    switch name {
    case "ObjectId", "ObjectID":
      if arguments.isEmpty { return .objectID(BSONObjectID()) }
      if case .string(let text)? = only(arguments) { return BSONObjectID(text).map { .objectID($0) } }
    case "ISODate", "Date":
      if arguments.isEmpty { return BSONDate(.now()).map { .date($0) } }
      if case .string(let text)? = only(arguments) { return date(text).map { .date($0) } }
      if name == "Date" { return whole(only(arguments)).map { .date(BSONDate(millisecondsSince1970: $0)) } }
    case "NumberInt", "Int32": return whole(only(arguments)).flatMap { Int32(exactly: $0) }.map { .int32($0) }
    case "NumberLong", "Long": return whole(only(arguments)).map { .int64($0) }
    case "NumberDouble", "Double": return double(only(arguments)).map { .double($0) }
    case "NumberDecimal", "Decimal128": return decimal(only(arguments)).map { .decimal128($0) }
    case "Timestamp":
      guard arguments.count == 2, let seconds = whole(arguments[0]).flatMap({ UInt32(exactly: $0) }),
        let increment = whole(arguments[1]).flatMap({ UInt32(exactly: $0) })
      else { return nil }
      return .timestamp(BSONTimestamp(seconds: seconds, increment: increment))
    case "UUID":
      if arguments.isEmpty { return .binary(BSONBinary(.random())) }
      if case .string(let text)? = only(arguments) { return DBUUID(text).map { .binary(BSONBinary($0)) } }
    case "BinData", "HexData":
      guard arguments.count == 2, let subtype = whole(arguments[0]).flatMap({ UInt8(exactly: $0) }),
        case .string(let text) = arguments[1],
        let bytes = name == "BinData" ? Base64.bytes(of: text) : DBBytes(hexadecimal: text)?.bytes
      else { return nil }
      return .binary(BSONBinary(subtype: subtype, bytes: bytes))
    case "RegExp":
      guard case .string(let pattern)? = arguments.first, arguments.count <= 2 else { return nil }
      if arguments.count == 1 { return .regex(try BSONRegex(pattern: pattern)) }
      if case .string(let flags) = arguments[1] { return .regex(try BSONRegex(pattern: pattern, options: flags)) }
    case "Code": if case .string(let code)? = only(arguments) { return .code(code) }
    default: break
    }
    return nil
  }

  private static func only(_ arguments: [BSONValue]) -> BSONValue? { arguments.count == 1 ? arguments[0] : nil }

  private static func whole(_ value: BSONValue?) -> Int64? {
    switch value {
    case .int32(let number)?: Int64(number)
    case .int64(let number)?: number
    case .string(let text)?: Int64(text)
    default: nil
    }
  }

  private static func double(_ value: BSONValue?) -> Double? {
    switch value {
    case .int32(let number)?: Double(number)
    case .double(let number)?: number
    case .string(let text)?: Double(text)
    default: nil
    }
  }

  /// Whole numbers may stand without quotes; others would pass through a double.
  private static func decimal(_ value: BSONValue?) -> BSONDecimal128? {
    switch value {
    case .string(let text)?: BSONDecimal128(text)
    default: whole(value).flatMap { BSONDecimal128(String($0)) }
    }
  }

  /// A moment, or the midnight of a day in UTC.
  private static func date(_ text: String) -> BSONDate? {
    if let day = DBDate(text), day.isFinite {
      return BSONDate(millisecondsSince1970: Int64(day.daysSinceUnixEpoch) * 86_400_000)
    }
    return ExtendedJSONWrapper.date(text)
  }
}
