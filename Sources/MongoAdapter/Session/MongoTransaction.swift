internal import DBAdapterCore

/// What the session knows of its transaction beside libmongoc.
struct MongoTransactionState {
  var isOpen = false
  /// Whether commands that write are refused: the server has no such transactions.
  var isReadOnly = false
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

  /// Commits; asks again while the server's answer is lost, as the drivers' specification of transactions has it.
  ///
  /// An error without the server's words means that nobody knows.
  func commit(_ operation: MongoOperation) throws(DBError) {
    _ = try opened()
    guard let logical, transaction.isOpen else {
      throw DBError(.invalidParameter, "no transaction is open", adapter: .mongodb)
    }
    let limit = Deadline(after: Self.patienceWithCommits)
    while true {
      do throws(MongoFailure) {
        try logical.commit()
        transaction = MongoTransactionState()
        return
      } catch {
        guard MongoErrors.labels(of: error.reply).contains(Self.unknownCommit) else {
          throw self.error(error, operation, mayHaveWritten: true)
        }
        if error.code == Self.maxTimeExpired || limit.hasPassed || operation.mustStop {
          throw DBError(
            operation.stop == .cancelled ? .cancelled : .connectionLost,
            "the server has not confirmed the commit, and whether it took effect is not known: \(error.message)",
            retry: .ifIdempotent, adapter: .mongodb)
        }
      }
    }
  }

  /// Idempotent, and never fails: a transaction that cannot be told ends by itself at the server.
  func rollback() {
    if transaction.isOpen { try? logical?.abort() }
    transaction = MongoTransactionState()
  }

  private static let unknownCommit = "UnknownTransactionCommitResult"
  private static let maxTimeExpired = 50
  private static let patienceWithCommits: Duration = .seconds(30)
}
