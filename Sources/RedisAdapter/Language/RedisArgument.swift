internal import DBAdapterCore

/// A value as the bytes of one argument.
enum RedisArgument {
  /// Text and bytes as they are, numbers in decimal digits (`inf` and `-inf` for the infinities), all else as its text: dates and times in
  /// ISO 8601, JSON as it is.
  /// - Parameter name: what the error calls the value: `parameter 2`.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for what Redis has no argument for: null, truth values, NaN, lists, documents.
  static func append(
    _ value: DBValue, to target: inout [UInt8], named name: @autoclosure () -> String
  ) throws(DBError) {
    switch value {
    case .text(let text): target.append(contentsOf: text.utf8)
    case .bytes(let bytes): target.append(contentsOf: bytes.bytes)
    case .int(let number): target.append(contentsOf: String(number).utf8)
    case .uint(let number): target.append(contentsOf: String(number).utf8)
    case .double(let number):
      if number.isNaN { throw refused(name(), "NaN is no number to Redis") }
      target.append(contentsOf: number.isInfinite ? (number < 0 ? "-inf" : "inf").utf8 : DBValue.text(of: number).utf8)
    case .decimal(let number):
      if number.isNaN { throw refused(name(), "NaN is no number to Redis") }
      target.append(
        contentsOf: number.isFinite ? number.description.utf8 : (number == .negativeInfinity ? "-inf" : "inf").utf8)
    case .uuid, .date, .time, .timestamp, .interval: target.append(contentsOf: value.description.utf8)
    case .json(let json): target.append(contentsOf: json.text.utf8)
    case .native(let native):
      switch native.payload {
      case .text(let text): target.append(contentsOf: text.utf8)
      case .bytes(let bytes): target.append(contentsOf: bytes.bytes)
      }
    case .null: throw refused(name(), "Redis has no null; leave the argument out, or pass an empty text")
    case .bool: throw refused(name(), "Redis has no truth values; pass 1 and 0, or the text you mean")
    case .array: throw refused(name(), "a list is not one argument; spread it into a .command, one element an argument")
    case .document:
      throw refused(name(), "a document is not one argument; pass its JSON text, or its fields one by one")
    }
  }

  private static func refused(_ name: String, _ reason: String) -> DBError {
    DBError(.invalidParameter, "\(name): \(reason)")
  }
}
