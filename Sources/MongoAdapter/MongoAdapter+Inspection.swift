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
  /// documents differ from it, path by path.
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    try await catalogue(options.timeout) { catalogue throws(DBError) in
      try catalogue.describe(catalogue.collection(table), options)
    }
  }

  /// The same of every collection, each within its own budget.
  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    let describing = DescribeOptions(
      includesEstimates: options.includesEstimates, timeout: options.timeout, sampling: options.sampling)
    return try await catalogue(options.timeout) { catalogue throws(DBError) in
      var descriptions: [TableDescription] = []
      for collection in try catalogue.collections(in: schema, options) {
        if descriptions.count == options.limit { return MongoCatalogue.partial(descriptions, options.limit) }
        descriptions.append(try catalogue.describe(collection, describing))
      }
      return Listing(descriptions)
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
