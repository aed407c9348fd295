import DBAdapterCore
import PostgresAdapter
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A place of its own on the test server: a schema with a made-up name, or several that begin with it, gone when the
/// test ends.
struct InspectionFixture {
  static let url: String? = getenv("BOSDB_TEST_POSTGRES_URL").map { String(cString: $0) }
  static let mustRun = getenv("BOSDB_REQUIRE_SERVERS").map { String(cString: $0) } == "1"

  let session: DatabaseSession
  /// Begins the names of everything the test makes outside its schema.
  let name: String

  /// Makes the schema, runs a script (`{s}` stands for the schema's name) and lends a session with the server's own
  /// search path.
  static func with(_ script: String = "", _ body: (InspectionFixture) async throws -> Void) async throws {
    let url = try #require(url, "BOSDB_TEST_POSTGRES_URL is not set")
    let manager = try ConnectionManager(registry: AdapterRegistry([.postgres]), policy: .administrative)
    try await manager.withSession(url) { session in
      let fixture = InspectionFixture(session: session, name: "inspect_\(UInt32.random(in: .min ... .max))")
      let result: Result<Void, any Error>
      do {
        try await fixture.run("CREATE SCHEMA {s};" + script)
        result = .success(try await body(fixture))
      } catch {
        result = .failure(error)
      }
      try await fixture.cleanUp()
      try result.get()
    }
  }

  /// Another session with the same server.
  func withAnotherSession(_ body: (DatabaseSession) async throws -> Void) async throws {
    let manager = try ConnectionManager(registry: AdapterRegistry([.postgres]), policy: .administrative)
    try await manager.withSession(Self.url ?? "", body)
  }

  func run(_ script: String, in other: DatabaseSession? = nil) async throws {
    for statement in try AdapterRegistration.postgres.statements(inScript: script.replacing("{s}", with: name)) {
      _ = try await (other ?? session).execute(QueryRequest(unsafeText: statement.text))
    }
  }

  private func cleanUp() async throws {
    let pattern = name + "%"
    let schemas = try await session.execute(
      "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname LIKE \(pattern)")
    for row in schemas.rows {
      let schema: String = try row.decode(at: 0)
      _ = try await session.execute("DROP SCHEMA \(identifier: schema) CASCADE")
    }
    _ = try await session.execute("DROP FOREIGN DATA WRAPPER IF EXISTS \(identifier: name) CASCADE")
    _ = try await session.execute("DROP ROLE IF EXISTS \(identifier: name)")
  }

  func table(_ table: String) -> TableReference { TableReference(schema: name, name: table) }

  func describe(_ table: String) async throws -> TableDescription { try await session.describe(self.table(table)) }

  func value(_ request: QueryRequest) async throws -> DBValue? {
    try await session.execute(request).rows.first?[0]
  }
}

/// Says why a suite did not run; with `BOSDB_REQUIRE_SERVERS=1` it runs and fails.
let hasPostgres: ConditionTrait = .enabled(
  if: InspectionFixture.url != nil || InspectionFixture.mustRun, "BOSDB_TEST_POSTGRES_URL is not set")

extension TableDescription {
  func column(_ name: String) throws -> ColumnInfo {
    try #require(columns.first { $0.name == name }, "\(table.reference) has no column \(name)")
  }

  func constraint(_ name: String) throws -> ConstraintInfo {
    try #require(constraints.first { $0.name == name }, "\(table.reference) has no constraint \(name)")
  }

  func index(_ name: String) throws -> IndexInfo {
    try #require(indexes.first { $0.name == name }, "\(table.reference) has no index \(name)")
  }
}
