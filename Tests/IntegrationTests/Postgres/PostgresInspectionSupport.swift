import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// A place of its own on the test server: a schema with a made-up name, or several that begin with it, gone when the
/// test ends.
struct InspectionFixture {
  let session: DatabaseSession
  /// Begins the names of everything the test makes outside its schema.
  let name: String

  /// Makes the schema, runs a script (`{s}` stands for the schema's name) and lends a session with the server's own
  /// search path.
  static func with(_ script: String = "", _ body: (InspectionFixture) async throws -> Void) async throws {
    let name = TestServers.uniqueName()
    let result: Result<Void, any Error>
    do {
      try await withSession { session async throws in
        let fixture = InspectionFixture(session: session, name: name)
        try await fixture.run("CREATE SCHEMA {s};" + script)
        try await body(fixture)
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    // Another session, because the test's may have another role, path or transaction by now.
    try await withSession { session async throws in
      try await InspectionFixture(session: session, name: name).cleanUp()
    }
    try result.get()
  }

  private static func withSession(_ body: (DatabaseSession) async throws -> Void) async throws {
    let manager = try ConnectionManager(registry: AdapterRegistry([.postgres]), policy: .administrative)
    try await manager.withSession(TestServers.require(.postgres), body)
  }

  /// Another session with the same server.
  func withAnotherSession(_ body: (DatabaseSession) async throws -> Void) async throws {
    try await Self.withSession(body)
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

/// Says why a suite did not run; where servers are required it runs and fails.
let needsPostgres: ConditionTrait = .enabled(
  if: TestServers.canTest(.postgres), Comment(rawValue: TestServers.missing(.postgres)))

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
