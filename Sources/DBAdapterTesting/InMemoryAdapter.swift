public import DBAdapterCore

/// The adapter of an ``InMemoryServer``.
public final class InMemoryAdapter: IDBAdapter {
  public static let descriptor = AdapterDescriptor(
    kind: DatabaseKind(rawValue: "memory"), displayName: "In memory", schemes: ["memory"], defaultPort: nil,
    dataModel: .relational, vocabulary: .relational,
    capabilities: [.rowStreaming, .transactions, .savepoints, .pipelining], clientLibrary: "none")

  private let server: InMemoryServer
  private let isOpen = Locked(false)

  init(_ server: InMemoryServer) { self.server = server }

  public var isReusable: Bool { server.isReusable }
  public var needsReset: Bool { server.needsReset }
  public var executor: (any TaskExecutor)? { nil }
  public var endpoint: String { "memory" }

  public func connect() async throws(DBError) {
    try await server.enter("connect")
    isOpen.withLock { $0 = true }
    server.opened(1)
  }

  public func close() async {
    try? await server.enter("close")
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    if wasOpen { server.opened(-1) }
  }

  public func executeQuery(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    QueryResult(rows: try await server.rows(of: request), reply: .rows)
  }

  public func classify(_ request: QueryRequest) async throws(DBError) -> StatementClassification {
    try await server.enter("classify", request.statement.textWithoutValues)
    return server.classify(request)
  }

  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    NormalizedStatement(request.statement.textWithoutValues)
  }

  public func ping(timeout: Duration?) async throws(DBError) { try await server.enter("ping") }
  public func resetSession() async throws(DBError) { try await server.enter("reset") }

  public func serverInfo() async throws(DBError) -> ServerInfo {
    try await server.enter("serverInfo")
    return ServerInfo(
      product: "In memory", version: "1", database: nil, user: nil, role: "embedded", endpoint: endpoint,
      isReadOnly: false,
      encryption: nil, clientLibrary: "none", capabilities: Self.descriptor.capabilities)
  }

  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    try await server.enter("listSchemas")
    return Listing([])
  }

  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    try await server.enter("listTables")
    return Listing([])
  }

  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> { Listing([]) }

  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    throw DBError(.objectNotFound, "there is no table \(table)")
  }

  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    try await server.enter("explain", request.statement.textWithoutValues)
    return QueryPlan(mode: mode, roots: [], native: .null)
  }
}

extension InMemoryAdapter: Transactional {
  public func begin(_ options: TransactionOptions) async throws(DBError) { try await server.enter("begin") }
  public func commit() async throws(DBError) { try await server.enter("commit") }
  public func rollback() async throws(DBError) { try await server.enter("rollback") }
  public func savepoint(_ name: String, _ action: SavepointAction) async throws(DBError) {
    try await server.enter("savepoint \(action)", name)
  }
}

extension InMemoryAdapter: RowStreaming, Pipelining {
  public func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor {
    InMemoryCursor(try await server.rows(of: request), server)
  }

  public func executePipeline(
    _ requests: [QueryRequest]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await server.enter("pipeline")
    var results: [Result<QueryResult, DBError>] = []
    for request in requests {
      do throws(DBError) {
        results.append(.success(try await executeQuery(request)))
      } catch {
        results.append(.failure(error))
      }
    }
    return results
  }
}

/// Hands the rows out as one batch.
private final class InMemoryCursor: RowCursor {
  let columns: ColumnSet
  private let rows: RowBatch
  private let server: InMemoryServer
  private let isDone = Locked(false)

  init(_ rows: RowBatch, _ server: InMemoryServer) {
    self.rows = rows
    self.server = server
    columns = rows.columns
  }

  var summary: CursorSummary { CursorSummary(commandTag: "SELECT") }

  func nextBatch() async throws(DBError) -> RowBatch? {
    try await server.enter("nextBatch")
    return isDone.withLock { isDone in
      defer { isDone = true }
      return isDone ? nil : rows
    }
  }

  func close() async { try? await server.enter("closeCursor") }
}
