internal import DBAdapterCore

/// Reads documents of a collection, all of them or a random sample, until there are enough or the time is over.
struct MongoSampler {
  private let catalogue: MongoCatalogue
  private let collection: MongoCollection
  private let sampling: MongoSampling
  private let total: Estimate?
  private let limit: Deadline
  private var inference: MongoInference
  private var sizes = SizeSummary()
  private var notes: [String] = []

  /// - Parameter total: how many documents there are, as far as it is known.
  init(
    _ catalogue: MongoCatalogue, _ collection: MongoCollection, _ sampling: MongoSampling, total: Estimate?,
    until limit: Deadline
  ) {
    self.catalogue = catalogue
    self.collection = collection
    self.sampling = sampling
    self.total = total
    self.limit = limit
    inference = MongoInference(sampling.inference)
  }

  /// Why reading ended.
  private enum Ending {
    case everything, items, time, error
  }

  mutating func read() throws(DBError) -> MongoReading {
    if sampling.budget.isFull { return reading(try pull(everything, most: .max, until: limit), "find") }
    let known = sampling.items(of: total?.value)
    if known == nil {
      notes.append("how many documents there are is not known, so \(sampling.budget.items) were asked for")
    }
    let wanted = known ?? sampling.budget.items
    if let total, total.value <= Int64(wanted) {
      return reading(
        try pull(everything.adding("limit", .int64(Int64(wanted) + 1)), most: wanted, until: limit), "find")
    }
    return try sample(wanted)
  }

  // MARK: Commands

  private var everything: BSONDocument { ["find": .string(collection.name)] }

  /// `$sample` picks documents at random, each at most once, where fewer than one in twenty are wanted of a collection; else it reads all
  /// and sorts them at random before the first one comes (MongoDB manual, $sample). When that takes too long, fewer are picked.
  private mutating func sample(_ wanted: Int) throws(DBError) -> MongoReading {
    let most = collection.kind == .collection ? Int((total?.value ?? 0) / 20) - 1 : 0
    let isPicked = wanted <= most
    let ending = try pull(picking(wanted), most: wanted, until: isPicked ? limit : halfway)
    if ending != .time || isPicked || sizes.count > 0 { return reading(ending, "$sample") }
    if most > 0 {
      notes.append("\(wanted) documents at random took too long, so \(most) were asked for")
      let ending = try pull(picking(most), most: most, until: limit)
      return reading(ending == .items ? .time : ending, "$sample")
    }
    let first = try pull(everything.adding("limit", .int64(Int64(wanted) + 1)), most: wanted, until: limit)
    return reading(first == .items ? .time : first, "find")
  }

  private func picking(_ size: Int) -> BSONDocument {
    [
      "aggregate": .string(collection.name), "pipeline": [["$sample": ["size": .int64(Int64(size))]]],
      "cursor": [:], "allowDiskUse": true,
    ]
  }

  /// The moment at which half of the time is over; never, where there is no end.
  private var halfway: Deadline { Deadline(after: limit.remaining.map { $0 / 2 }) }

  // MARK: Reading

  /// Adds the documents of a command to what was seen.
  /// - Parameter most: how many; what comes after them is not looked at.
  private mutating func pull(_ command: BSONDocument, most: Int, until end: Deadline) throws(DBError) -> Ending {
    let isSample = command["aggregate"] != nil
    let operation = catalogue.operation
    var inference = inference
    var sizes = sizes
    var ending = Ending.everything
    // One owner at a time, or each document would copy what was counted.
    self.inference = MongoInference(sampling.inference)
    defer { (self.inference, self.sizes) = (inference, sizes) }
    do throws(DBError) {
      try catalogue.session.read(
        command.adding(maxTime: operation, until: end), on: collection.database, operation, batchSize: batchSize,
        isEnough: {
          // The clock is looked at once in many documents.
          if sizes.count % 64 == 63, end.hasPassed { ending = .time }
          return ending != .everything
        }
      ) { document in
        guard sizes.count < most else {
          ending = .items
          return
        }
        inference.add(document)
        sizes.add(Int64(document.count))
      }
    } catch {
      guard !operation.mustStop else { throw error }
      // JavaScript that the server stops at its limit counts as interrupted.
      if error.code == .cancelled, error.server != nil, end.isNear { return .time }
      guard error.isAnswer else { throw error }
      if error.code == .timeout { return .time }
      // Picking at random can come upon the same documents again and again.
      if error.server?.nativeCode == Self.tooFewDifferent, sizes.count > 0 { return .items }
      notes.append("the documents could not be read: \(error.reason(for: "find"))")
      return .error
    }
    return isSample && ending == .everything ? .items : ending
  }

  /// What a view computes may be slow, and of a batch that is not full when the time is over nothing comes.
  private var batchSize: Int { collection.kind == .view ? 50 : 1_000 }

  private static let tooFewDifferent = 28_799

  private mutating func reading(_ ending: Ending, _ method: String) -> MongoReading {
    let isComplete = ending == .everything
    let seen = sizes.count
    if method == "find", !isComplete, seen > 0 {
      notes.append("the first documents were read, not a random sample of all: the intervals do not hold for the rest")
    }
    let total = isComplete ? Estimate(Int64(seen), isExact: true, source: method) : total
    let limits: [Ending: Coverage.Limit] = [.items: .items, .time: .duration, .error: .unreachable]
    return MongoReading(
      schema: inference.finish(of: isComplete ? .everything : .sample(of: total.map { Int($0.value) })),
      coverage: Coverage(
        seen: seen, total: total, isComplete: isComplete, method: method, stoppedBy: limits[ending], notes: notes),
      sizes: sizes)
  }
}

extension Deadline {
  /// Whether it has passed, or will within half a second.
  fileprivate var isNear: Bool { remaining.map { $0 < .milliseconds(500) } ?? false }
}
