public import DBAdapterCore

extension MongoAdapter {
  /// The databases that the user may see.
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    try await catalogue(options.timeout) { catalogue throws(DBError) in try catalogue.schemas(options) }
  }

  /// The collections, views and time series of a database; without one of the connection string's, or where that names none of all.
  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    try await catalogue(options.timeout) { catalogue throws(DBError) in try catalogue.tables(in: schema, options) }
  }

  /// What the documents of a collection look like, by a random sample or all of them, beside what its validator declares.
  ///
  /// No values of the data are shown. ``TableStatistics/details`` has, where there is a validator, how many documents break it and how the
  /// documents differ from it, path by path. What the user may not see is no error: the coverage's notes name it.
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    let sampling = MongoSampling(budget: options.sampling)
    return try await catalogue(options.timeout) { catalogue throws(DBError) in
      try catalogue.describe(
        catalogue.collection(table), sampling, includesEstimates: options.includesEstimates
      ).description
    }
  }

  /// The same of every collection, each within its own budget, or its part of the call's time where that is less.
  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    let sampling = MongoSampling(budget: options.sampling)
    return try await catalogue(options.timeout) { catalogue throws(DBError) in
      var descriptions: [TableDescription] = []
      let collections = try catalogue.collections(in: schema, options)
      for collection in collections.prefix(options.limit ?? .max) {
        descriptions.append(
          try catalogue.describe(
            collection, sampling, includesEstimates: options.includesEstimates,
            parts: collections.count - descriptions.count
          ).description)
      }
      return descriptions.count < collections.count
        ? MongoCatalogue.partial(descriptions, options.limit)
        : Listing(descriptions, completeness: MongoCatalogue.completeness(of: collections))
    }
  }

  /// Everything of one collection, for ``DBAdapterCore/DatabaseSession/inferSchema(of:in:_:share:options:timeout:file:line:)``.
  func schema(
    of table: TableReference, _ sampling: MongoSampling, timeout: Duration?
  ) async throws(DBError) -> CollectionSchema {
    try await catalogue(timeout) { catalogue throws(DBError) in
      try catalogue.describe(catalogue.collection(table), sampling, includesEstimates: true)
    }
  }

  private func catalogue<R: Sendable>(
    _ timeout: Duration?, _ body: @escaping @Sendable (MongoCatalogue) throws(DBError) -> R
  ) async throws(DBError) -> R {
    try await access.perform(timeout: timeout) { session, operation throws(DBError) in
      try body(MongoCatalogue(session: session, operation: operation))
    }
  }
}
