public import DBAdapterCore

extension RedisAdapter {
  /// The logical databases that have keys, and the session's own, with their number of keys.
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    try await inspector().listSchemas(options)
  }

  /// The key groups of a logical database: keys that look alike and have one type, as far as the budget's sample shows.
  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    try await withInspector(schema) { inspector throws(DBError) in try await inspector.listTables(options) }
  }

  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    try await withInspector(schema) { inspector throws(DBError) in try await inspector.describeTables(options) }
  }

  /// One key group, by its name as listed: `user:{int}`, or `user:{int} (hash)`.
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    try await withInspector(table.schema) { inspector throws(DBError) in
      try await inspector.describeTable(table.name, options)
    }
  }

  private func inspector() async throws(DBError) -> RedisKeyspaceInspector {
    let server = try server()
    return RedisKeyspaceInspector(
      nodes: try await server.scannable(), database: options.database, commandTimeout: options.commandTimeout,
      isRandomOrder: !(server.greeting.isCluster && server.greeting.scansBySlot))
  }

  /// Lends an inspector of a logical database. Another one than the session's is read over a connection of its own,
  /// because the session's is shared.
  private func withInspector<R: Sendable>(
    _ schema: String?, _ body: (RedisKeyspaceInspector) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    guard let schema, schema != "\(options.database)" else { return try await body(inspector()) }
    guard let database = Int(schema), database >= 0, let endpoint = try server().connection?.endpoint else {
      throw DBError(.objectNotFound, "there is no database \(schema)", adapter: .redis)
    }
    let (connection, _) = try await connector.dialer.open(endpoint, limit: connector.configuration.connectTimeout)
    defer { connection.close() }
    let reply = try await connection.send(
      [RedisCommand("SELECT", schema)], until: Deadline(after: options.commandTimeout))[0]
    if reply.kind == .error {
      throw DBError(
        .objectNotFound, "there is no database \(schema)", adapter: .redis, underlying: RedisErrors.error(reply))
    }
    return try await body(
      RedisKeyspaceInspector(
        nodes: [connection], database: database, commandTimeout: options.commandTimeout))
  }
}

extension RedisGreeting {
  /// Whether the server, in a cluster, keeps the keys of each slot by themselves: since Redis 8 (7.4) and Valkey 8.
  fileprivate var scansBySlot: Bool {
    let parts = (version ?? "").split(separator: ".").compactMap { Int($0) }
    guard let major = parts.first else { return false }
    return major > 7 || (major == 7 && parts.count > 1 && parts[1] >= 4)
  }
}
