internal import DBAdapterCore

/// What databases and collections may be called (MongoDB manual, Naming Restrictions).
///
/// Names are checked before anything is sent: libmongoc ends the process at an empty name, a zero byte cuts a name short, and a dot in the name of a
/// database leads into another one.
enum MongoNames {
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a name that no database can have.
  static func check(database: String) throws(DBError) {
    let bytes = database.utf8
    guard !bytes.isEmpty else { throw refused("the name of the database is empty") }
    guard bytes.count <= longestDatabase else {
      throw refused("the name of the database is longer than \(longestDatabase) bytes")
    }
    // The users of certificates, Kerberos and LDAP are kept under a name that no other database could have.
    guard database == "$external" || !bytes.contains(where: { forbiddenInDatabases.contains($0) }) else {
      throw refused(#"the name of a database has no dot, slash, backslash, quote, "$", space or zero byte in it"#)
    }
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a name that no collection of the database can have, and for that of the
  ///   database.
  static func check(collection: String, in database: String) throws(DBError) {
    try check(database: database)
    let bytes = collection.utf8
    guard !bytes.isEmpty else { throw refused("the name of the collection is empty") }
    guard !bytes.contains(0) else { throw refused("the name of the collection has a zero byte in it") }
    guard bytes.first != UInt8(ascii: "$") else {
      throw refused(#"the name of the collection begins with "$", as only the server's own do"#)
    }
    guard database.utf8.count + 1 + bytes.count <= longestNamespace else {
      throw refused("the names of the database and the collection are longer than \(longestNamespace) bytes together")
    }
  }

  /// Checks the database of a command, and its collection where it names one.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter``.
  static func check(_ command: BSONDocument, in database: String) throws(DBError) {
    try check(database: database)
    var command = command
    if case .document(let inner)? = command["explain"], command.names.first == "explain" { command = inner }
    guard let (name, value) = command.first(where: { _ in true }), commandsOnCollections.contains(name),
      case .string(let collection) = value
    else { return }
    try check(collection: collection, in: database)
  }

  private static let longestDatabase = 63
  private static let longestNamespace = 255
  private static let forbiddenInDatabases = Set(#"/\. "$"#.utf8).union([0])

  /// Commands whose value is the name of a collection.
  private static let commandsOnCollections: Set<String> = [
    "find", "aggregate", "count", "distinct", "insert", "update", "delete", "findAndModify", "findandmodify",
    "mapReduce", "mapreduce", "create", "createIndexes", "drop", "dropIndexes", "deleteIndexes", "collMod",
    "listIndexes", "collStats", "collstats", "validate", "reIndex", "compact", "convertToCapped",
    "cloneCollectionAsCapped", "setIndexCommitQuorum", "planCacheListFilters", "planCacheClear",
    "planCacheClearFilters", "planCacheSetFilter", "createSearchIndexes", "updateSearchIndex", "dropSearchIndex",
  ]

  private static func refused(_ reason: String) -> DBError { DBError(.invalidParameter, reason, adapter: .mongodb) }
}
