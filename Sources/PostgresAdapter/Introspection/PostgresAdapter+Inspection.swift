public import DBAdapterCore

extension PostgresAdapter {
  /// The schemas by name; the temporary schemas of other sessions are never among them.
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    try await withCatalog(timeout: options.timeout) { catalog throws(DBError) in try await catalog.schemas(options) }
  }

  /// Tables, views, materialised views, foreign and partitioned tables, by schema and name, whether or not the role may
  /// read them.
  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    try await withCatalog(timeout: options.timeout) { catalog throws(DBError) in
      let relations = try await catalog.relations(
        .listed(schema: schema, options), isDetailed: false, estimates: options.includesEstimates)
      if let schema, relations.identifiers.isEmpty { try await catalog.requireSchema(schema) }
      return options.listing(relations.descriptions.map(\.table), "tables")
    }
  }

  /// Every table of a schema, or of all, in a number of statements that does not grow with the tables.
  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    try await withCatalog(timeout: options.timeout) { catalog throws(DBError) in
      var relations = try await catalog.relations(
        .listed(schema: schema, options), isDetailed: true, estimates: options.includesEstimates)
      if let schema, relations.identifiers.isEmpty { try await catalog.requireSchema(schema) }
      try await catalog.describe(&relations, estimates: options.includesEstimates)
      return options.listing(relations.descriptions, "tables")
    }
  }

  /// One table. Without a schema the first of that name on the session's search path, as the server itself looks.
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    try await withCatalog(timeout: options.timeout) { catalog throws(DBError) in
      var relations = try await catalog.relations(
        .named(table), isDetailed: true, estimates: options.includesEstimates)
      if relations.identifiers.isEmpty { throw try await catalog.missing(table) }
      try await catalog.describe(&relations, estimates: options.includesEstimates)
      return relations.descriptions[0]
    }
  }
}

extension PostgresCatalog {
  /// Fills in the parts of the relations, a statement or two for each kind of part.
  fileprivate func describe(_ relations: inout RelationSet, estimates: Bool) async throws(DBError) {
    if relations.identifiers.isEmpty { return }
    try await readColumns(&relations)
    try await readConstraints(&relations)
    try await readIndexes(&relations, estimates: estimates)
  }
}
