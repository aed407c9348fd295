extension InferredSchema {
  /// Swift source with a `Codable` structure for the documents, and nested ones for what is inside them.
  ///
  /// A field is optional where it was missing or null in a document that was read. `int` and `long` are `Int`, and with
  /// `double` among them `Double`; where other types are mixed there is an enumeration of them, or a ``BSONValue`` when there
  /// are more than four. A document that is a map is a dictionary.
  /// - Parameter collection: its name, whose singular the structure has: `orders` gives `Order`.
  public func swiftSource(of collection: String) -> String {
    let typeName = SwiftNames.type(SwiftNames.singular(collection))
    let structure = SwiftTypeChoice().structure(typeName, fields, used: [])
    var writer = SwiftSourceWriter()
    let total: String? = if case .sample(let total?) = population { "\(total)" } else { nil }
    let noun = documents == 1 && total == nil ? "document" : "documents"
    writer.line("// Inferred from \(documents)\(total.map { " of \($0)" } ?? "") \(noun).")
    if fields.contains(where: { $0.step == .anyKey }) { writer.line("// They have other keys, which are not read.") }
    writer.line()
    let usesCore = ["DBBytes", "DBDecimal", "DBTimestamp", "DBUUID"].contains { structure.mentions($0) }
    if usesCore { writer.line("import DBAdapterCore") }
    if structure.mentions("BSON") { writer.line("import MongoAdapter") }
    if usesCore || structure.mentions("BSON") { writer.line() }
    writer.write(structure)
    return writer.text
  }
}

extension SwiftStructure {
  /// Whether a type whose name begins so is used, here or inside.
  fileprivate func mentions(_ prefix: String) -> Bool { properties.contains { $0.type.mentions(prefix) } }
}

extension SwiftType {
  fileprivate func mentions(_ prefix: String) -> Bool {
    switch self {
    case .named(let name): name.hasPrefix(prefix)
    case .optional(let type), .list(let type), .dictionary(let type): type.mentions(prefix)
    case .structure(let structure): structure.mentions(prefix)
    case .choice(_, let choices): prefix == "BSON" || choices.contains { $0.type.mentions(prefix) }
    }
  }
}

private struct SwiftSourceWriter {
  private(set) var text = ""
  private var depth = 0

  mutating func line(_ line: String = "") {
    text += line.isEmpty ? "\n" : String(repeating: "  ", count: depth) + line + "\n"
  }

  private mutating func block(_ head: String, _ body: (inout SwiftSourceWriter) -> Void) {
    line(head + " {")
    depth += 1
    body(&self)
    depth -= 1
    line("}")
  }

  mutating func write(_ structure: SwiftStructure) {
    block("struct \(structure.name): Codable, Hashable, Sendable") { writer in
      for property in structure.properties {
        if let comment = property.comment { writer.line("/// \(comment)") }
        writer.line("var \(SwiftNames.escaped(property.name)): \(property.type.text)")
      }
      if structure.properties.contains(where: { $0.name != $0.field }) { writer.writeKeys(structure.properties) }
      for type in structure.properties.flatMap(\.type.declarations) {
        writer.line()
        switch type {
        case .structure(let nested): writer.write(nested)
        case .choice(let name, let choices): writer.write(name, choices)
        case .named, .optional, .list, .dictionary: continue
        }
      }
    }
  }

  private mutating func writeKeys(_ properties: [SwiftStructure.Property]) {
    line()
    block("enum CodingKeys: String, CodingKey") { writer in
      for property in properties {
        let name = SwiftNames.escaped(property.name)
        let raw = property.name == property.field ? "" : " = " + SwiftNames.literal(property.field)
        writer.line("case \(name)\(raw)")
      }
    }
  }

  private mutating func write(_ name: String, _ choices: [SwiftChoice]) {
    block("enum \(name): Codable, Hashable, Sendable") { writer in
      for choice in choices { writer.line("case \(choice.name)(\(choice.type.text))") }
      writer.line()
      writer.block("init(from decoder: any Decoder) throws") { writer in
        writer.line("let container = try decoder.singleValueContainer()")
        writer.line("let kind = try container.decode(BSONValue.self).kind")
        writer.line("switch kind {")
        for choice in choices {
          let kinds = choice.kinds.map { ".\($0)" }.joined(separator: ", ")
          writer.line("case \(kinds): self = .\(choice.name)(try container.decode(\(choice.type.text).self))")
        }
        writer.line("default:")
        writer.line(
          "  throw DecodingError.dataCorruptedError(in: container, debugDescription: \"\\(kind.name) is no \(name)\")")
        writer.line("}")
      }
      writer.line()
      writer.block("func encode(to encoder: any Encoder) throws") { writer in
        writer.line("var container = encoder.singleValueContainer()")
        writer.line("switch self {")
        for choice in choices {
          writer.line("case .\(choice.name)(let value): try container.encode(value)")
        }
        writer.line("}")
      }
    }
  }
}
