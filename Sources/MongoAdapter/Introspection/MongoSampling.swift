internal import DBAdapterCore

/// What was read of a collection to learn its schema.
struct MongoReading {
  var schema: InferredSchema
  var coverage: Coverage
  /// The sizes of the documents that were read.
  var sizes: SizeSummary
}

extension MongoCatalogue {
  /// Reads documents, all of them or a random sample, within a budget.
  func read(
    _ collection: MongoCollection, _ budget: SamplingBudget, _ storage: MongoStorage?
  ) throws(DBError) -> MongoReading {
    let count = try documentCount(of: collection, storage)
    let readsAll = budget.isFull || count.map { $0 <= Int64(budget.items) } == true
    let limit = budget.isFull ? Deadline.never : Deadline(after: budget.duration)
    var inference = MongoInference()
    var sizes = SizeSummary()
    var isLate = false
    try session.read(
      readsAll ? Self.everything(collection) : Self.sample(collection, budget.items), on: collection.database,
      operation,
      batchSize: 1_000,
      isEnough: {
        // The clock is looked at once in many documents.
        isLate = inference.documents % 64 == 63 && limit.hasPassed
        return isLate
      }
    ) { document in
      inference.add(document)
      sizes.add(Int64(document.count))
    }
    let isComplete = readsAll && !isLate
    let total = isComplete ? Int64(inference.documents) : count
    return MongoReading(
      schema: inference.finish(of: isComplete ? .everything : .sample(of: total.map(Int.init))),
      coverage: Coverage(
        seen: inference.documents, total: total.map { Estimate($0, isExact: isComplete, source: MongoStorage.source) },
        isComplete: isComplete, method: readsAll ? "find" : "$sample",
        stoppedBy: isLate ? .duration : isComplete ? nil : .items,
        notes: isLate && readsAll ? ["the first documents were read, not a random sample of all"] : []),
      sizes: sizes)
  }

  /// By the engine's own count; of a view, and where that is denied, by counting within a second.
  private func documentCount(of collection: MongoCollection, _ storage: MongoStorage?) throws(DBError) -> Int64? {
    if let count = storage?.documents { return count }
    do throws(DBError) {
      let reply = try session.read(
        ["count": .string(collection.name), "maxTimeMS": 1_000], on: collection.database, operation)
      return reply["n"]?.integer.map(Int64.init)
    } catch  where [.timeout, .permissionDenied, .unsupported].contains(error.code) {
      return nil
    }
  }

  private static func everything(_ collection: MongoCollection) -> BSONDocument { ["find": .string(collection.name)] }

  /// `$sample` takes documents at random, each at most once unless the collection changes meanwhile.
  private static func sample(_ collection: MongoCollection, _ size: Int) -> BSONDocument {
    [
      "aggregate": .string(collection.name), "pipeline": [["$sample": ["size": .int64(Int64(size))]]],
      "cursor": [:], "allowDiskUse": true,
    ]
  }
}
