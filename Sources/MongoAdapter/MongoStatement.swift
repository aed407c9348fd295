internal import DBAdapterCore

/// A command that was read: once, for all that is asked of it.
struct MongoStatement: Sendable {
  let command: MongoCommand
  let name: String
  let classification: StatementClassification

  /// - Parameter database: the session's own, for a command that names none.
  init(_ command: MongoCommand, database: String? = nil) {
    self.command = command
    name = command.name
    classification = MongoClassifier.classify(command, database: database)
  }

  /// - Parameter database: the session's own.
  /// - Throws: what is wrong with the request; nothing is sent.
  init(_ request: QueryRequest, database: String) throws(DBError) {
    if case .text(let text) = request.statement, text.allSatisfy(\.isWhitespace) {
      throw DBError(.invalidParameter, "the statement is empty", adapter: .mongodb)
    }
    do throws(DBError) {
      self.init(try MongoCommand(request, database: database), database: database)
    } catch {
      throw error.completed(adapter: .mongodb)
    }
  }

  var document: BSONDocument { command.document }
  /// The database it is for; `nil` for the session's own.
  var database: String? { command.database }

  /// Whether the server is told not to answer (`w: 0`).
  var isUnacknowledged: Bool { document.value(at: "writeConcern.w")?.integer == 0 }

  /// What `distinct` is about.
  var fieldName: String? { document["key"]?.text }

  /// Whether the server takes a time limit with it.
  var takesMaxTime: Bool { !["getMore", "killCursors", "killSessions", "endSessions"].contains(name) }
}
