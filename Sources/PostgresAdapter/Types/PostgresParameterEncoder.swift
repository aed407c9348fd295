internal import DBAdapterCore

/// Makes wire parameters of values, by the types the server wants for a statement's placeholders.
struct PostgresParameterEncoder {
  private var parameters = PGParameters()

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the parameter, what it is and what the statement wants.
  static func encode(_ values: [DBValue], as types: [PostgresType]) throws(DBError) -> PGParameters {
    guard values.count == types.count else {
      throw DBError(
        .invalidParameter,
        "the statement has \(count(types.count, "parameter")) and \(count(values.count, "value")) \(values.count == 1 ? "was" : "were") given"
      )
    }
    var encoder = PostgresParameterEncoder()
    for (index, (value, type)) in zip(values, types).enumerated() {
      guard encoder.append(value, type) else {
        let detail =
          if case .text(let text) = value, text.utf8.contains(0) { ": it contains a NUL character" } else { "" }
        throw DBError(
          .invalidParameter,
          "parameter $\(index + 1) is a value of kind \(value.kindName), which cannot become \(type.name)\(detail)")
      }
    }
    guard encoder.parameters.isWithinLimits else {
      throw DBError(.invalidParameter, "a parameter is larger than the 1 GiB that PostgreSQL takes")
    }
    return encoder.parameters
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private mutating func append(_ value: DBValue, _ type: PostgresType) -> Bool {
    if value.isNull {
      parameters.appendNull()
      return true
    }
    var bytes: [UInt8] = []
    if PostgresBinaryEncoder.encode(value, type, into: &bytes) {
      parameters.append(binary: { $0 += bytes })
      return true
    }
    guard let text = PostgresTextEncoder.text(value, for: type), !text.utf8.contains(0) else { return false }
    parameters.append(text: text)
    return true
  }
}

/// Writes values in PostgreSQL's binary format.
enum PostgresBinaryEncoder {
  /// - Returns: `false` when the value has no exact binary form in the type.
  static func encode(_ value: DBValue, _ type: PostgresType, into bytes: inout [UInt8]) -> Bool {
    switch type.shape {
    case .scalar(let scalar): return encode(value, scalar, into: &bytes)
    case .domain(let base): return encode(value, base, into: &bytes)
    case .enumeration: return encode(value, .text, into: &bytes)
    case .array(let element):
      guard case .array(let array) = value else { return false }
      return encode(array, of: element, into: &bytes)
    case .composite(let fields):
      guard case .document(let document) = value else { return false }
      return encode(document, fields, into: &bytes)
    case .range, .opaque: return false
    }
  }

  private static func encode(_ value: DBValue, _ scalar: PostgresType.Scalar, into bytes: inout [UInt8]) -> Bool {
    switch (scalar, value) {
    case (.bool, .bool(let value)): bytes.append(value ? 1 : 0)
    case (.int2, _), (.int4, _), (.int8, _), (.unsigned32, _):
      guard let number = integer(value) else { return false }
      return append(number, scalar, into: &bytes)
    case (.float8, _):
      guard let number = double(value) else { return false }
      bytes.append(bigEndian: number.bitPattern)
    case (.float4, _):
      guard let number = double(value), number.isNaN || Double(Float(number)) == number else { return false }
      bytes.append(bigEndian: Float(number).bitPattern)
    case (.numeric, _):
      guard let decimal = decimal(value) else { return false }
      PostgresNumeric.encode(decimal, into: &bytes)
    case (.text, .text(let text)):
      guard !text.utf8.contains(0) else { return false }
      bytes += text.utf8
    case (.bytea, .bytes(let value)): bytes += value.bytes
    case (.uuid, .uuid(let value)):
      bytes.append(bigEndian: value.high)
      bytes.append(bigEndian: value.low)
    case (.date, .date(let value)): bytes.append(bigEndian: daysSince2000(value))
    case (.time, .time(let value)) where value.utcOffsetSeconds == nil: bytes.append(bigEndian: value.microseconds)
    case (.timetz, .time(let value)):
      guard let offset = value.utcOffsetSeconds else { return false }
      bytes.append(bigEndian: value.microseconds)
      bytes.append(bigEndian: -offset)
    case (.timestamp, .timestamp(let value)) where !value.hasZone: bytes.append(bigEndian: value.microsecondsSince2000)
    case (.timestamptz, .timestamp(let value)) where value.hasZone: bytes.append(bigEndian: value.microsecondsSince2000)
    case (.interval, .interval(let value)):
      bytes.append(bigEndian: value.microseconds)
      bytes.append(bigEndian: value.days)
      bytes.append(bigEndian: value.months)
    case (.json, .json(let value)): bytes += value.text.utf8
    case (.jsonb, .json(let value)):
      bytes.append(1)
      bytes += value.text.utf8
    default: return false
    }
    return true
  }

  // MARK: Numbers

  private static func integer(_ value: DBValue) -> Int64? {
    switch value {
    case .int(let number): number
    case .uint(let number): Int64(exactly: number)
    case .decimal(let decimal): Int64(exactly: decimal)
    case .text(let text): Int64(text.trimmed)
    default: nil
    }
  }

  private static func append(_ number: Int64, _ scalar: PostgresType.Scalar, into bytes: inout [UInt8]) -> Bool {
    switch scalar {
    case .int2:
      guard let narrow = Int16(exactly: number) else { return false }
      bytes.append(bigEndian: narrow)
    case .int4:
      guard let narrow = Int32(exactly: number) else { return false }
      bytes.append(bigEndian: narrow)
    case .unsigned32:
      guard let narrow = UInt32(exactly: number) else { return false }
      bytes.append(bigEndian: narrow)
    default: bytes.append(bigEndian: number)
    }
    return true
  }

  private static func double(_ value: DBValue) -> Double? {
    switch value {
    case .double(let number): number
    case .int(let number): Double(exactly: number)
    default: nil
    }
  }

  private static func decimal(_ value: DBValue) -> DBDecimal? {
    switch value {
    case .decimal(let decimal): decimal
    case .int(let number): DBDecimal(number)
    case .uint(let number): DBDecimal(number)
    case .double(let number): DBDecimal(DBValue.text(of: number))
    case .text(let text): DBDecimal(text.trimmed)
    default: nil
    }
  }

  private static func daysSince2000(_ date: DBDate) -> Int32 {
    date.isFinite
      ? date.daysSinceUnixEpoch &- Int32(CivilCalendar.daysFrom1970To2000)
      : date.daysSinceUnixEpoch
  }

  // MARK: Arrays and composites

  private static func encode(_ array: DBArray, of element: PostgresType, into bytes: inout [UInt8]) -> Bool {
    var dimensions: [(size: Int, lowerBound: Int)] = []
    var level = array
    while !level.elements.isEmpty {
      dimensions.append((level.elements.count, level.lowerBound))
      guard case .array(let inner)? = level.elements.first else { break }
      level = inner
    }
    bytes.append(bigEndian: Int32(dimensions.count))
    bytes.append(bigEndian: Int32(1))
    bytes.append(bigEndian: element.oid)
    for dimension in dimensions {
      bytes.append(bigEndian: Int32(dimension.size))
      bytes.append(bigEndian: Int32(truncatingIfNeeded: dimension.lowerBound))
    }
    return encode(elementsOf: array, dimensions[...], element, into: &bytes)
  }

  private static func encode(
    elementsOf array: DBArray, _ dimensions: ArraySlice<(size: Int, lowerBound: Int)>, _ element: PostgresType,
    into bytes: inout [UInt8]
  ) -> Bool {
    // Arrays of PostgreSQL are rectangular.
    guard array.elements.count == dimensions.first?.size ?? 0 else { return false }
    return array.elements.allSatisfy { value in
      if dimensions.count > 1 {
        guard case .array(let inner) = value else { return false }
        return encode(elementsOf: inner, dimensions.dropFirst(), element, into: &bytes)
      }
      return appendSized(value, element, into: &bytes)
    }
  }

  private static func encode(_ document: DBDocument, _ fields: [PostgresType.Field], into bytes: inout [UInt8]) -> Bool
  {
    guard document.fields.count == fields.count else { return false }
    bytes.append(bigEndian: Int32(fields.count))
    return zip(document.fields, fields).allSatisfy { given, wanted in
      bytes.append(bigEndian: wanted.type.oid)
      return appendSized(given.value, wanted.type, into: &bytes)
    }
  }

  private static func appendSized(_ value: DBValue, _ type: PostgresType, into bytes: inout [UInt8]) -> Bool {
    if value.isNull {
      bytes.append(bigEndian: Int32(-1))
      return true
    }
    var inner: [UInt8] = []
    guard encode(value, type, into: &inner) else { return false }
    bytes.append(bigEndian: Int32(inner.count))
    bytes += inner
    return true
  }
}

/// Writes values as text that the server's input functions read.
enum PostgresTextEncoder {
  /// - Returns: `nil` when the value cannot be meant for the type.
  static func text(_ value: DBValue, for type: PostgresType) -> String? {
    switch value {
    case .text(let text): return isPlausible(text, for: type) ? text : nil
    case .native(let native): return native.text
    case .json(let json): return isTextual(type) || isOpaque(type) ? json.text : nil
    case .uuid, .date, .time, .timestamp, .interval:
      return isTextual(type) || isTemporal(type) ? value.description : nil
    case .int, .uint, .decimal, .double, .bool: return isTextual(type) || isOpaque(type) ? value.description : nil
    case .bytes(let bytes): return isOpaque(type) ? bytes.description : nil
    case .array(let array):
      guard case .array(let element) = type.shape else { return nil }
      return literal(array, element)
    case .null, .document: return nil
    }
  }

  /// Catches what the server would refuse without naming the parameter.
  private static func isPlausible(_ text: String, for type: PostgresType) -> Bool {
    switch type.shape {
    case .scalar(.int2), .scalar(.int4), .scalar(.int8), .scalar(.unsigned32), .scalar(.numeric): false
    case .scalar(.float4), .scalar(.float8): Double(text.trimmed) != nil || DBDecimal(text.trimmed) != nil
    case .scalar(.bool):
      ["t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"].contains(text.lowercased())
    case .scalar(.uuid): DBUUID(text) != nil
    case .domain(let base): isPlausible(text, for: base)
    default: true
    }
  }

  private static func isTextual(_ type: PostgresType) -> Bool {
    switch type.shape {
    case .scalar(.text), .enumeration: true
    case .domain(let base): isTextual(base)
    default: false
    }
  }

  private static func isTemporal(_ type: PostgresType) -> Bool {
    switch type.shape {
    case .scalar(.date), .scalar(.time), .scalar(.timetz), .scalar(.timestamp), .scalar(.timestamptz),
      .scalar(.interval):
      true
    case .domain(let base): isTemporal(base)
    default: false
    }
  }

  private static func isOpaque(_ type: PostgresType) -> Bool {
    if case .opaque = type.shape { true } else { false }
  }

  private static func literal(_ array: DBArray, _ element: PostgresType) -> String? {
    var items: [String] = []
    for value in array.elements {
      switch value {
      case .null: items.append("NULL")
      case .array(let inner):
        guard let text = literal(inner, element) else { return nil }
        items.append(text)
      default:
        guard let text = text(value, for: element) else { return nil }
        items.append(quoted(text))
      }
    }
    let bound = array.lowerBound == 1 ? "" : "[\(array.lowerBound):\(array.lowerBound + array.elements.count - 1)]="
    return bound + "{" + items.joined(separator: ",") + "}"
  }

  /// Scalar by scalar: a quote followed by a combining mark still ends an element.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    result.unicodeScalars.append("\"")
    return result
  }
}
