import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

extension PoolingTests {
  /// What the manager itself asks, of a primary, its hot standby and a proxy between them.
  @Suite(.requires(.postgresStandby), .timeLimit(.minutes(1))) struct Replicas {
    private func withManager(
      cache: SchemaCacheConfiguration? = nil, _ body: (ConnectionManager) async throws -> Void
    ) async throws {
      var configuration = ConnectionManagerConfiguration(connectTimeout: .seconds(5))
      configuration.schemaCache = cache
      try await ConnectionManager.withManager(
        registry: AdapterRegistry([.postgres]), configuration: configuration, policy: .readWrite, body)
    }

    private func target() throws -> (string: ConnectionString, standby: Endpoint) {
      let standby = try ConnectionString(TestServers.require(.postgresStandby)).endpoints[0]
      return (try ConnectionString(TestServers.require(.postgres) + "?replica=\(standby)"), standby)
    }

    @Test func readsAndInspectionsGoToAStandbyAndNothingElseDoes() async throws {
      let (string, standby) = try target()
      try await withManager { manager in
        let question: QueryRequest = "SELECT pg_is_in_recovery()"
        let read = try await manager.execute(question.intent(.read), on: string)
        #expect(read.rows[0][0] == .bool(true))
        let unspecified = try await manager.execute(question, on: string)
        #expect(unspecified.rows[0][0] == .bool(false))
        #expect(try await !manager.schemas(of: string).value.items.isEmpty)
        let readers = manager.snapshot().filter { $0.identity.preference == .replica }
        #expect(readers.count == 1 && readers[0].counters.leases == 2 && readers[0].identity.access == .readOnly)
        try await manager.withSession(string, preference: .replica) { session in
          let info = try await session.serverInfo()
          #expect(info.role == "standby" && session.endpoint.hasPrefix("\(standby)"))
        }
        let write = await #expect(throws: DBError.self) {
          try await manager.execute(QueryRequest(.text("CREATE TABLE never (a int)"), intent: .read), on: string)
        }
        #expect(write?.code == .rejectedByGuard)
      }
    }

    @Test func aCachedSchemaStandsInForAServerOnlyWhereThatIsAllowed() async throws {
      let server = try ConnectionString(TestServers.require(.postgres))
      let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432)
      defer { proxy.stop() }
      let string = try ConnectionString(server.text(port: proxy.port))
      var cache = SchemaCacheConfiguration()
      cache.timeToLive = .milliseconds(200)
      try await withManager(cache: cache) { manager in
        let first = try await manager.schemas(of: string)
        #expect(!first.isFromCache && first.value.items.contains { $0.name == "public" })
        proxy.fault = .refuse
        proxy.cutAll(.close)
        try await eventually("the answer stays young") {
          try await manager.schemas(of: string, freshness: .staleOnOutage).isStale
        }
        let stale = try await manager.schemas(of: string, freshness: .staleOnOutage)
        #expect(stale.isFromCache && stale.age > .milliseconds(200))
        #expect(stale.value.items.map(\.name) == first.value.items.map(\.name))
        let error = await #expect(throws: DBError.self) { try await manager.schemas(of: string) }
        #expect(
          error.map { [.connectionFailed, .connectionLost].contains($0.code) } == true, "\(error.debugDescription)")
      }
    }
  }
}
