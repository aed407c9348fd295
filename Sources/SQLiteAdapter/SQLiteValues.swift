internal import DBAdapterCore

/// A value as SQLite stores it: one of five storage classes (sqlite.org/datatype3.html section 2).
enum SQLiteBinding: Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// - Parameter parameter: how an error names the value: `?1`, `:name`.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a value that no storage class holds without loss.
  init(_ value: DBValue, parameter: @autoclosure () -> String) throws(DBError) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .integer(value ? 1 : 0)
    case .int(let value): self = .integer(value)
    case .uint(let value):
      guard let signed = Int64(exactly: value) else {
        throw Self.refused(parameter(), "is \(value), and SQLite's integers end at \(Int64.max); pass it as text")
      }
      self = .integer(signed)
    case .double(let value):
      if value.isNaN { throw Self.refused(parameter(), "is NaN, which SQLite would store as NULL; pass NULL instead") }
      self = .real(value)
    case .decimal(let value): self = .text(value.description)
    case .text(let value): self = .text(value)
    case .bytes(let value): self = .blob(value.bytes)
    case .uuid(let value): self = .text(value.description)
    case .date(let value): self = .text(value.description)
    case .time(let value): self = .text(value.description)
    case .timestamp(let value): self = .text(value.description)
    case .interval(let value): self = .text(value.description)
    case .json(let value): self = .text(value.text)
    case .native(let value):
      switch value.payload {
      case .text(let text): self = .text(text)
      case .bytes(let bytes): self = .blob(bytes.bytes)
      }
    case .array: throw Self.refused(parameter(), "is an array, and SQLite has none; pass it as JSON text")
    case .document: throw Self.refused(parameter(), "is a document, and SQLite has none; pass it as JSON text")
    }
  }

  private static func refused(_ parameter: String, _ reason: String) -> DBError {
    DBError(.invalidParameter, "parameter \(parameter) \(reason)")
  }
}

/// What a declared type says about a column. SQLite does not enforce it, so values keep the class they have.
enum SQLiteDeclaredType {
  /// - Parameter declared: the type as written; empty for expressions.
  static func type(_ declared: String) -> DBType { DBType(kind(declared), nativeName: declared) }

  private static func kind(_ declared: String) -> DBType.Kind {
    guard !declared.isEmpty else { return .unknown }
    let upper = declared.uppercased()
    let name = upper.prefix { $0 != "(" }.split(separator: " ").joined(separator: " ")
    return common[name] ?? affinity(upper)
  }

  /// Names with a plain meaning, whatever affinity they have.
  private static let common: [String: DBType.Kind] = [
    "BOOLEAN": .boolean, "BOOL": .boolean, "DATE": .date, "TIME": .time, "DATETIME": .timestamp,
    "TIMESTAMP": .timestamp, "TIMESTAMPTZ": .timestamp, "TIMESTAMP WITH TIME ZONE": .timestamp,
    "TIMESTAMP WITHOUT TIME ZONE": .timestamp, "DECIMAL": .decimal, "NUMERIC": .decimal, "NUMBER": .decimal,
    "MONEY": .decimal, "UUID": .uuid, "GUID": .uuid, "UNIQUEIDENTIFIER": .uuid, "JSON": .json, "JSONB": .json,
    "INTERVAL": .interval, "BYTEA": .bytes, "BINARY": .bytes, "VARBINARY": .bytes, "STRING": .text, "ANY": .native,
  ]

  /// The rules of sqlite.org/datatype3.html section 3.1, in their order.
  private static func affinity(_ upper: String) -> DBType.Kind {
    func has(_ part: String) -> Bool { upper.contains(part) }
    if has("INT") { return .integer }
    if has("CHAR") || has("CLOB") || has("TEXT") { return .text }
    if has("BLOB") { return .bytes }
    if has("REAL") || has("FLOA") || has("DOUB") { return .float }
    return .decimal
  }
}
