internal import DBAdapterCore
internal import Glibc
internal import PostgresAdapter

/// The tables of the PostgreSQL benchmarks, in a schema made for this run and dropped after it.
struct PostgresDataSet: Sendable {
  /// Rows of the table that is looked up in.
  static let keys = 100_000

  let url: String
  let schema: String
  /// Rows of the table that is read from end to end.
  let bulkRows: Int

  init(url: String, isQuick: Bool) throws {
    self.url = url
    schema = "bosdb_bench_\(getpid())"
    bulkRows = isQuick ? 100_000 : 1_000_000
    let limit = try PostgresLimit(url)
    try limit.execute("CREATE SCHEMA \(schema)")
    // Unlogged: what the server's log costs is not measured.
    try limit.execute("CREATE UNLOGGED TABLE \(schema).kv (id int4 PRIMARY KEY, v text NOT NULL)")
    try limit.execute("INSERT INTO \(schema).kv SELECT i, 'value ' || i FROM generate_series(1, \(Self.keys)) i")
    try limit.execute("CREATE UNLOGGED TABLE \(schema).bulk (\(Self.columns))")
    try limit.execute(
      """
      INSERT INTO \(schema).bulk
      SELECT i, rpad('item ' || i, 20, '.'), i * 0.5, timestamptz '2026-01-01 00:00Z' + i * interval '1 second',
        i % 2 = 0, CASE WHEN i % 10 <> 0 THEN i % 1000 END
      FROM generate_series(1, \(bulkRows)) i
      """)
    try limit.execute("CREATE UNLOGGED TABLE \(schema).copied (\(Self.columns))")
    try limit.execute("VACUUM ANALYZE \(schema).kv")
    try limit.execute("VACUUM ANALYZE \(schema).bulk")
  }

  private static let columns = """
    id int8 NOT NULL, name varchar(20) NOT NULL, score float8 NOT NULL, at timestamptz NOT NULL, flag bool NOT NULL,
    extra int4
    """

  func drop() throws {
    let limit = try PostgresLimit(url)
    try limit.execute("SET client_min_messages = warning")
    try limit.execute("DROP SCHEMA \(schema) CASCADE")
  }

  // MARK: Statements

  var lookup: String { "SELECT v FROM \(schema).kv WHERE id = $1" }

  func bulk(rows: Int? = nil) -> String {
    "SELECT id, name, score, at, flag, extra FROM \(schema).bulk" + (rows.map { " LIMIT \($0)" } ?? "")
  }

  /// Keys in an order that jumps about, the same in every run.
  static func keys(_ count: Int) -> [Int32] {
    var state: UInt32 = 0x2545_F491
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int32(state >> 8) % Int32(keys) + 1
    }
  }

  // MARK: Connections

  static let manager: ConnectionManager = {
    do {
      var configuration = ConnectionManagerConfiguration()
      configuration.pool = PoolConfiguration()
      configuration.pool?.maximumConnections = 32
      return ConnectionManager(registry: try AdapterRegistry([.postgres]), configuration: configuration)
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// A manager whose pools have so many connections at most.
  func withPool<R>(
    of connections: Int, _ body: (ConnectionManager, ConnectionString) async throws -> R
  ) async throws -> R {
    var configuration = ConnectionManagerConfiguration()
    configuration.pool = PoolConfiguration()
    configuration.pool?.maximumConnections = connections
    return try await ConnectionManager.withManager(
      registry: try AdapterRegistry([.postgres]), configuration: configuration
    ) { try await body($0, try ConnectionString(url)) }
  }

  /// A session with the policy that sessions have by default: read-only.
  func withSession<R>(
    policy: AccessPolicy = .readOnly, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await Self.manager.withSession(url, policy: policy, body)
  }

  /// Several sessions at once.
  func withSessions<R>(_ count: Int, _ body: ([DatabaseSession]) async throws -> R) async throws -> R {
    try await withSessions(count, after: [], body)
  }

  private func withSessions<R>(
    _ count: Int, after open: [DatabaseSession], _ body: ([DatabaseSession]) async throws -> R
  ) async throws -> R {
    if open.count == count { return try await body(open) }
    return try await withSession { try await withSessions(count, after: open + [$0], body) }
  }

  /// A C connection with the look-up prepared.
  func makeLimit() throws -> PostgresLimit {
    let limit = try PostgresLimit(url)
    try limit.prepare(lookup)
    return limit
  }
}
