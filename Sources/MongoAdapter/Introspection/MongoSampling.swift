internal import DBAdapterCore

/// Which documents are to be looked at, and what is kept of them.
struct MongoSampling {
  var budget = SamplingBudget()
  /// The part of the documents, from 0 to 1, that takes the place of the budget's number; `nil` when that counts.
  var share: Double?
  var inference = InferenceOptions()

  private static let most = Int(Int32.max)

  /// How many documents to read; `nil` when a share is wanted and nobody knows of how many.
  func items(of total: Int64?) -> Int? {
    guard let share else { return min(max(1, budget.items), Self.most) }
    let part = share.isNaN ? 0 : min(max(share, 0), 1)
    return total.map { max(1, Int(min((Double($0) * part).rounded(.up), Double(Self.most)))) }
  }
}

/// What was read of a collection to learn its schema.
struct MongoReading {
  var schema: InferredSchema
  var coverage: Coverage
  /// The sizes of the documents that were read.
  var sizes: SizeSummary
}

extension MongoCatalogue {
  /// When looking has to end: after the budget's time, and a little before the call itself is out of time.
  /// - Parameter parts: how many times as much is still to be done in the call.
  func limit(_ budget: SamplingBudget, parts: Int) -> Deadline {
    let end = Deadline(after: operation.deadline.remaining.map { $0 * 8 / 10 / max(1, parts) })
    return budget.isFull ? end : min(end, Deadline(after: budget.duration))
  }

  /// How many documents there are: by the engine's own count, or by counting within a second where it keeps none, as of views.
  func documentCount(of collection: MongoCollection, _ storage: MongoStorage?) throws(DBError) -> Estimate? {
    if let count = storage?.documents { return Estimate(count, isExact: false, source: MongoStorage.source) }
    do throws(DBError) {
      let command: BSONDocument = ["count": .string(collection.name)]
      let reply = try session.read(
        command.adding(maxTime: operation, until: Deadline(after: .seconds(1))), on: collection.database, operation)
      return reply["n"]?.integer.map { Estimate(Int64($0), isExact: collection.kind == .view, source: "count") }
    } catch  where error.isAnswer && !operation.mustStop {
      return nil
    }
  }
}

extension BSONDocument {
  /// The same with what is left of the time, for the server to stop by itself.
  func adding(maxTime operation: MongoOperation, until limit: Deadline) -> BSONDocument {
    guard let remaining = Swift.min(limit, operation.deadline).remaining else { return self }
    return adding("maxTimeMS", .int64(Swift.min(Swift.max(1, remaining.nanoseconds / 1_000_000), Int64(Int32.max))))
  }
}

extension DBError {
  /// Why something is not known, in short: the server quotes the whole command it denies.
  func reason(for command: String) -> String {
    code == .permissionDenied ? "\(command) is denied to this user" : message
  }

  /// Whether it is what the server answered to one request, after which others may well succeed.
  var isAnswer: Bool {
    server != nil && ![.connectionLost, .serverShuttingDown, .cancelled, .authenticationFailed].contains(code)
  }
}
