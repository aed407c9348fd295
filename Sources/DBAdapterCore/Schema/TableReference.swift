/// A table by name, with its schema when it is known.
public struct TableReference: Sendable, Hashable, CustomStringConvertible {
  public var schema: String?
  public var name: String

  public init(schema: String? = nil, name: String) {
    self.schema = schema
    self.name = name
  }

  /// Reads `table` or `schema.table`; a part with a dot or quotes in it is written in double quotes: `"my.schema"."a ""b"""`.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when a quote does not close or there are more than two parts.
  public init(_ text: String) throws(DBError) {
    var parts: [String] = [""]
    var isQuoted = false
    var characters = text[...]
    while let character = characters.popFirst() {
      switch character {
      case "\"" where isQuoted && characters.first == "\"":
        parts[parts.count - 1].append("\"")
        characters = characters.dropFirst()
      case "\"": isQuoted.toggle()
      case "." where !isQuoted: parts.append("")
      default: parts[parts.count - 1].append(character)
      }
    }
    guard !isQuoted, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw DBError(.invalidParameter, "\"\(text)\" names no table; write table, schema.table or \"quoted.name\"")
    }
    self.init(schema: parts.count == 2 ? parts[0] : nil, name: parts[parts.count - 1])
  }

  public var description: String { schema.map { "\($0).\(name)" } ?? name }
}
