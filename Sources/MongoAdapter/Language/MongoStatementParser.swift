/// Reads one statement: a command document, or one of the shell's forms.
struct MongoStatementParser {
  var values: ExtendedJSONParser
  /// The database of the connection.
  let database: String?

  init(_ text: [UInt8], holes: [MongoHole], database: String?) {
    values = ExtendedJSONParser(text, .shell, holes: holes)
    self.database = database
  }

  mutating func parse() throws(BSONError) -> MongoCommandDraft {
    try values.skipSpace()
    let start = values.position
    let draft: MongoCommandDraft
    if values.peek() == UInt8(ascii: "{") {
      let argument = try self.argument()
      guard case .document = argument.value else { throw values.failure("expected a command document", at: start) }
      draft = MongoCommandDraft(argument, database: nil)
    } else {
      draft = try shellForm(from: start)
    }
    try values.skipSpace()
    while values.take(";") { try values.skipSpace() }
    guard values.position == values.text.count else { throw values.failure("expected the end of the command") }
    return draft
  }

  private mutating func shellForm(from start: Int) throws(BSONError) -> MongoCommandDraft {
    switch values.takeIdentifier() {
    case "db": return try methodCalls()
    case "show": return try show(from: start)
    case "use":
      throw values.failure(
        "use has no effect here: name the database in the connection string, or write db.getSiblingDB(\"name\")",
        at: start)
    default:
      throw values.failure(
        values.position == values.text.count && start == values.position
          ? "expected a command, and the text is empty"
          : "expected a command document, such as {ping: 1}, or db.collection.method(…)", at: start)
    }
  }

  private mutating func show(from start: Int) throws(BSONError) -> MongoCommandDraft {
    try values.skipSpace()
    var draft = MongoCommandDraft()
    switch values.takeIdentifier() {
    case "dbs", "databases":
      draft.database = "admin"
      draft.add("listDatabases", 1)
    case "collections", "tables":
      draft.add("listCollections", 1)
      draft.add("nameOnly", true)
      draft.add("authorizedCollections", true)
    default: throw values.failure("expected show dbs or show collections", at: start)
    }
    return draft
  }

  /// One value, with the holes in it.
  mutating func argument() throws(BSONError) -> MongoArgument {
    try values.skipSpace()
    let start = values.position
    let before = values.filled.count
    let value = try values.parseValue()
    return MongoArgument(value: value, holes: Array(values.filled[before...]), start: start)
  }

  /// Values between parentheses, which come next.
  mutating func arguments() throws(BSONError) -> [MongoArgument] {
    guard values.take("(") else { throw values.failure("expected '('") }
    var arguments: [MongoArgument] = []
    try values.skipSpace()
    if values.take(")") { return arguments }
    repeat {
      arguments.append(try argument())
      try values.skipSpace()
    } while values.take(",")
    guard values.take(")") else { throw values.failure("expected ',' or ')'") }
    return arguments
  }
}
