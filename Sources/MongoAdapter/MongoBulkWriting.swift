public import DBAdapterCore

/// How a list of writes is done.
public struct MongoBulkOptions: Sendable, Hashable {
  /// Whether the writes are done one after the other, up to the first that fails. Otherwise all are tried, in any order. Default: `true`.
  public var isOrdered = true
  /// The session's own database when `nil`. Default: `nil`.
  public var database: String?
  /// Lets documents through that the collection's validator forbids. Default: `false`.
  public var bypassesValidation = false
  /// How many servers have to confirm, as a document: `["w": "majority"]`. Default: what the connection string says.
  public var writeConcern: BSONDocument?
  /// How long all of it may take. Default: no limit.
  public var timeout: Duration?

  public init() {}
}

extension DatabaseSession {
  /// Writes a list of inserts, updates and deletes to one collection, in as few messages as the server's limits allow.
  ///
  /// Writes that fail do not throw: ``MongoBulkResult/errors`` lists them one by one, and so are what the write concern asked for and the servers
  /// did not confirm. A message that was lost on the network is sent again where the server can tell that it was (retryable writes).
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a write that MongoDB does not have, and for a name that no collection can have;
  ///   ``DBError/Code-swift.struct/connectionLost`` when it is not known what was done; ``DBError/Code-swift.struct/unsupported`` where the
  ///   session is another engine's; ``DBError/Code-swift.struct/cancelled`` and ``DBError/Code-swift.struct/timeout``, after which a part
  ///   may be done.
  @discardableResult
  public func bulkWrite(
    _ writes: [MongoWrite], to collection: String, _ options: MongoBulkOptions = MongoBulkOptions(),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> MongoBulkResult {
    let statement = QueryRequest(.document(MongoWrite.command(writes, collection)), timeout: options.timeout)
    return try await perform(
      "write documents in bulk", as: statement, on: MongoAdapter.self, file: file, line: line, rows: \.affected
    ) { adapter throws(DBError) in
      try await adapter.write(writes, to: collection, options)
    }
  }

  /// Inserts documents into one collection; see ``bulkWrite(_:to:_:file:line:)``. A document without an `_id` gets one; give it a
  /// ``BSONObjectID`` to know it.
  @discardableResult
  public func insert(
    _ documents: [BSONDocument], into collection: String, _ options: MongoBulkOptions = MongoBulkOptions(),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> MongoBulkResult {
    try await bulkWrite(documents.map { MongoWrite.insert($0) }, to: collection, options, file: file, line: line)
  }
}

extension MongoWrite {
  /// The command that a list of writes is judged by: the one of them that does the most.
  fileprivate static func command(_ writes: [MongoWrite], _ collection: String) -> DBDocument {
    func command(_ name: String, _ list: String, _ items: [DBDocument] = []) -> DBDocument {
      [name: .text(collection), list: .array(DBArray(items.map { .document($0) }))]
    }
    var kinds: Set<String> = []
    for write in writes {
      switch write.kind {
      case .deleteMany(let filter) where filter.isEmpty: return command("delete", "deletes", [["q": [:], "limit": 0]])
      case .updateMany(let filter, _) where filter.isEmpty:
        return command("update", "updates", [["q": [:], "u": ["$set": [:]], "multi": true]])
      case .insert: kinds.insert("insert")
      case .updateOne, .updateMany, .replaceOne: kinds.insert("update")
      case .deleteOne, .deleteMany: kinds.insert("delete")
      }
    }
    return switch kinds {
    case ["insert"]: command("insert", "documents")
    case ["delete"]: command("delete", "deletes")
    default: command("update", "updates")
    }
  }
}

extension MongoAdapter {
  func write(
    _ writes: [MongoWrite], to collection: String, _ options: MongoBulkOptions
  ) async throws(DBError) -> MongoBulkResult {
    try MongoNames.check(collection: collection, in: options.database ?? self.options.database)
    guard !writes.isEmpty else { return MongoBulkResult(BSONDocument()) }
    return try await access.perform(timeout: options.timeout) { session, operation throws(DBError) in
      try session.write(writes, to: collection, options, operation)
    }
  }
}

extension MongoSession {
  fileprivate func write(
    _ writes: [MongoWrite], to collection: String, _ options: MongoBulkOptions, _ operation: MongoOperation
  ) throws(DBError) -> MongoBulkResult {
    let client = try opened()
    guard !transaction.isReadOnly else {
      throw DBError(.permissionDenied, "this transaction is read-only", adapter: .mongodb)
    }
    do throws(MongoFailure) {
      var own: BSONDocument = ["ordered": .bool(options.isOrdered)]
      if let concern = options.writeConcern { own = own.adding("writeConcern", .document(concern)) }
      let isUnacknowledged = options.writeConcern?["w"]?.integer == 0
      let scope = MongoScope(options: own, session: isUnacknowledged && !transaction.isOpen ? nil : logical)
      let bulk = try client.bulk(to: collection, of: options.database ?? self.options.database, scope)
      if options.bypassesValidation { bulk.bypassValidation() }
      for write in writes { try bulk.add(write) }
      return MongoBulkResult(try bulk.execute())
    } catch {
      let result = MongoBulkResult(error.reply)
      // What the reply explains write by write is a result; anything else is not known in full.
      let isExplained = error.origin == .server && !(result.errors.isEmpty && result.concernErrors.isEmpty)
      if isExplained, !operation.mustStop, !transaction.isOpen { return result }
      throw self.error(error, operation, mayHaveWritten: true)
    }
  }
}
