internal import DBAdapterCore

extension MongoCatalogue {
  /// Fields, indexes, validator and sizes of one collection.
  func describe(_ collection: MongoCollection, _ options: DescribeOptions) throws(DBError) -> TableDescription {
    let storage = try storage(of: collection)
    let reading = try read(collection, options.sampling, storage)
    let validator = collection.validator.flatMap { ValidatorSchema(validator: $0) }
    return TableDescription(
      table: info(collection, options.includesEstimates ? storage : nil),
      origin: .inferred(
        sampled: reading.coverage.seen, of: reading.coverage.total.map { Int($0.value) },
        method: reading.coverage.method),
      columns: reading.schema.columns(declared: validator),
      constraints: collection.validatorConstraint.map { [$0] } ?? [],
      indexes: try indexes(of: collection, storage), viewDefinition: collection.viewDefinition,
      options: collection.facts + (storage?.isSharded == true ? ["sharded"] : []),
      statistics: try statistics(collection, reading, storage, validator, options))
  }

  private func statistics(
    _ collection: MongoCollection, _ reading: MongoReading, _ storage: MongoStorage?, _ validator: ValidatorSchema?,
    _ options: DescribeOptions
  ) throws(DBError) -> TableStatistics {
    var details = DBDocument()
    if let storage {
      details.fields.append(.init("storedBytes", storage.storedBytes.map { .int($0) } ?? .null))
      details.fields.append(.init("indexBytes", .int(storage.indexBytes.values.reduce(0, +))))
    }
    if reading.schema.malformed > 0 { details.fields.append(.init("malformed", .int(Int64(reading.schema.malformed)))) }
    if let rule = collection.validator {
      var report = DBDocument()
      if let count = try violations(of: rule, in: collection, options.sampling) {
        report.fields.append(.init("violating", .int(count)))
      }
      if let validator {
        report.fields.append(
          .init("findings", .array(DBArray(reading.schema.findings(against: validator).map(\.report)))))
      }
      details.fields.append(.init("validator", .document(report)))
    }
    var memory = reading.sizes.measurement(unit: "bytes", source: "documents read")
    memory?.total = storage?.bytes.map { Estimate($0, isExact: false, source: MongoStorage.source) }
    return TableStatistics(coverage: reading.coverage, memory: memory, details: details)
  }

  /// How many documents of the whole collection break the validator; `nil` when that takes longer than looking may.
  private func violations(
    of validator: BSONDocument, in collection: MongoCollection, _ budget: SamplingBudget
  ) throws(DBError) -> Int64? {
    var command: BSONDocument = [
      "count": .string(collection.name), "query": ["$nor": [.document(validator)]],
    ]
    if !budget.isFull { command = command.adding("maxTimeMS", .int64(max(1, budget.duration.nanoseconds / 1_000_000))) }
    do throws(DBError) {
      return try session.read(command, on: collection.database, operation)["n"]?.integer.map(Int64.init)
    } catch  where !operation.mustStop && error.code == .timeout {
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
