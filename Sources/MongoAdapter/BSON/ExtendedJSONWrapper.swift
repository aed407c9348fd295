internal import DBAdapterCore

/// The documents of Extended JSON v2 that stand for values of other types.
enum ExtendedJSONWrapper {
  /// Whether a document with this name first may be such a document.
  static func isName(_ name: ArraySlice<UInt8>) -> Bool { names.contains(String(decoding: name, as: UTF8.self)) }

  private static let names: Set<String> = [
    "$oid", "$symbol", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$binary", "$type", "$uuid",
    "$code",
    "$scope", "$timestamp", "$regularExpression", "$regex", "$options", "$dbPointer", "$date", "$minKey", "$maxKey",
    "$undefined",
  ]

  /// The value a document stands for; `nil` when it is a document like any other.
  /// - Throws: ``BSONError`` when it has the name of a wrapper and not its content.
  static func value(of document: BSONDocument) throws(BSONError) -> BSONValue? {
    var elements = document.makeIterator()
    guard let first = elements.next() else { return nil }
    guard elements.next() != nil else {
      if mayBeOperators.contains(first.name) { return nil }
      return try value(first.name, first.value)
    }
    let names = document.names
    // Query operators share these names, so they are wrappers only in exactly this company.
    if names == ["$regex", "$options"] || names == ["$options", "$regex"] { return try legacyRegex(document) }
    if names == ["$binary", "$type"] || names == ["$type", "$binary"] { return try legacyBinary(document) }
    if names == ["$code", "$scope"] || names == ["$scope", "$code"] { return try code(document) }
    guard !mayBeOperators.contains(first.name) else { return nil }
    throw BSONError("expected nothing beside \(first.name), and there is \"\(names[1])\"")
  }

  /// Names that stand for a value only together with another.
  private static let mayBeOperators: Set<String> = ["$regex", "$options", "$type", "$scope"]

  private static func value(_ name: String, _ content: BSONValue) throws(BSONError) -> BSONValue {
    switch (name, content) {
    case ("$oid", .string(let text)): if let id = BSONObjectID(text) { return .objectID(id) }
    case ("$symbol", .string(let text)): return .symbol(text)
    case ("$code", .string(let text)): return .code(text)
    case ("$numberInt", .string(let text)): if isInteger(text), let number = Int32(text) { return .int32(number) }
    case ("$numberLong", .string(let text)): if isInteger(text), let number = Int64(text) { return .int64(number) }
    case ("$numberDouble", .string(let text)): if let number = double(text) { return .double(number) }
    case ("$numberDecimal", .string(let text)): if let number = BSONDecimal128(text) { return .decimal128(number) }
    case ("$uuid", .string(let text)):
      if text.utf8.count == 36, let uuid = DBUUID(text), uuid.description == text.lowercased() {
        return .binary(BSONBinary(uuid))
      }
    case ("$binary", .document(let content)): if let binary = binary(content) { return .binary(binary) }
    case ("$timestamp", .document(let content)): if let timestamp = timestamp(content) { return .timestamp(timestamp) }
    case ("$regularExpression", .document(let content)):
      if content.count == 2, case .string(let pattern)? = content["pattern"],
        case .string(let options)? = content["options"]
      {
        return .regex(try BSONRegex(pattern: pattern, options: options))
      }
    case ("$dbPointer", .document(let content)):
      if content.count == 2, case .string(let namespace)? = content["$ref"], case .objectID(let id)? = content["$id"] {
        return .dbPointer(BSONDBPointer(namespace: namespace, id: id))
      }
    case ("$date", .int64(let milliseconds)): return .date(BSONDate(millisecondsSince1970: milliseconds))
    case ("$date", .int32(let milliseconds)): return .date(BSONDate(millisecondsSince1970: Int64(milliseconds)))
    case ("$date", .string(let text)): if let date = date(text) { return .date(date) }
    case ("$minKey", .int32(1)): return .minKey
    case ("$maxKey", .int32(1)): return .maxKey
    case ("$undefined", .bool(true)): return .undefined
    default: break
    }
    throw BSONError("expected \(name) with \(expectation[name] ?? "its value")")
  }

  private static let expectation = [
    "$oid": "24 hexadecimal digits in quotes", "$symbol": "a text", "$code": "a text",
    "$numberInt": "a whole number of 32 bits in quotes", "$numberLong": "a whole number of 64 bits in quotes",
    "$numberDouble": "a number, NaN, Infinity or -Infinity in quotes",
    "$numberDecimal": "a number of at most 34 digits in quotes", "$uuid": "a UUID with hyphens in quotes",
    "$binary": "{\"base64\": \"…\", \"subType\": \"00\"}", "$timestamp": "{\"t\": seconds, \"i\": increment}",
    "$regularExpression": "{\"pattern\": \"…\", \"options\": \"…\"}",
    "$dbPointer": "{\"$ref\": \"…\", \"$id\": {\"$oid\": \"…\"}}",
    "$date": "an ISO 8601 text with its zone, or milliseconds as {\"$numberLong\": \"…\"}", "$minKey": "1",
    "$maxKey": "1",
    "$undefined": "true",
  ]

  private static func isInteger(_ text: String) -> Bool { text.utf8.first != UInt8(ascii: "+") }

  /// A number as JSON writes it, or one of the three words.
  private static func double(_ text: String) -> Double? {
    switch text {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default:
      guard text.utf8.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) }), let number = Double(text),
        number.isFinite
      else { return nil }
      return number
    }
  }

  private static func binary(_ content: BSONDocument) -> BSONBinary? {
    guard content.count == 2, case .string(let base64)? = content["base64"],
      case .string(let digits)? = content["subType"],
      (1...2).contains(digits.utf8.count), let subtype = UInt8(digits, radix: 16), let bytes = Base64.bytes(of: base64)
    else { return nil }
    return BSONBinary(subtype: subtype, bytes: bytes)
  }

  /// `{"$binary": "…", "$type": "00"}` of the first version.
  private static func legacyBinary(_ document: BSONDocument) throws(BSONError) -> BSONValue {
    let subtype: UInt8? =
      switch document["$type"] {
      case .string(let digits)?: digits.utf8.first == UInt8(ascii: "+") ? nil : legacySubtype(digits)
      case .int32(let number)?: UInt8(exactly: number)
      default: nil
      }
    guard case .string(let base64)? = document["$binary"], let subtype, let bytes = Base64.bytes(of: base64) else {
      throw BSONError("expected {\"$binary\": base64, \"$type\": two hexadecimal digits}")
    }
    return .binary(BSONBinary(subtype: subtype, bytes: bytes))
  }

  /// Old writers let the sign bit of a byte run through all digits: `ffffff80`.
  private static func legacySubtype(_ digits: String) -> UInt8? {
    guard digits.utf8.count == 8, digits.lowercased().hasPrefix("ffffff") else { return UInt8(digits, radix: 16) }
    return UInt8(digits.suffix(2), radix: 16)
  }

  /// `{"$regex": "…", "$options": "…"}` of the first version; with other content it is the query operator.
  private static func legacyRegex(_ document: BSONDocument) throws(BSONError) -> BSONValue? {
    guard case .string(let pattern)? = document["$regex"], case .string(let options)? = document["$options"] else {
      return nil
    }
    return .regex(try BSONRegex(pattern: pattern, options: options))
  }

  private static func code(_ document: BSONDocument) throws(BSONError) -> BSONValue {
    guard case .string(let code)? = document["$code"], case .document(let scope)? = document["$scope"] else {
      throw BSONError("expected {\"$code\": a text, \"$scope\": a document}")
    }
    return .codeWithScope(BSONCodeWithScope(code: code, scope: scope))
  }

  private static func timestamp(_ content: BSONDocument) -> BSONTimestamp? {
    guard content.count == 2, let seconds = content["t"].flatMap({ unsigned($0) }),
      let increment = content["i"].flatMap({ unsigned($0) })
    else { return nil }
    return BSONTimestamp(seconds: seconds, increment: increment)
  }

  private static func unsigned(_ value: BSONValue) -> UInt32? {
    switch value {
    case .int32(let number): UInt32(exactly: number)
    case .int64(let number): UInt32(exactly: number)
    default: nil
    }
  }

  /// ISO 8601 with date, time and zone. Digits below the millisecond are cut off.
  static func date(_ text: String) -> BSONDate? {
    guard let timestamp = DBTimestamp(text), timestamp.hasZone else { return nil }
    return BSONDate(timestamp)
  }
}
