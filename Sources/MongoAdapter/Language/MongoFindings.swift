/// What stands in a command, at any depth, that decides what it does.
struct MongoFindings {
  private(set) var scripts: [String] = []
  private(set) var writes: [String] = []
  private(set) var administration: [String] = []
  private(set) var unknown: [String] = []

  /// A list of stages, of which each has to be a known one.
  mutating func look(intoPipeline value: BSONValue) {
    guard case .array(let stages) = value else {
      unknown.append("a pipeline that is no list")
      return
    }
    for stage in stages {
      guard case .document(let stage) = stage else {
        unknown.append("a stage that is no document")
        continue
      }
      for (name, content) in stage { look(intoStage: name, content) }
    }
  }

  private mutating func look(intoStage name: String, _ content: BSONValue) {
    switch name {
    case "$out", "$merge": writes.append(name)
    case "$facet":
      guard case .document(let facets) = content else { return look(into: content) }
      for (_, pipeline) in facets { look(intoPipeline: pipeline) }
    case "$lookup", "$unionWith":
      guard case .document(let options) = content else { return look(into: content) }
      for (name, value) in options {
        if name == "pipeline" { look(intoPipeline: value) } else { look(into: value) }
      }
    case _ where MongoCommandTable.administrativeStages.contains(name): administration.append(name)
    case _ where MongoCommandTable.readingStages.contains(name): look(into: content)
    default: unknown.append(name.hasPrefix("$") ? name : "a stage that is not known")
    }
  }

  /// A value of any kind: conditions, expressions, documents in which statements stand.
  mutating func look(into value: BSONValue) {
    let document: BSONDocument
    switch value {
    case .document(let content): document = content
    case .array(let content): document = content.document
    case .codeWithScope(let content): document = content.scope
    default: return
    }
    for (name, value) in document {
      switch name {
      case "$where", "$function", "$accumulator": scripts.append(name)
      case "$out", "$merge": writes.append(name)
      default: if name.hasPrefix("$_internal") { unknown.append(name) }
      }
      look(into: value)
    }
  }
}
