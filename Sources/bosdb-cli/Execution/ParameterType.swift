internal import DBAdapterCore

/// The types a value on the command line can be given.
enum ParameterType: String, CaseIterable {
  case int, float, decimal, text, bool, bytes, uuid, date, time, timestamp, json, null

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// The value of a text, or `nil` when the text is not one of the type.
  func value(of text: String) -> DBValue? {
    switch self {
    case .int: return Int64(text).map { .int($0) } ?? UInt64(text).map { .uint($0) }
    case .float:
      switch text.lowercased() {
      case "nan": return .double(.nan)
      case "infinity", "inf": return .double(.infinity)
      case "-infinity", "-inf": return .double(-.infinity)
      default: return Double(text).map { .double($0) }
      }
    case .decimal: return DBDecimal(text).map { .decimal($0) }
    case .text: return .text(text)
    case .bool:
      switch text.lowercased() {
      case "true", "t", "yes", "on", "1": return .bool(true)
      case "false", "f", "no", "off", "0": return .bool(false)
      default: return nil
      }
    case .bytes: return DBBytes(hexadecimal: text).map { .bytes($0) }
    case .uuid: return DBUUID(text).map { .uuid($0) }
    case .date: return DBDate(text).map { .date($0) }
    case .time: return DBTime(text).map { .time($0) }
    case .timestamp: return DBTimestamp(text).map { .timestamp($0) }
    case .json:
      let json = DBJSON(text)
      return (try? json.parsed()) == nil ? nil : .json(json)
    case .null: return text.isEmpty ? .null : nil
    }
  }
}
