internal import DBAdapterCore

extension MongoCommand {
  /// The command of a request.
  ///
  /// A text or a template is a command document in Extended JSON, as leniently written as in the shell, or one of the shell's own forms:
  /// `db.users.find({…}).limit(5)`. In a template an interpolated value is one value and never more: see ``MongoHoleGuard``.
  /// - Parameter database: the database of the connection, for commands that need its name.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` with line and column for text that is no command;
  ///   ``DBError/Code-swift.struct/invalidParameter`` for parameters beside a text, names that no database or collection can have, values BSON
  ///   has not, and values that would be read as operators;
  ///   ``DBError/Code-swift.struct/unsupported`` for a list of arguments.
  init(_ request: QueryRequest, database: String?) throws(DBError) {
    guard request.parameters.isEmpty else {
      throw DBError(
        .invalidParameter,
        #"MongoDB has no placeholders; interpolate the values: "db.users.find({name: \(name)})""#)
    }
    switch request.statement {
    case .text(let text): try self.init(text: text, database: database)
    case .template(let template): try self.init(template, database: database)
    case .document(let document):
      do throws(BSONError) {
        try self.init(BSONDocument(document))
      } catch {
        throw DBError(.invalidParameter, "the command document: \(error.description)")
      }
    case .command:
      throw DBError(
        .unsupported,
        #"MongoDB takes no lists of arguments; write a command document, such as {"ping": 1}, or db.users.find()"#)
    }
    guard !self.document.isEmpty else { throw DBError(.invalidParameter, "the command is empty") }
    try MongoNames.check(self.document, in: self.database ?? database ?? "test")
  }

  /// The command of a text without holes.
  init(text: String, database: String?) throws(DBError) {
    try self.init(Array(text.utf8), [], database: database)
  }

  private init(_ template: QueryTemplate, database: String?) throws(DBError) {
    var text: [UInt8] = []
    var holes: [MongoHole] = []
    for segment in template.segments {
      switch segment {
      case .text(let part): text.append(contentsOf: part.utf8)
      case .parameter(let value): holes.append(.value(value))
      case .identifier(let parts):
        guard !parts.isEmpty, parts.allSatisfy({ Self.isName($0) }) else {
          throw DBError(.invalidParameter, "an interpolated name is empty, begins with \"$\" or holds a zero byte")
        }
        holes.append(.identifier(parts))
      }
      if case .text = segment { continue }
      text.append(MongoHole.marker)
    }
    try self.init(text, holes, database: database)
  }

  /// Whether a text may name a collection or database by interpolation.
  private static func isName(_ text: String) -> Bool { !text.isEmpty && !text.hasPrefix("$") && !text.utf8.contains(0) }

  private init(_ text: [UInt8], _ holes: [MongoHole], database: String?) throws(DBError) {
    let draft: MongoCommandDraft
    var parser = MongoStatementParser(text, holes: holes, database: database)
    do throws(BSONError) {
      draft = try parser.parse()
      self = try draft.command()
    } catch {
      throw Self.syntaxError(error, text)
    }
    try MongoHoleGuard.checkNames(parser.values.filled)
    try MongoHoleGuard(document).checkPlaces(draft.holes)
  }

  private static func syntaxError(_ error: BSONError, _ text: [UInt8]) -> DBError {
    guard let place = error.position else { return DBError(.syntaxError, error.description) }
    let before = text.split(separator: 0x0A, omittingEmptySubsequences: false).prefix(place.line - 1)
    var server = ServerDiagnostics()
    server.position = before.reduce(place.column) { $0 + $1.count { $0 & 0xC0 != 0x80 } + 1 }
    return DBError(.syntaxError, error.description, server: server)
  }
}
