/// The commands of the shell's methods.
struct MongoMethods {
  let target: MongoTarget
  let call: MongoCall
  let values: ExtendedJSONParser
  var arguments: [MongoArgument] { call.arguments }

  init(target: MongoTarget, call: MongoCall, parser: MongoStatementParser) {
    self.target = target
    self.call = call
    values = parser.values
  }

  func draft() throws(BSONError) -> MongoCommandDraft {
    guard let collection = target.collection else {
      if let draft = try databaseMethod() { return draft }
      throw unknown(Self.databaseMethods, of: "db")
    }
    guard !collection.hasPrefix("$"), !collection.utf8.contains(0) else {
      throw failure("a collection's name neither begins with \"$\" nor holds a zero byte")
    }
    if let draft = try readingMethod(collection) { return draft }
    if let draft = try writingMethod(collection) { return draft }
    if let draft = try definingMethod(collection) { return draft }
    throw unknown(Self.collectionMethods, of: "a collection")
  }

  static let collectionMethods = [
    "find", "findOne", "aggregate", "count", "countDocuments", "estimatedDocumentCount", "distinct", "insert",
    "insertOne",
    "insertMany", "updateOne", "updateMany", "replaceOne", "deleteOne", "deleteMany", "findOneAndUpdate",
    "findOneAndReplace", "findOneAndDelete", "createIndex", "createIndexes", "dropIndex", "dropIndexes", "getIndexes",
    "drop", "renameCollection", "stats", "validate", "explain",
  ]
  static let databaseMethods = [
    "runCommand", "adminCommand", "aggregate", "createCollection", "createView", "getCollectionNames",
    "getCollectionInfos", "dropDatabase", "stats", "version", "hello", "serverStatus", "hostInfo", "getSiblingDB",
    "getCollection",
  ]

  /// The beginning of a command on the collection.
  func begin(_ command: String, _ collection: String) -> MongoCommandDraft {
    var draft = MongoCommandDraft(database: target.database)
    draft.add(command, .string(collection))
    return draft
  }

  func argument(_ position: Int) -> MongoArgument? { position < arguments.count ? arguments[position] : nil }

  /// - Throws: ``BSONError`` unless the number of arguments is among these.
  func expect(_ counts: ClosedRange<Int>, _ form: String) throws(BSONError) {
    guard counts.contains(arguments.count) else { throw failure("expected \(call.name)(\(form))") }
  }

  /// The document at a position; `nil` where there is none, or null.
  func document(_ position: Int, _ what: String) throws(BSONError) -> MongoArgument? {
    guard let argument = argument(position), argument.value != .null, argument.value != .undefined else { return nil }
    guard argument.document != nil else { throw values.failure("expected \(what), a document", at: argument.start) }
    return argument
  }

  /// The same for one that is needed.
  func needed(_ position: Int, _ what: String) throws(BSONError) -> MongoArgument {
    guard let argument = try document(position, what) else { throw failure("\(call.name) needs \(what)") }
    return argument
  }

  /// The fields of the options at a position.
  func options(_ position: Int) throws(BSONError) -> [(name: String, argument: MongoArgument)] {
    guard let options = try document(position, "options") else { return [] }
    guard !options.isHole else {
      throw values.failure(
        "options cannot be one interpolated value; write their names, and interpolate the values", at: options.start)
    }
    return options.fields
  }

  func failure(_ message: String) -> BSONError { values.failure(message, at: call.start) }

  private func unknown(_ known: [String], of what: String) -> BSONError {
    failure("\(what) has no method \(call.name)\(NearNames.suggestion(for: call.name, among: known))")
  }
}
