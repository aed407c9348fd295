internal import DBAdapterCore

/// A request as the command document that is sent.
struct MongoCommand: Sendable {
  /// The database it is for; `nil` for the session's own.
  let database: String?
  let document: BSONDocument

  init(_ request: QueryRequest) throws(DBError) {
    do {
      switch request.statement {
      case .document(let command): document = try BSONDocument(command)
      case .text(let text):
        guard text.contains(where: { !$0.isWhitespace }) else {
          throw DBError(.invalidParameter, "the command is empty", adapter: .mongodb)
        }
        document = try BSONDocument(extendedJSON: text)
      case .template, .command: throw BSONError("a command is a document")
      }
    } catch let error as DBError {
      throw error
    } catch {
      var isText = false
      if case .text = request.statement { isText = true }
      throw DBError(isText ? .syntaxError : .invalidParameter, "\(error)", adapter: .mongodb)
    }
    guard request.parameters.isEmpty else {
      throw DBError(
        .invalidParameter, "the command has no places for parameters, and \(request.parameters.count) are given",
        adapter: .mongodb)
    }
    database = document["$db"]?.text
  }

  /// The command's name is that of the first element.
  var name: String { document.first { _ in true }?.name ?? "" }

  var classification: StatementClassification {
    switch name {
    case "find", "aggregate", "count", "distinct", "listCollections", "listIndexes", "listDatabases", "ping", "hello":
      StatementClassification(.read, summary: name)
    case "insert", "update", "delete", "findAndModify": StatementClassification(.write, summary: name)
    case "create", "drop", "createIndexes", "dropIndexes", "collMod":
      StatementClassification(.definition, summary: name)
    default: StatementClassification(.unknown, summary: name)
    }
  }

  /// Whether the server is told not to answer (`w: 0`).
  var isUnacknowledged: Bool { document.value(at: "writeConcern.w")?.integer == 0 }

  /// What `distinct` is about.
  var fieldName: String? { document["key"]?.text }

  /// Whether the server takes a time limit with it.
  var takesMaxTime: Bool { !["getMore", "killCursors", "killSessions", "endSessions"].contains(name) }
}

/// Scripts of commands.
enum MongoScript {
  static func split(_ text: String) throws(DBError) -> [ScriptStatement] {
    throw DBError(.unsupported, "scripts of MongoDB commands are not read yet", adapter: .mongodb)
  }
}
