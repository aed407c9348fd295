/// What stands in a command, at any depth, that decides what it does.
struct MongoFindings {
  private(set) var scripts: [String] = []
  private(set) var writes: [String] = []
  private(set) var administration: [String] = []
  private(set) var unknown: [String] = []
  /// Collections with credentials that are read.
  private(set) var secrets: [String] = []
  /// The database the command is for; `nil` when it is not known.
  private let database: String?

  init(database: String?) { self.database = database }

  /// A collection that is read.
  mutating func look(atSource collection: String, in other: String? = nil) {
    if MongoSecrets.contains(collection, in: other ?? database) { secrets.append(collection) }
  }

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
    case "$lookup", "$graphLookup", "$unionWith": look(intoJoin: content)
    case _ where MongoCommandTable.administrativeStages.contains(name): administration.append(name)
    case _ where MongoCommandTable.readingStages.contains(name): look(into: content)
    default: unknown.append(name.hasPrefix("$") ? name : "a stage that is not known")
    }
  }

  /// A stage that reads another collection, by its name alone or under `from` or `coll`, which may name another database too.
  private mutating func look(intoJoin content: BSONValue) {
    guard case .document(let options) = content else {
      if case .string(let collection) = content { look(atSource: collection) }
      return look(into: content)
    }
    let other = options["db"]?.text
    for (name, value) in options {
      switch (name, value) {
      case ("pipeline", _): look(intoPipeline: value)
      case ("from", .string(let collection)), ("coll", .string(let collection)): look(atSource: collection, in: other)
      case ("from", .document(let place)):
        for case ("coll", .string(let collection)) in place { look(atSource: collection, in: place["db"]?.text) }
      default: look(into: value)
      }
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
      case "$lookup", "$graphLookup", "$unionWith": look(intoJoin: value)
      default: if name.hasPrefix("$_internal") { unknown.append(name) }
      }
      look(into: value)
    }
  }
}
