internal import CLibMongoC
internal import DBAdapterCore

/// One client of a pool, for one thread at a time. It goes back when nobody refers to it any more.
final class MongoClientHandle {
  let client: OpaquePointer
  private let pool: MongoClientPool

  init(_ client: OpaquePointer, from pool: MongoClientPool) {
    self.client = client
    self.pool = pool
  }

  deinit { pool.push(client) }

  /// How a command is run: what libmongoc repeats, and which concerns of the connection string it adds.
  enum Mode {
    /// As it stands, once, at the primary or where the preference says.
    case plain
    /// With the read concern and read preference, and again after a network error (retryable reads).
    case read
    /// With the write concern; `findAndModify` again after a network error (retryable writes).
    case write

    fileprivate var native: bosdb_mongo_mode {
      switch self {
      case .plain: BOSDB_MONGO_PLAIN
      case .read: BOSDB_MONGO_READ
      case .write: BOSDB_MONGO_WRITE
      }
    }
  }

  /// Runs a command and returns the server's whole reply.
  func command(
    _ command: BSONDocument, on database: String, _ mode: Mode, _ scope: MongoScope = MongoScope()
  ) throws(MongoFailure) -> BSONDocument {
    var error = bson_error_t()
    var reply: OpaquePointer?
    let isDone = command.lend { command in
      scope.options.lend { options in
        bosdb_mongo_command(
          client, mode.native, database, command, options, scope.session?.session, preference(scope), &reply, &error)
      }
    }
    let answer = BSONDocument(consuming: reply)
    guard isDone else { throw MongoFailure(error, reply: answer) }
    return answer
  }

  /// Where a command goes: what it says itself, or for one that only reads the connection string.
  private func preference(_ scope: MongoScope) -> OpaquePointer? {
    scope.preference?.preference ?? (scope.isRead ? mongoc_client_get_read_prefs(client) : nil)
  }

  // MARK: Cursors

  /// The documents that match; the first batch is asked for with the first document.
  func find(
    _ filter: BSONDocument, in collection: String, of database: String, _ scope: MongoScope
  ) throws(MongoFailure) -> MongoCursorHandle {
    var error = bson_error_t()
    let cursor = filter.lend { filter in
      scope.options.lend { options in
        bosdb_mongo_find(
          client, database, collection, filter, options, scope.session?.session, scope.preference?.preference, &error)
      }
    }
    return try opened(cursor, error, scope)
  }

  /// What a pipeline yields. It runs at once when it writes (`$out`, `$merge`).
  /// - Parameter collection: `nil` for a pipeline on the database.
  func aggregate(
    _ pipeline: BSONDocument, on collection: String?, of database: String, _ scope: MongoScope
  ) throws(MongoFailure) -> MongoCursorHandle {
    var error = bson_error_t()
    let cursor = pipeline.lend { pipeline in
      scope.options.lend { options in
        bosdb_mongo_aggregate(
          client, database, collection, pipeline, options, scope.session?.session, scope.preference?.preference, &error)
      }
    }
    return try opened(cursor, error, scope)
  }

  /// The cursor that a command's reply names.
  /// - Parameter scope: its options name the server that replied.
  func cursor(of reply: BSONDocument, _ scope: MongoScope) throws(MongoFailure) -> MongoCursorHandle {
    var error = bson_error_t()
    let cursor = reply.lend { reply in
      scope.options.lend { options in bosdb_mongo_cursor(client, reply, options, scope.session?.session, &error) }
    }
    return try opened(cursor, error, scope)
  }

  private func opened(
    _ cursor: OpaquePointer?, _ error: bson_error_t, _ scope: MongoScope
  ) throws(MongoFailure) -> MongoCursorHandle {
    guard let cursor else { throw MongoFailure(error) }
    return MongoCursorHandle(cursor, of: self, in: scope.session)
  }

  /// Changes of a collection; without one of the database; without that of the whole deployment.
  func watch(
    _ pipeline: BSONDocument, on collection: String?, of database: String?, _ scope: MongoScope
  ) throws(MongoFailure) -> MongoChangeStreamHandle {
    var error = bson_error_t()
    let stream = pipeline.lend { pipeline in
      scope.options.lend { options in
        bosdb_mongo_watch(client, database, collection, pipeline, options, scope.session?.session, &error)
      }
    }
    guard let stream else { throw MongoFailure(error) }
    return MongoChangeStreamHandle(stream, of: self, in: scope.session)
  }

  // MARK: Writes

  /// Begins a list of writes to one collection.
  func bulk(
    to collection: String, of database: String, _ scope: MongoScope
  ) throws(MongoFailure) -> MongoBulkHandle {
    var error = bson_error_t()
    let bulk = scope.options.lend { options in
      bosdb_mongo_bulk(client, database, collection, options, scope.session?.session, &error)
    }
    guard let bulk else { throw MongoFailure(error) }
    return MongoBulkHandle(bulk, of: self)
  }

  // MARK: Sessions and servers

  /// A logical session (MongoDB 3.6 and later); `nil` when the server has none.
  func startSession() -> MongoSessionHandle? {
    mongoc_client_start_session(client, nil, nil).map { MongoSessionHandle($0, of: self) }
  }

  /// Waits for a server that may answer, as long as the connection string says.
  func selectServer(
    forWrites: Bool, _ preference: MongoReadPreference? = nil
  ) throws(MongoFailure) -> MongoServer {
    var error = bson_error_t()
    let preference = forWrites ? nil : preference?.preference ?? mongoc_client_get_read_prefs(client)
    guard let description = mongoc_client_select_server(client, forWrites, preference, &error) else {
      throw MongoFailure(error)
    }
    defer { mongoc_server_description_destroy(description) }
    return MongoServer(description)
  }

  /// The servers that are known now.
  var servers: [MongoServer] {
    var count = 0
    guard let list = mongoc_client_get_server_descriptions(client, &count) else { return [] }
    defer { mongoc_server_descriptions_destroy_all(list, count) }
    return (0..<count).compactMap { list[$0].map(MongoServer.init) }
  }
}

/// What a call runs with, beside the command itself.
struct MongoScope {
  /// Options in libmongoc's words: `serverId`, `maxTimeMS`, `writeConcern`.
  var options = BSONDocument()
  var session: MongoSessionHandle?
  var preference: MongoReadPreference?
  /// Whether any member may answer that the connection string allows to read from.
  var isRead = false
}

/// A server of the deployment, as libmongoc's monitoring knows it.
struct MongoServer: Sendable, Hashable {
  /// libmongoc's number for it.
  let id: UInt32
  /// `127.0.0.1:27017`.
  let address: String
  /// `RSPrimary`, `RSSecondary`, `Mongos`, `Standalone`.
  let kind: String
  let roundTrip: Duration

  fileprivate init(_ description: OpaquePointer) {
    id = mongoc_server_description_id(description)
    kind = String(cString: mongoc_server_description_type(description))
    roundTrip = .milliseconds(mongoc_server_description_round_trip_time(description))
    guard let host = mongoc_server_description_host(description) else {
      address = ""
      return
    }
    address = withUnsafePointer(to: &host.pointee.host_and_port) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
    }
  }

  /// Whether it holds data or speaks for servers that do.
  var isUsable: Bool { ["RSPrimary", "RSSecondary", "Mongos", "Standalone", "LoadBalancer"].contains(kind) }
  /// Whether writes go there.
  var takesWrites: Bool { isUsable && kind != "RSSecondary" }
  /// Whether it knows transactions and retryable writes.
  var hasTransactions: Bool { kind != "Standalone" }
}
