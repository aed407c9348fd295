extension InferredSchema {
  /// Where the documents are not what their collection's validator declares, in the order of the validator's fields and
  /// then of the documents'.
  ///
  /// Only what the validator's words say of fields and types is compared. How many documents of the whole collection
  /// violate it, whatever it says, only the server can count.
  public func findings(against validator: ValidatorSchema) -> [ValidatorFinding] {
    var comparison = ValidatorComparison()
    comparison.compare(fields, with: validator, at: "", documents: documents)
    return comparison.findings
  }
}

private struct ValidatorComparison {
  private(set) var findings: [ValidatorFinding] = []

  /// - Parameter documents: how many documents have the fields, or may have them.
  mutating func compare(_ seen: [InferredField], with schema: ValidatorSchema, at path: String, documents: Int) {
    guard documents > 0 else { return }
    let all = path.isEmpty ? "documents" : "documents at \(path)"
    for property in schema.properties {
      let isRequired = schema.required.contains(property.name)
      guard let field = seen.first(where: { $0.name == property.name }) else {
        let path = InferredField.path(path, .field(property.name))
        add(.neverSeen, path, "is declared, and none of \(documents) \(all) has it", 0, documents)
        if isRequired { addMissing(path, documents, documents, all) }
        continue
      }
      if isRequired { addMissing(field.path, field.missing, documents, all) }
      compare(field, with: property.schema)
    }
    for name in schema.required where schema[name] == nil {
      let missing = seen.first { $0.name == name }?.missing ?? documents
      addMissing(InferredField.path(path, .field(name)), missing, documents, all)
    }
    for field in seen where field.step != .element && !field.isNamed(in: schema) {
      compare(additional: field, with: schema, all)
    }
  }

  private mutating func compare(_ field: InferredField, with schema: ValidatorSchema) {
    for type in field.types where !schema.permits(type.kind) {
      let declared = schema.types.joined(separator: " or ")
      add(
        .type, field.path, "is \(type.name) in \(type.count) of \(field.values) values, declared is \(declared)",
        type.count, field.values)
    }
    compare(field.children, with: schema, at: field.path, documents: field.count(of: .document))
    if case .every(let items) = schema.items, let element = field.element { compare(element, with: items) }
  }

  private mutating func compare(additional field: InferredField, with schema: ValidatorSchema, _ all: String) {
    let seen = "\(field.present) of \(field.parents) \(all)"
    switch schema.additionalFields {
    case .matching(let schema): compare(field, with: schema)
    case .allowed where schema.properties.isEmpty || field.path == "_id" || field.isRequired(by: schema): return
    case .allowed: add(.undeclared, field.path, "is not declared, and \(seen) have it", field.present, field.parents)
    case .forbidden where schema.hasOtherFields:
      let sentence = "is not declared by name, and \(seen) have it; whether another rule permits it was not examined"
      add(.undeclared, field.path, sentence, field.present, field.parents)
    case .forbidden:
      let sentence = "is not declared, other fields are forbidden, and \(seen) have it"
      add(.forbidden, field.path, sentence, field.present, field.parents)
    }
  }

  private mutating func addMissing(_ path: String, _ missing: Int, _ documents: Int, _ all: String) {
    guard missing > 0 else { return }
    add(.missing, path, "is required, and missing in \(missing) of \(documents) \(all)", missing, documents)
  }

  private mutating func add(
    _ kind: ValidatorFinding.Kind, _ path: String, _ sentence: String, _ count: Int, _ total: Int
  ) {
    findings.append(ValidatorFinding(kind, path: path, sentence: "\(path) \(sentence)", count: count, of: total))
  }
}

extension InferredField {
  fileprivate func isNamed(in schema: ValidatorSchema) -> Bool { name.map { schema[$0] != nil } ?? false }
  fileprivate func isRequired(by schema: ValidatorSchema) -> Bool { name.map(schema.required.contains) ?? false }
}
