extension MongoMethods {
  func definingMethod(_ collection: String) throws(BSONError) -> MongoCommandDraft? {
    switch call.name {
    case "createIndex", "createIndexes": return try createIndexes(collection)
    case "dropIndex":
      try expect(1...1, "\"name\"")
      return with(begin("dropIndexes", collection), "index", argument(0))
    case "dropIndexes":
      try expect(0...1, "\"name\"")
      return with(
        begin("dropIndexes", collection), "index", argument(0) ?? MongoArgument(value: "*", holes: [], start: 0))
    case "getIndexes":
      try expect(0...0, "")
      return begin("listIndexes", collection)
    case "drop":
      try expect(0...1, "options")
      return try withOptions(begin("drop", collection))
    case "renameCollection": return try rename(collection)
    case "stats":
      try expect(0...1, "scale")
      return try withScale(begin("collStats", collection))
    case "validate":
      try expect(0...1, "options")
      if case .bool(let isFull)? = argument(0)?.value {
        var draft = begin("validate", collection)
        draft.add("full", .bool(isFull))
        return draft
      }
      return try withOptions(begin("validate", collection))
    default: return nil
    }
  }

  func with(_ draft: MongoCommandDraft, _ name: String, _ argument: MongoArgument?) -> MongoCommandDraft {
    var draft = draft
    draft.add(name, argument)
    return draft
  }

  func withOptions(_ draft: MongoCommandDraft, at position: Int = 0) throws(BSONError) -> MongoCommandDraft {
    var draft = draft
    draft.add(try options(position))
    return draft
  }

  /// A number by which sizes are divided, or options.
  func withScale(_ draft: MongoCommandDraft) throws(BSONError) -> MongoCommandDraft {
    switch argument(0)?.value {
    case .int32, .int64, .double: with(draft, "scale", argument(0))
    default: try withOptions(draft)
    }
  }

  private func createIndexes(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(1...3, call.name == "createIndex" ? "{field: 1}, options" : "[{field: 1}, …], options")
    let keys = arguments[0]
    let specifications: [(value: BSONDocument, path: [MongoPathStep])]
    switch keys.value {
    case .document(let key) where call.name == "createIndex": specifications = [(key, [])]
    case .array(let list) where call.name == "createIndexes":
      specifications = list.enumerated().compactMap { position, value in
        if case .document(let key) = value { (key, [.position(position)]) } else { nil }
      }
      guard specifications.count == list.count else {
        throw values.failure("expected a list of documents", at: keys.start)
      }
    default:
      throw values.failure(
        "expected \(call.name == "createIndex" ? "a document" : "a list of documents")", at: keys.start)
    }
    guard keys.holes.allSatisfy({ hole in specifications.contains { hole.path.count > $0.path.count } }) else {
      throw values.failure("the fields of an index have to stand in the text", at: keys.start)
    }
    let options = try options(1)
    var draft = begin("createIndexes", collection)
    var indexes: [BSONValue] = []
    for specification in specifications {
      var index: [(String, BSONValue)] = [("key", .document(specification.value))]
      index += options.map { ($0.name, $0.argument.value) }
      if !options.contains(where: { $0.name == "name" }) {
        index.append(("name", .string(Self.indexName(specification.value))))
      }
      for option in options {
        draft.note(option.argument, at: [.name("indexes"), .position(indexes.count), .name(option.name)])
      }
      indexes.append(.document(try BSONDocument(index)))
    }
    draft.note(keys, at: [.name("indexes"), .name("key")])
    draft.add("indexes", .array(try BSONArray(indexes)))
    return with(draft, "commitQuorum", argument(2))
  }

  /// `a_1_b_-1`, as all drivers name indexes.
  private static func indexName(_ key: BSONDocument) -> String {
    key.map { name, value in
      switch value {
      case .string(let kind): "\(name)_\(kind)"
      case .double(let number) where number == number.rounded() && abs(number) < 1e9: "\(name)_\(Int(number))"
      default: "\(name)_\(value.extendedJSON())"
      }
    }.joined(separator: "_")
  }

  /// The one command that needs both names in full, and runs in `admin`.
  private func rename(_ collection: String) throws(BSONError) -> MongoCommandDraft {
    try expect(1...2, "\"name\", dropTarget")
    guard case .string(let name) = arguments[0].value, !name.isEmpty else {
      throw failure("renameCollection needs a name in quotes")
    }
    guard let database = target.database ?? target.connection else {
      throw failure(
        "renameCollection needs a database: name it in the connection string, or write db.getSiblingDB(\"name\")")
    }
    var draft = MongoCommandDraft(database: "admin")
    draft.add("renameCollection", .string(database + "." + collection))
    draft.add("to", .string(database + "." + name))
    return with(draft, "dropTarget", argument(1))
  }
}
