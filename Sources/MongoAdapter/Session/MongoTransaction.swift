internal import DBAdapterCore

/// What the session knows of its transaction beside libmongoc.
struct MongoTransactionState {
  var isOpen = false
  /// Whether commands that write are refused: the server has no such transactions.
  var isReadOnly = false
}

/// What became of a request to commit.
enum MongoCommitAnswer: Sendable {
  case done
  /// Nobody knows whether it took effect, in libmongoc's or the server's words; the server may know when it is asked again.
  case lost(String, mayAskAgain: Bool)
}

extension MongoSession {
  /// Begins a transaction. The server hears of it with the first command.
  func begin(_ transactionOptions: TransactionOptions) throws(DBError) {
    _ = try opened()
    guard !transaction.isOpen else {
      throw DBError(
        .invalidParameter, "a transaction is open already, and MongoDB has no savepoints; end it first",
        adapter: .mongodb)
    }
    guard !transactionOptions.isDeferrable else {
      throw DBError(
        .unsupported, "MongoDB has no deferrable transactions; its transactions never wait to begin", adapter: .mongodb)
    }
    guard transactionOptions.isolation != .serializable else {
      throw DBError(
        .unsupported, "MongoDB's transactions have snapshot isolation, which is less than serializable",
        adapter: .mongodb)
    }
    guard let logical, server?.hasTransactions == true else {
      throw DBError(
        .unsupported, "this server has no transactions: MongoDB needs a replica set or mongos for them",
        adapter: .mongodb)
    }
    do throws(MongoFailure) {
      try logical.startTransaction(readConcern: transactionOptions.isolation == nil ? nil : "snapshot")
    } catch {
      throw MongoErrors.error(error, MongoErrors.Context())
    }
    transaction = MongoTransactionState(isOpen: true, isReadOnly: transactionOptions.isReadOnly)
  }

  /// Commits.
  /// - Throws: what the server said, where it is known that nothing was committed.
  func commit(_ operation: MongoOperation) throws(DBError) -> MongoCommitAnswer {
    _ = try opened()
    guard let logical, transaction.isOpen else {
      throw DBError(.invalidParameter, "no transaction is open", adapter: .mongodb)
    }
    do throws(MongoFailure) {
      try logical.commit()
      transaction = MongoTransactionState()
      return .done
    } catch {
      let isUnknown = MongoErrors.labels(of: error.reply).contains(Self.unknownCommit)
      // A repeated commit that finds no server says nothing of the first.
      let isSilent = error.origin != .server && error.origin != .client
      // A server that was told to stop may have handed the commit on already.
      let isStopped = operation.stop != .none && MongoCodes.stops.contains(error.code)
      guard isUnknown || isSilent || isStopped || error.hasUnconfirmedWrites else {
        throw MongoErrors.error(error, MongoErrors.Context(operation: operation, mayHaveWritten: true))
      }
      let reason = error.reply.value(at: "writeConcernError.code")?.integer ?? error.code
      return .lost(error.message, mayAskAgain: (isUnknown || isSilent) && !Self.finalReasons.contains(reason))
    }
  }

  /// Idempotent, and never fails: a transaction that cannot be told ends by itself at the server.
  func rollback() {
    if transaction.isOpen { try? logical?.abort() }
    transaction = MongoTransactionState()
  }

  private static let unknownCommit = "UnknownTransactionCommitResult"
  /// What is the same however often it is asked: the time is over, or the write concern is one that these servers can never satisfy.
  private static let finalReasons: Set<Int> = [50, 79, 100]
}
