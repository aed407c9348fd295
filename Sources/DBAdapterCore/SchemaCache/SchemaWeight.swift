/// An answer of an inspection that can say how much memory it takes, roughly: one for each thing that has a name, and
/// one for each 256 bytes of long text. Never less than one.
protocol SchemaWeighted: Sendable {
  var schemaWeight: Int { get }
}

extension SchemaInfo: SchemaWeighted {
  var schemaWeight: Int { 1 + textWeight(comment) }
}

extension TableInfo: SchemaWeighted {
  var schemaWeight: Int { 1 + textWeight(comment) }
}

extension TableDescription: SchemaWeighted {
  var schemaWeight: Int {
    var weight = table.schemaWeight + textWeight(viewDefinition) + options.count
    for column in columns {
      weight += 1 + textWeight(column.defaultText) + textWeight(column.comment) + column.observedTypes.count / 4
      weight += column.examples.reduce(0) { $0 + 1 + valueWeight($1) }
      weight += column.declaration?.rules.reduce(0) { $0 + textWeight($1) } ?? 0
    }
    for constraint in constraints {
      weight += 1 + constraint.columns.count + textWeight(constraint.definition) + textWeight(constraint.comment)
    }
    for index in indexes {
      weight += 1 + index.keys.count + index.includedColumns.count
      weight += textWeight(index.definition) + textWeight(index.comment)
    }
    return weight + (statistics?.schemaWeight ?? 0)
  }
}

extension TableStatistics: SchemaWeighted {
  var schemaWeight: Int {
    var weight = 2 + coverage.schemaWeight + details.schemaWeight
    weight += ((expiry?.buckets.count ?? 0) + (encodings?.buckets.count ?? 0)) / 4
    for row in largest { weight += 1 + textWeight(row.name) }
    return weight
  }
}

extension Coverage: SchemaWeighted {
  var schemaWeight: Int { 1 + notes.reduce(0) { $0 + 1 + textWeight($1) } }
}

extension DBDocument: SchemaWeighted {
  var schemaWeight: Int { fields.reduce(1) { $0 + 1 + textWeight($1.name) + valueWeight($1.value) } }
}

extension Listing: SchemaWeighted where Item: SchemaWeighted {
  var schemaWeight: Int { items.reduce(1 + (coverage?.schemaWeight ?? 0)) { $0 + $1.schemaWeight } }
}

/// Short texts are part of what they describe.
private func textWeight(_ text: String?) -> Int { (text?.utf8.count ?? 0) / 256 }

private func valueWeight(_ value: DBValue) -> Int {
  switch value {
  case .text(let text): textWeight(text)
  case .document(let document): document.schemaWeight
  case .array(let array): array.elements.reduce(1) { $0 + 1 + valueWeight($1) }
  default: 0
  }
}
