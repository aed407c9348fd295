extension MongoMethods {
  func writingMethod(_ collection: String) throws(BSONError) -> MongoCommandDraft? {
    switch call.name {
    case "insertOne", "insertMany", "insert": return try insert(collection)
    case "updateOne", "updateMany", "replaceOne": return try update(collection)
    case "deleteOne", "deleteMany": return try delete(collection)
    case "findOneAndUpdate", "findOneAndReplace", "findOneAndDelete": return try findAndModify(collection)
    case "bulkWrite":
      throw failure(
        "bulkWrite is not written as text; send insert, update or delete commands, or use the adapter's bulk writes")
    default: return nil
    }
  }

  private func insert(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(1...2, call.name == "insertOne" ? "document, options" : "[documents], options")
    var draft = begin("insert", collection)
    let argument = arguments[0]
    switch argument.value {
    case .document where call.name != "insertMany":
      draft.add("documents", .array(try BSONArray([argument.value])))
      draft.note(argument, at: [.name("documents"), .position(0)])
    case .array where call.name != "insertOne": draft.add("documents", argument)
    default:
      throw values.failure(
        call.name == "insertMany" ? "expected a list of documents" : "expected a document", at: argument.start)
    }
    draft.add(try options(1))
    return draft
  }

  private func update(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(2...3, call.name == "replaceOne" ? "filter, document, options" : "filter, update, options")
    let filter = try needed(0, "a filter")
    let change = try self.change(isReplacement: call.name == "replaceOne")
    let options = try options(2)
    var statement: [(name: String, argument: MongoArgument)] = [("q", filter), ("u", change)]
    statement.append(("multi", constant(.bool(call.name == "updateMany"))))
    statement += options.filter { Self.statementOptions.contains($0.name) }
    var draft = begin("update", collection)
    try add(statement, as: "updates", to: &draft)
    draft.add(options.filter { !Self.statementOptions.contains($0.name) })
    return draft
  }

  private func delete(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(1...2, "filter, options")
    let options = try options(1)
    var statement: [(name: String, argument: MongoArgument)] = [("q", try needed(0, "a filter"))]
    statement.append(("limit", constant(call.name == "deleteOne" ? 1 : 0)))
    statement += options.filter { Self.statementOptions.contains($0.name) }
    var draft = begin("delete", collection)
    try add(statement, as: "deletes", to: &draft)
    draft.add(options.filter { !Self.statementOptions.contains($0.name) })
    return draft
  }

  /// Options that stand in the statement and not beside it.
  private static let statementOptions: Set<String> = ["upsert", "arrayFilters", "hint", "collation", "sort"]

  private func constant(_ value: BSONValue) -> MongoArgument {
    MongoArgument(value: value, holes: [], start: call.start)
  }

  /// Adds a list with one statement.
  private func add(
    _ statement: [(name: String, argument: MongoArgument)], as name: String, to draft: inout MongoCommandDraft
  ) throws(BSONError) {
    let document = try BSONDocument(statement.map { ($0.name, $0.argument.value) })
    draft.add(name, .array(try BSONArray([.document(document)])))
    for field in statement { draft.note(field.argument, at: [.name(name), .position(0), .name(field.name)]) }
  }

  /// The second argument: operators or a pipeline for an update, anything without operators for a replacement.
  private func change(isReplacement: Bool) throws(BSONError) -> MongoArgument {
    let argument = arguments[1]
    let isOperation = argument.document?.names.first?.hasPrefix("$") == true
    switch argument.value {
    case .document where isReplacement:
      guard !isOperation else {
        throw values.failure("a replacement has no operators; use updateOne for {$set: …}", at: argument.start)
      }
    case .document:
      guard isOperation else {
        throw values.failure(
          "an update consists of operators, such as {$set: {…}}; use replaceOne for a whole document",
          at: argument.start)
      }
    case .array where !isReplacement && !argument.isHole: break
    default:
      throw values.failure(
        isReplacement ? "expected a document" : "expected an update, {$set: {…}}", at: argument.start)
    }
    return argument
  }

  private func findAndModify(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    let isDelete = call.name == "findOneAndDelete"
    try expect(isDelete ? 1...2 : 2...3, isDelete ? "filter, options" : "filter, update, options")
    var draft = begin("findAndModify", collection)
    draft.add("query", try needed(0, "a filter"))
    if isDelete {
      draft.add("remove", true)
    } else {
      draft.add("update", try change(isReplacement: call.name == "findOneAndReplace"))
    }
    for (name, argument) in try options(isDelete ? 1 : 2) {
      switch (name, argument.value) {
      case ("returnDocument", "after"), ("returnNewDocument", true): draft.add("new", true)
      case ("returnDocument", "before"), ("returnNewDocument", false): break
      case ("returnDocument", _):
        throw values.failure("expected returnDocument with \"before\" or \"after\"", at: argument.start)
      case ("projection", _): draft.add("fields", argument)
      default: draft.add(name, argument)
      }
    }
    return draft
  }
}
