internal import DBAdapterCore

extension MongoCatalogue {
  /// Fields, indexes, validator and sizes of one collection.
  /// - Parameter parts: how many collections are still to be described in the call.
  func describe(
    _ collection: MongoCollection, _ sampling: MongoSampling, includesEstimates: Bool, parts: Int = 1
  ) throws(DBError) -> CollectionSchema {
    var notes: [String] = []
    let storage = try storage(of: collection, &notes)
    let total = try documentCount(of: collection, storage)
    if !collection.showsOptions {
      notes.append(
        "options, validators and the pipelines of views are not known: listCollections is denied to this user")
    }
    let indexes = try indexes(of: collection, storage, &notes)
    var sampler = MongoSampler(
      self, collection, sampling, total: total, until: limit(sampling.budget, parts: parts))
    var reading = try sampler.read()
    let violating = try violations(of: collection, sampling.budget, parts: parts, &notes)
    reading.coverage.notes += notes
    let validator = collection.validator.flatMap { ValidatorSchema(validator: $0) }
    let findings = validator.map { reading.schema.findings(against: $0) } ?? []
    let description = TableDescription(
      table: info(collection, includesEstimates ? storage : nil),
      origin: .inferred(
        sampled: reading.coverage.seen, of: reading.coverage.total.map { Int($0.value) },
        method: reading.coverage.method),
      columns: reading.schema.columns(declared: validator),
      constraints: collection.validatorConstraint(violating: violating).map { [$0] } ?? [],
      indexes: indexes, viewDefinition: collection.viewDefinition,
      options: collection.facts + (storage?.isSharded == true ? ["sharded"] : []),
      statistics: statistics(collection, reading, storage, validator.map { _ in findings }, violating))
    return CollectionSchema(
      schema: reading.schema, coverage: reading.coverage, validator: validator, findings: findings,
      violating: violating, description: description)
  }

  private func statistics(
    _ collection: MongoCollection, _ reading: MongoReading, _ storage: MongoStorage?,
    _ findings: [ValidatorFinding]?, _ violating: Int64?
  ) -> TableStatistics {
    var details = DBDocument()
    if let storage {
      details.fields.append(.init("storedBytes", storage.storedBytes.map { .int($0) } ?? .null))
      details.fields.append(.init("indexBytes", .int(storage.indexBytes.values.reduce(0, &+))))
    }
    if reading.schema.malformed > 0 { details.fields.append(.init("malformed", .int(Int64(reading.schema.malformed)))) }
    if collection.validator != nil {
      var report: DBDocument = ["violating": violating.map { .int($0) } ?? .null]
      if let findings { report.fields.append(.init("findings", .array(DBArray(findings.map(\.report))))) }
      details.fields.append(.init("validator", .document(report)))
    }
    var memory = reading.sizes.measurement(unit: "bytes", source: "documents read")
    memory?.total = storage?.bytes.map { Estimate($0, isExact: false, source: MongoStorage.source) }
    return TableStatistics(coverage: reading.coverage, memory: memory, details: details)
  }

  /// How many documents of the whole collection break the validator; `nil` when that takes longer than looking may.
  private func violations(
    of collection: MongoCollection, _ budget: SamplingBudget, parts: Int, _ notes: inout [String]
  ) throws(DBError) -> Int64? {
    guard let validator = collection.validator else { return nil }
    let command: BSONDocument = ["count": .string(collection.name), "query": ["$nor": [.document(validator)]]]
    do throws(DBError) {
      let reply = try session.read(
        command.adding(maxTime: operation, until: limit(budget, parts: parts)), on: collection.database, operation)
      return reply["n"]?.integer.map(Int64.init)
    } catch  where error.isAnswer && !operation.mustStop {
      notes.append(
        error.code == .timeout
          ? "counting the documents that break the validator took too long"
          : "the documents that break the validator could not be counted: \(error.reason(for: "count"))")
      return nil
    }
  }
}

extension ValidatorFinding {
  fileprivate var report: DBValue {
    .document([
      "kind": .text(kind.rawValue), "path": .text(path), "finding": .text(sentence), "count": .int(Int64(count)),
      "of": .int(Int64(total)),
    ])
  }
}
