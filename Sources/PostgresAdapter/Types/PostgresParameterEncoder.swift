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
