extension MongoMethods {
  func databaseMethod() throws(BSONError) -> MongoCommandDraft? {
    switch call.name {
    case "runCommand": return try command(in: target.database)
    case "adminCommand": return try command(in: "admin")
    case "aggregate": return try aggregate(1)
    case "createCollection":
      try expect(1...2, "\"name\", options")
      return try withOptions(with(begin(), "create", try name()), at: 1)
    case "createView": return try createView()
    case "getCollectionNames":
      try expect(0...0, "")
      var draft = begin(database: "listCollections")
      draft.add("nameOnly", true)
      draft.add("authorizedCollections", true)
      return draft
    case "getCollectionInfos":
      try expect(0...2, "filter, options")
      return try withOptions(with(begin(database: "listCollections"), "filter", try document(0, "a filter")), at: 1)
    case "dropDatabase":
      try expect(0...1, "options")
      return try withOptions(begin(database: "dropDatabase"))
    case "stats":
      try expect(0...1, "scale")
      return try withScale(begin(database: "dbStats"))
    case "version", "hello", "serverStatus", "hostInfo":
      try expect(0...1, "options")
      return try withOptions(begin(database: call.name == "version" ? "buildInfo" : call.name))
    default: return nil
    }
  }

  private func begin() -> MongoCommandDraft { MongoCommandDraft(database: target.database) }

  /// A command on the database.
  private func begin(database command: String) -> MongoCommandDraft {
    var draft = begin()
    draft.add(command, 1)
    return draft
  }

  private func name() throws(BSONError) -> MongoArgument {
    guard let argument = argument(0), case .string(let name) = argument.value, !name.isEmpty else {
      throw failure("\(call.name) needs a name in quotes")
    }
    return argument
  }

  /// A command document, or the name of a command on the database.
  private func command(in database: String?) throws(BSONError) -> MongoCommandDraft {
    try expect(1...1, "{command: …}")
    let argument = arguments[0]
    guard !argument.isHole else {
      throw values.failure(
        "a command cannot be an interpolated value; write its names, and interpolate the values", at: argument.start)
    }
    switch argument.value {
    case .string(let name):
      var draft = MongoCommandDraft(database: database)
      draft.add(name, 1)
      return draft
    case .document: return MongoCommandDraft(argument, database: database)
    default: throw values.failure("expected a command document", at: argument.start)
    }
  }

  private func createView() throws(BSONError) -> MongoCommandDraft {
    try expect(3...4, "\"name\", \"source\", [stages], options")
    guard case .string = arguments[1].value, case .array = arguments[2].value, !arguments[2].isHole else {
      throw failure("expected createView(\"name\", \"source\", [stages])")
    }
    let draft = with(with(begin(), "create", try name()), "viewOn", argument(1))
    return try withOptions(with(draft, "pipeline", argument(2)), at: 3)
  }
}
