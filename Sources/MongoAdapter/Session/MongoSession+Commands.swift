internal import DBAdapterCore

/// What a command is answered with: documents to come, or one reply.
enum MongoReply {
  case documents(MongoCursorHandle)
  case reply(BSONDocument)
}

extension MongoSession {
  /// Sends a command in the way libmongoc has for it: cursors for what reads, bulk operations for what writes, so that its retries,
  /// concerns and preferences hold.
  /// - Parameters:
  ///   - batchSize: documents that the server sends at a time at first; `nil` for its own choice.
  ///   - limit: the most documents that will be read.
  func send(
    _ command: MongoStatement, batchSize: Int? = nil, limit: Int? = nil, _ operation: MongoOperation
  ) throws(DBError) -> MongoReply {
    let client = try opened()
    let effect = command.classification.effect
    if transaction.isReadOnly, effect != .read {
      throw DBError(
        .permissionDenied, "this transaction is read-only, and \(command.classification.summary) is more than reading",
        adapter: .mongodb)
    }
    let sending = try MongoSending(command, self, operation, batchSize: batchSize, limit: limit)
    do throws(MongoFailure) {
      return try sending.send(client)
    } catch {
      throw self.error(error, operation, mayHaveWritten: effect != .read)
    }
  }
}

/// One command on its way.
private struct MongoSending {
  private let command: MongoStatement
  private let database: String
  private let operation: MongoOperation
  private let batchSize: Int?
  private let limit: Int?
  private var scope = MongoScope()

  init(
    _ command: MongoStatement, _ session: MongoSession, _ operation: MongoOperation, batchSize: Int?, limit: Int?
  ) throws(DBError) {
    self.command = command
    self.operation = operation
    self.batchSize = batchSize
    self.limit = limit
    database = command.database ?? session.options.database
    scope.preference = try Self.preference(command.document) ?? session.preferred
    scope.isRead = command.classification.effect == .read && !session.transaction.isOpen
    // A write that is not acknowledged belongs to no session (drivers' specification of sessions).
    // In a transaction libmongoc refuses it, which takes the session.
    scope.session = command.isUnacknowledged && !session.transaction.isOpen ? nil : session.logical
  }

  func send(_ client: MongoClientHandle) throws(MongoFailure) -> MongoReply {
    switch command.name {
    case "find": return try find(client)
    case "aggregate" where command.document["explain"] == nil: return try aggregate(client)
    case "insert", "update", "delete":
      if let writes = MongoWriteList(command.document) { return .reply(try write(writes, client)) }
      return .reply(try client.command(ownDocument, on: database, .write, scope))
    case "listCollections", "listIndexes": return try list(client)
    default: return .reply(try client.command(ownDocument, on: database, mode, scope))
    }
  }

  /// Only a few commands take a read concern, which libmongoc's reading puts in, with the session's time for what it wrote itself.
  private var mode: MongoClientHandle.Mode {
    switch command.classification.effect {
    case .read: ["count", "distinct"].contains(command.name) ? .read : .plain
    case .write, .definition: .write
    default: .plain
    }
  }

  /// The command without what libmongoc puts in by itself.
  private var ownDocument: BSONDocument {
    let document = command.document.removing(["$db", "$readPreference"])
    return command.takesMaxTime ? document.adding(maxTime: operation) : document
  }

  // MARK: Reading

  private func find(_ client: MongoClientHandle) throws(MongoFailure) -> MongoReply {
    guard case .string(let collection)? = command.document["find"] else { throw Self.unnamed("find") }
    var scope = scope
    scope.options = readingOptions(without: ["find", "filter"])
    if let limit, let own = (command.document["limit"] ?? 0).integer {
      // One more tells whether there are more.
      let most = max(0, limit).addingReportingOverflow(1)
      if !most.overflow, own == 0 || own > most.partialValue {
        scope.options = scope.options.removing(["limit"]).adding("limit", .int64(Int64(most.partialValue)))
      }
    }
    return .documents(try client.find(try filter, in: collection, of: database, scope))
  }

  /// What is no document must not become the filter that lets all through.
  private var filter: BSONDocument {
    get throws(MongoFailure) {
      switch command.document["filter"] {
      case .document(let filter)?: return filter
      case nil: return BSONDocument()
      default: throw MongoFailure(origin: .client, code: 0, message: "the filter of find has to be a document")
      }
    }
  }

  private func aggregate(_ client: MongoClientHandle) throws(MongoFailure) -> MongoReply {
    let collection: String? =
      switch command.document["aggregate"] {
      case .string(let name)?: name
      case .int32?, .int64?, .double?: nil
      default: throw Self.unnamed("aggregate")
      }
    guard case .array(let stages)? = command.document["pipeline"] else {
      throw MongoFailure(origin: .client, code: 0, message: "aggregate needs a pipeline: a list of stages")
    }
    var scope = scope
    var options = readingOptions(without: ["aggregate", "pipeline", "cursor"])
    switch command.document["cursor"] {
    case .document(let cursor)?:
      if let size = cursor["batchSize"] { options = options.removing(["batchSize"]).adding("batchSize", size) }
    case nil: break
    default: throw MongoFailure(origin: .client, code: 0, message: "the cursor of aggregate has to be a document")
    }
    scope.options = options
    let pipeline: BSONDocument = ["pipeline": .array(stages)]
    return .documents(try client.aggregate(pipeline, on: collection, of: database, scope))
  }

  private func readingOptions(without names: Set<String>) -> BSONDocument {
    var options = command.document.removing(names.union(["$db", "$readPreference", "lsid"])).adding(maxTime: operation)
    if let batchSize, options["batchSize"] == nil {
      options = options.adding("batchSize", .int64(Int64(batchSize)))
    }
    return options
  }

  /// Listings that come with a cursor, which is on the server that replied: so one is chosen first.
  private func list(_ client: MongoClientHandle) throws(MongoFailure) -> MongoReply {
    var scope = scope
    scope.options = ["serverId": try client.selectServer(forWrites: false, scope.preference).number]
    let reply = try client.command(ownDocument, on: database, .plain, scope)
    return .documents(try client.cursor(of: reply, scope))
  }

  private static func unnamed(_ command: String) -> MongoFailure {
    MongoFailure(origin: .client, code: 0, message: "\(command) needs the name of a collection")
  }

  /// `$readPreference`, as drivers send it.
  private static func preference(_ document: BSONDocument) throws(DBError) -> MongoReadPreference? {
    guard let value = document["$readPreference"] else { return nil }
    let wanted = value.document ?? [:]
    var tags: [BSONDocument] = []
    if case .array(let list)? = wanted["tags"] {
      tags = list.compactMap { if case .document(let tag) = $0 { tag } else { nil } }
    }
    guard case .string(let mode)? = wanted["mode"],
      let preference = MongoReadPreference(
        mode: mode, tags: tags, maxStalenessSeconds: wanted["maxStalenessSeconds"]?.integer.map(Int64.init))
    else {
      throw DBError(
        .invalidParameter,
        "$readPreference needs a mode: primary, primaryPreferred, secondary, secondaryPreferred or nearest",
        adapter: .mongodb)
    }
    return preference
  }

  // MARK: Writing

  private func write(_ list: MongoWriteList, _ client: MongoClientHandle) throws(MongoFailure) -> BSONDocument {
    var scope = scope
    scope.options = list.options
    let bulk = try client.bulk(to: list.collection, of: database, scope)
    if list.bypassesValidation { bulk.bypassValidation() }
    for write in list.writes { try bulk.add(write) }
    return try bulk.execute()
  }
}
