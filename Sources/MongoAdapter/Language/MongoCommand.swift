internal import DBAdapterCore

/// A command as the server takes it: a document whose first name is the command's.
struct MongoCommand: Sendable, Hashable {
  /// The database the command names; `nil` for that of the connection.
  var database: String?
  /// The command without its database.
  var document: BSONDocument

  init(database: String? = nil, document: BSONDocument) {
    self.database = database
    self.document = document
  }

  /// `find`, `aggregate`; empty for a document without elements.
  var name: String { document.first { _ in true }?.name ?? "" }

  /// Takes `$db` out of a command document.
  /// - Throws: ``BSONError`` when it is no name of a database, or there are two.
  init(_ document: BSONDocument, in database: String? = nil) throws(BSONError) {
    self.init(database: database, document: document)
    guard document["$db"] != nil else { return }
    var elements = document.map { ($0.name, $0.value) }
    let names = elements.filter { $0.0 == "$db" }
    guard names.count == 1, case .string(let name) = names[0].1, !name.isEmpty else {
      throw BSONError("expected $db once, with the name of a database in quotes")
    }
    elements.removeAll { $0.0 == "$db" }
    self.database = name
    self.document = try BSONDocument(elements)
  }
}
