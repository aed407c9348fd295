extension ConnectionManager {
  /// The schemas of a database, by name.
  ///
  /// Inspections of a manager run in a read-only session, on a replica if the connection string names any. With
  /// ``ConnectionManagerConfiguration/schemaCache`` their answers are kept; without it every one is the server's.
  /// - Parameter freshness: how old the answer may be. Default: younger than the cache's time to live.
  /// - Throws: what leasing a session and asking throw.
  public func schemas(
    of target: ConnectionString, _ options: ListOptions = ListOptions(), freshness: SchemaFreshness = .cached,
    file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Inspected<Listing<SchemaInfo>> {
    try await inspect(target, .schemas(options), freshness, CallSite(file: file, line: line)) {
      session throws(DBError) in
      try await session.schemas(options, file: file, line: line)
    }
  }

  /// The tables, views and their kind of one schema, or of all that are not the engine's own, by name.
  public func tables(
    of target: ConnectionString, in schema: String? = nil, _ options: ListOptions = ListOptions(),
    freshness: SchemaFreshness = .cached, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Inspected<Listing<TableInfo>> {
    try await inspect(target, .tables(schema: schema, options), freshness, CallSite(file: file, line: line)) {
      session throws(DBError) in try await session.tables(in: schema, options, file: file, line: line)
    }
  }

  /// Columns, constraints and indexes of one table.
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such table, whatever the cache holds.
  public func describe(
    _ table: TableReference, of target: ConnectionString, _ options: DescribeOptions = DescribeOptions(),
    freshness: SchemaFreshness = .cached, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Inspected<TableDescription> {
    try await inspect(target, .table(table, options), freshness, CallSite(file: file, line: line)) {
      session throws(DBError) in try await session.describe(table, options, file: file, line: line)
    }
  }

  /// Columns, constraints and indexes of all tables of a schema, or of all schemas that are not the engine's own.
  public func describeTables(
    of target: ConnectionString, in schema: String? = nil, _ options: ListOptions = ListOptions(),
    freshness: SchemaFreshness = .cached, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Inspected<Listing<TableDescription>> {
    try await inspect(target, .allTables(schema: schema, options), freshness, CallSite(file: file, line: line)) {
      session throws(DBError) in try await session.describeTables(in: schema, options, file: file, line: line)
    }
  }

  /// Forgets what the cache holds of a database: after a migration, for example.
  /// - Parameters:
  ///   - schema: only what a change in this schema may have changed. Default: everything.
  ///   - table: only what a change of this table may have changed. Default: everything.
  /// - Throws: ``DBError/Code-swift.struct/unknownScheme``.
  public func invalidateSchema(
    of target: ConnectionString, schema: String? = nil, table: TableReference? = nil
  ) throws(DBError) {
    guard let schemaCache else { return }
    let key = try broker.key(of: inspected(target))
    if let table {
      schemaCache.invalidate(pool: key, table: table)
    } else if let schema {
      schemaCache.invalidate(pool: key, schema: schema)
    } else {
      schemaCache.invalidate(pool: key)
    }
  }

  /// Forgets everything the schema cache holds.
  public func invalidateSchemas() { schemaCache?.invalidateAll() }

  private func inspected(_ target: ConnectionString) -> PoolBroker.Target {
    PoolBroker.Target(string: target, access: .readOnly, preference: target.replicas.isEmpty ? .primary : .replica)
  }

  private func inspect<Value: SchemaWeighted>(
    _ target: ConnectionString, _ question: SchemaQuestion, _ freshness: SchemaFreshness, _ site: CallSite,
    _ read: @escaping @Sendable (DatabaseSession) async throws(DBError) -> Value
  ) async throws(DBError) -> Inspected<Value> {
    let place = inspected(target)
    let ask: @Sendable () async throws(DBError) -> Value = { [self] () async throws(DBError) in
      try await withLease(place, site, read)
    }
    guard let schemaCache else {
      let start = time.now()
      let readAt = DBTimestamp.now()
      let value = try await ask()
      return Inspected(
        value: value, readAt: readAt, age: start.elapsed(to: time.now()), isStale: false, isFromCache: false)
    }
    do throws(DBError) {
      _ = try configuration.schemaCache?.validated()
      return try await schemaCache.inspected(try broker.key(of: place), question, freshness, read: ask)
    } catch {
      throw error.completed(origin: site.location)
    }
  }
}
