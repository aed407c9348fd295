internal import DBAdapterCore

/// What databases and collections there are. It runs on the session's thread.
struct MongoCatalogue {
  let session: MongoSession
  let operation: MongoOperation

  /// The databases the user may see, by name.
  func schemas(_ options: ListOptions) throws(DBError) -> Listing<SchemaInfo> {
    let reply = try session.read(
      ["listDatabases": 1, "nameOnly": true, "authorizedDatabases": true], on: "admin", operation)
    let glob = options.nameGlob.map { NameGlob($0) }
    let names = (reply["databases"]?.array?.compactMap { $0.document?["name"]?.text } ?? []).sorted()
    let schemas = names.compactMap { name -> SchemaInfo? in
      let isSystem = Self.systemDatabases.contains(name)
      guard options.includesSystem || !isSystem, glob?.matches(name) != false else { return nil }
      return SchemaInfo(name: name, isSystem: isSystem)
    }
    return Self.limited(schemas, options.limit)
  }

  static let systemDatabases: Set<String> = ["admin", "config", "local"]

  /// The collections of a database, or of the session's own where it has one by the connection string, or else of all.
  func collections(in schema: String?, _ options: ListOptions) throws(DBError) -> [MongoCollection] {
    let glob = options.nameGlob.map { NameGlob($0) }
    var found: [MongoCollection] = []
    for database in try databases(schema) {
      found += try collections(of: database).filter {
        (options.includesSystem || !$0.isSystem) && glob?.matches($0.name) != false
      }
    }
    return found
  }

  private func databases(_ schema: String?) throws(DBError) -> [String] {
    if let schema {
      try MongoNames.check(database: schema)
      return [schema]
    }
    if session.options.namesDatabase { return [session.options.database] }
    return try schemas(ListOptions()).items.map(\.name)
  }

  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such collection, ``DBError/Code-swift.struct/invalidParameter`` when
  ///   there can be none of that name.
  func collection(_ table: TableReference) throws(DBError) -> MongoCollection {
    let database = table.schema ?? session.options.database
    try MongoNames.check(collection: table.name, in: database)
    guard let found = try collections(of: database, named: table.name).first else {
      throw DBError(
        .objectNotFound, "there is no collection \"\(table.name)\" in the database \"\(database)\"", adapter: .mongodb)
    }
    return found
  }

  private func collections(of database: String, named name: String? = nil) throws(DBError) -> [MongoCollection] {
    let filter: BSONDocument = name.map { ["name": .string($0)] } ?? [:]
    let entries: [BSONDocument]
    var showsOptions = true
    do throws(DBError) {
      entries = try session.documents(["listCollections": 1, "filter": .document(filter)], on: database, operation)
    } catch  where error.code == .permissionDenied {
      entries = try authorizedCollections(of: database, filter)
      showsOptions = false
    }
    return entries.compactMap { MongoCollection($0, of: database, showsOptions: showsOptions) }
      .sorted { $0.name < $1.name }
  }

  /// Whoever may not see the options may still see the names of what is theirs.
  private func authorizedCollections(of database: String, _ filter: BSONDocument) throws(DBError) -> [BSONDocument] {
    do throws(DBError) {
      return try session.documents(
        ["listCollections": 1, "filter": .document(filter), "nameOnly": true, "authorizedCollections": true],
        on: database, operation)
    } catch  where error.code == .permissionDenied {
      throw DBError(
        .permissionDenied, "this user may not see the collections of the database \"\(database)\"",
        server: error.server, adapter: .mongodb)
    }
  }

  func tables(in schema: String?, _ options: ListOptions) throws(DBError) -> Listing<TableInfo> {
    var tables: [TableInfo] = []
    let collections = try collections(in: schema, options)
    for collection in collections {
      if tables.count == options.limit { return Self.partial(tables, options.limit) }
      var notes: [String] = []
      tables.append(info(collection, options.includesEstimates ? try storage(of: collection, &notes) : nil))
    }
    return Listing(tables, completeness: Self.completeness(of: collections))
  }

  static func completeness(of collections: [MongoCollection]) -> Completeness {
    collections.allSatisfy(\.showsOptions)
      ? .complete : .partial(reason: "listCollections is denied to this user, and only what it may read is listed")
  }

  func info(_ collection: MongoCollection, _ storage: MongoStorage?) -> TableInfo {
    TableInfo(
      reference: collection.reference, kind: collection.kind,
      rows: storage?.documents.map { Estimate($0, isExact: false, source: MongoStorage.source) },
      size: storage?.bytes.map { Estimate($0, isExact: false, source: MongoStorage.source) })
  }

  /// Sizes and counts as the storage engine keeps them; `nil` for views, and where the user may not ask.
  func storage(of collection: MongoCollection, _ notes: inout [String]) throws(DBError) -> MongoStorage? {
    guard collection.kind != .view else { return nil }
    do throws(DBError) {
      return MongoStorage(
        try session.read(["collStats": .string(collection.name)], on: collection.database, operation))
    } catch  where error.isAnswer && !operation.mustStop {
      notes.append("sizes are not known: \(error.reason(for: "collStats"))")
      return nil
    }
  }

  static func limited<Item>(_ items: [Item], _ limit: Int?) -> Listing<Item> {
    guard let limit, items.count > limit else { return Listing(items) }
    return partial(Array(items.prefix(limit)), limit)
  }

  static func partial<Item>(_ items: [Item], _ limit: Int?) -> Listing<Item> {
    Listing(items, completeness: .partial(reason: "only the first \(limit ?? 0) are listed"))
  }
}

extension MongoSession {
  /// All documents of a listing or pipeline of our own.
  func documents(
    _ command: BSONDocument, on database: String, _ operation: MongoOperation
  ) throws(DBError) -> [BSONDocument] {
    var documents: [BSONDocument] = []
    try read(command, on: database, operation) { documents.append(BSONDocument(unchecked: ArraySlice([UInt8]($0)))) }
    return documents
  }

  /// Reads the documents of one of our own commands one by one, until `isEnough`.
  func read(
    _ command: BSONDocument, on database: String, _ operation: MongoOperation, batchSize: Int? = nil,
    isEnough: () -> Bool = { false }, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(DBError) {
    let statement = MongoStatement(MongoCommand(database: database, document: command))
    let reply = try send(statement, batchSize: batchSize, operation)
    guard case .documents(let cursor) = reply else { return }
    do throws(MongoFailure) {
      while !isEnough(), try cursor.next(body) {}
    } catch {
      throw self.error(error, operation, mayHaveWritten: false)
    }
  }
}
