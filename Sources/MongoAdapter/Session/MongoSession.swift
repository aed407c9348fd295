internal import DBAdapterCore

/// The session's side on the worker thread: one client, its logical session and its transaction.
final class MongoSession {
  let options: MongoOptions
  private let pool: MongoClientPool
  private let stopper: MongoStopper
  private var client: MongoClientHandle?
  private(set) var logical: MongoSessionHandle?
  /// The server that answered when the session was opened.
  private(set) var server: MongoServer?
  var transaction = MongoTransactionState()
  /// Whether the client must not be used for another session.
  private(set) var isDamaged = false

  init(_ options: MongoOptions, _ pool: MongoClientPool, _ stopper: MongoStopper) {
    self.options = options
    self.pool = pool
    self.stopper = stopper
  }

  /// Whether the last user can have left anything: only transactions outlive a call.
  var needsReset: Bool { transaction.isOpen }

  // MARK: Opening

  /// Waits for a server, signs in and begins a logical session.
  func connect(_ operation: MongoOperation) throws(DBError) {
    do throws(MongoFailure) {
      let client = try pool.pop()
      let server = try client.selectServer(forWrites: false, preferred)
      // The first command dials and signs in.
      _ = try client.command(["ping": 1], on: "admin", .plain, MongoScope(options: ["serverId": server.number]))
      self.client = client
      self.server = server
      logical = client.startSession()
      stopper.attach(logical?.id)
    } catch {
      throw MongoErrors.error(error, MongoErrors.Context(operation: operation))
    }
  }

  func close() {
    transaction = MongoTransactionState()
    logical = nil
    client = nil
  }

  /// - Throws: ``DBError/Code-swift.struct/connectionLost`` before the session is opened and after it is closed.
  func opened() throws(DBError) -> MongoClientHandle {
    guard let client else { throw MongoAccess.closed }
    return client
  }

  func reset() throws(DBError) {
    _ = try opened()
    rollback()
  }

  /// Where reads go, when the session was opened for replicas; else where the connection string says.
  var preferred: MongoReadPreference? {
    options.prefersReplica && !transaction.isOpen ? MongoReadPreference(mode: "secondaryPreferred") : nil
  }

  // MARK: Failures

  /// What libmongoc reported of a call, for the caller.
  /// - Parameter mayHaveWritten: whether the call could have changed something.
  func error(_ failure: MongoFailure, _ operation: MongoOperation, mayHaveWritten: Bool) -> DBError {
    // libmongoc dials anew by itself; what it could not do says nothing against the client.
    if failure.origin == .protocolError { isDamaged = true }
    return MongoErrors.error(
      failure, MongoErrors.Context(operation: operation, mayHaveWritten: mayHaveWritten || transaction.isOpen))
  }

  /// Runs one of our own commands, which reads.
  func read(
    _ command: BSONDocument, on database: String, _ operation: MongoOperation, preference: MongoReadPreference? = nil,
    options: BSONDocument = [:]
  ) throws(DBError) -> BSONDocument {
    let client = try opened()
    do throws(MongoFailure) {
      return try client.command(
        command.adding(maxTime: operation), on: database, .plain,
        MongoScope(options: options, session: logical, preference: preference ?? preferred, isRead: !transaction.isOpen)
      )
    } catch {
      throw self.error(error, operation, mayHaveWritten: false)
    }
  }
}

extension MongoServer {
  /// libmongoc's number for it, as its options want it.
  var number: BSONValue { .int32(Int32(bitPattern: id)) }
}

extension BSONDocument {
  /// The same with the operation's limit for the server, unless it has one.
  func adding(maxTime operation: MongoOperation) -> BSONDocument {
    guard let limit = operation.maxTimeMS, self["maxTimeMS"] == nil else { return self }
    return adding("maxTimeMS", .int64(limit))
  }
}
