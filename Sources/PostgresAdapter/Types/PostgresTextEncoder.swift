internal import DBAdapterCore

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
