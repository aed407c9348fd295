extension ValidatorSchema {
  /// Reads a collection's validator: `{ $jsonSchema: { … } }`, perhaps within `$and`, perhaps with other conditions.
  /// - Returns: `nil` when there is no `$jsonSchema` in it.
  public init?(validator: BSONDocument) {
    var conditions = validator.elements
    if case .array(let list)? = validator["$and"] {
      conditions.removeAll { $0.name == "$and" }
      for case .document(let condition) in list { conditions += condition.elements }
    }
    guard let index = conditions.firstIndex(where: { $0.name == "$jsonSchema" }),
      case .document(let schema) = conditions[index].value
    else { return nil }
    self.init(schema)
    conditions.remove(at: index)
    others += conditions.map { Rule($0.name, $0.value.extendedJSON()) }
  }

  /// Reads what stands in a `$jsonSchema`.
  public init(_ schema: BSONDocument) {
    self.init()
    for (keyword, value) in schema where !read(keyword, value) {
      others.append(Rule(keyword, value.extendedJSON()))
    }
  }

  /// - Returns: whether it was understood.
  private mutating func read(_ keyword: String, _ value: BSONValue) -> Bool {
    switch (keyword, value) {
    case ("bsonType", _), ("type", _):
      guard let names = Self.texts(value) else { return false }
      types += names.map { $0 == "boolean" ? "bool" : $0 }
    case ("required", .array):
      guard let names = Self.texts(value) else { return false }
      required = names
    case ("properties", .document(let fields)):
      let schemas = fields.map { field in Self.document(field.value).map { Property(field.name, ValidatorSchema($0)) } }
      guard !schemas.contains(nil) else { return false }
      properties = schemas.compactMap { $0 }
    case ("additionalProperties", .bool(let isAllowed)): additionalFields = isAllowed ? .allowed : .forbidden
    case ("additionalProperties", .document(let schema)): additionalFields = .matching(ValidatorSchema(schema))
    case ("items", .document(let schema)): items = .every(ValidatorSchema(schema))
    case ("items", .array(let list)):
      let schemas = list.map { Self.document($0).map { ValidatorSchema($0) } }
      guard !schemas.contains(nil) else { return false }
      items = .each(schemas.compactMap { $0 })
    case ("title", .string(let text)): title = text
    case ("description", .string(let text)): explanation = text
    default:
      guard Self.limits.contains(keyword) else { return false }
      limits.append(Rule(keyword, value.extendedJSON()))
    }
    return true
  }

  private static let limits: Set<String> = [
    "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
  ]

  private static func document(_ value: BSONValue) -> BSONDocument? {
    if case .document(let document) = value { document } else { nil }
  }

  /// A text, or a list of texts.
  private static func texts(_ value: BSONValue) -> [String]? {
    switch value {
    case .string(let text): return [text]
    case .array(let list):
      let texts = list.map { value in if case .string(let text) = value { text } else { nil as String? } }
      return texts.contains(nil) ? nil : texts.compactMap { $0 }
    default: return nil
    }
  }
}
