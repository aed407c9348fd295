extension MongoMethods {
  func readingMethod(_ collection: String) throws(BSONError) -> MongoCommandDraft? {
    switch call.name {
    case "find", "findOne": return try find(collection)
    case "aggregate": return try aggregate(.string(collection))
    case "count": return try count(collection)
    case "countDocuments": return try countDocuments(collection)
    case "estimatedDocumentCount":
      try expect(0...1, "options")
      var draft = begin("count", collection)
      draft.add(try options(0))
      return draft
    case "distinct":
      try expect(1...3, "\"field\", filter, options")
      guard let field = argument(0), case .string = field.value else {
        throw failure("distinct needs a field in quotes")
      }
      var draft = begin("distinct", collection)
      draft.add("key", field)
      draft.add("query", try document(1, "a filter"))
      draft.add(try options(2))
      return draft
    default: return nil
    }
  }

  private func find(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(0...3, "filter, projection, options")
    var draft = begin("find", collection)
    draft.add("filter", try document(0, "a filter"))
    draft.add("projection", try document(1, "a projection"))
    draft.add(try options(2))
    if call.name == "findOne" {
      draft.add("limit", 1)
      draft.add("singleBatch", true)
    }
    return draft
  }

  /// - Parameter subject: the collection, or 1 for the database itself.
  func aggregate(_ subject: BSONValue) throws(BSONError) -> MongoCommandDraft {
    try expect(0...2, "[stages], options")
    var draft = MongoCommandDraft(database: target.database)
    draft.add("aggregate", subject)
    let pipeline = argument(0) ?? MongoArgument(value: [], holes: [], start: call.start)
    guard case .array = pipeline.value, !pipeline.isHole else {
      throw values.failure("expected the stages of a pipeline, [{$match: {…}}, …]", at: pipeline.start)
    }
    draft.add("pipeline", pipeline)
    let options = try options(1)
    let batchSize = options.first { $0.name == "batchSize" }?.argument
    draft.add(options.filter { !["batchSize", "explain", "cursor"].contains($0.name) })
    draft.add("cursor", .document(try BSONDocument(batchSize.map { [("batchSize", $0.value)] } ?? [])))
    draft.note(batchSize, at: [.name("cursor"), .name("batchSize")])
    guard let explain = options.first(where: { $0.name == "explain" })?.argument.value, explain != .bool(false) else {
      return draft
    }
    return try draft.explained(nil)
  }

  private func count(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(0...2, "filter, options")
    var draft = begin("count", collection)
    draft.add("query", try document(0, "a filter"))
    draft.add(try options(1))
    return draft
  }

  /// The documents that match are counted one by one, as the shell does: `count` is wrong on sharded clusters.
  private func countDocuments(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(0...2, "filter, options")
    let filter = try document(0, "a filter")
    var draft = begin("aggregate", collection)
    let options = try options(1)
    var stages: [BSONValue] = [.document(try BSONDocument([("$match", filter?.value ?? [:])]))]
    for (option, stage) in [("skip", "$skip"), ("limit", "$limit")] {
      guard let argument = options.first(where: { $0.name == option })?.argument else { continue }
      draft.note(argument, at: [.name("pipeline"), .position(stages.count), .name(stage)])
      stages.append(.document(try BSONDocument([(stage, argument.value)])))
    }
    stages.append(["$group": ["_id": 1, "n": ["$sum": 1]]])
    draft.add("pipeline", .array(try BSONArray(stages)))
    draft.note(filter, at: [.name("pipeline"), .position(0), .name("$match")])
    draft.add("cursor", [:])
    draft.add(options.filter { !["skip", "limit"].contains($0.name) })
    return draft
  }
}
