import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// Inspections of a manager, with and without its schema cache.
@Suite struct ManagerInspectionTests {
  private let server = InMemoryServer()
  private let time = ManualTimeSource()

  private func questions() -> Int { server.calls.filter { $0 == "listSchemas" }.count }

  private func withManager(
    cache: SchemaCacheConfiguration?, _ body: (ConnectionManager, ConnectionString) async throws -> Void
  ) async throws {
    var configuration = ConnectionManagerConfiguration()
    configuration.schemaCache = cache
    let manager = ConnectionManager(
      registry: try server.registry, configuration: configuration, policy: .readWrite, time: time)
    try await body(manager, try ConnectionString("memory:test"))
    await manager.shutdown(grace: .zero)
  }

  @Test func withoutACacheEveryAnswerIsTheServers() async throws {
    try await withManager(cache: nil) { manager, target in
      for count in 1...3 {
        let answer = try await manager.schemas(of: target)
        #expect(!answer.isFromCache && !answer.isStale && questions() == count)
      }
    }
  }

  @Test func anAnswerIsUsedAgainUntilItIsTooOld() async throws {
    try await withManager(cache: SchemaCacheConfiguration()) { manager, target in
      #expect(try await !manager.schemas(of: target).isFromCache)
      time.advance(by: .seconds(59))
      let again = try await manager.schemas(of: target)
      #expect(again.isFromCache && again.age == .seconds(59) && questions() == 1)
      time.advance(by: .seconds(2))
      #expect(try await !manager.schemas(of: target).isFromCache)
      #expect(try await !manager.schemas(of: target, freshness: .fresh).isFromCache)
      #expect(questions() == 3)
      try manager.invalidateSchema(of: target)
      #expect(try await !manager.schemas(of: target).isFromCache)
      #expect(try await !manager.tables(of: target).isFromCache)
    }
  }

  @Test func anOutageIsToldUnlessAStaleAnswerWasAllowed() async throws {
    try await withManager(cache: SchemaCacheConfiguration()) { manager, target in
      _ = try await manager.schemas(of: target)
      time.advance(by: .seconds(120))
      server.fail("listSchemas", with: DBError(.connectionLost, "gone", retry: .ifIdempotent))
      let error = await #expect(throws: DBError.self) { try await manager.schemas(of: target) }
      #expect(error?.code == .connectionLost && error?.origin.file.hasSuffix("ManagerInspectionTests.swift") == true)
      let stale = try await manager.schemas(of: target, freshness: .staleOnOutage)
      #expect(stale.isStale && stale.isFromCache && stale.age == .seconds(120))
      // A refusal is an answer, and nothing is made up.
      server.fail("listSchemas", with: DBError(.permissionDenied, "no"))
      let refusal = await #expect(throws: DBError.self) {
        try await manager.schemas(of: target, freshness: .staleOnOutage)
      }
      #expect(refusal?.code == .permissionDenied)
      server.fail("listTables", with: DBError(.connectionLost, "gone"))
      let unknown = await #expect(throws: DBError.self) {
        try await manager.tables(of: target, freshness: .staleOnOutage)
      }
      #expect(unknown?.code == .connectionLost)
    }
  }

  @Test func settingsThatAreNotPossibleAreRefused() async throws {
    var cache = SchemaCacheConfiguration()
    cache.maximumEntries = -1
    try await withManager(cache: cache) { manager, target in
      let error = await #expect(throws: DBError.self) { try await manager.schemas(of: target) }
      #expect(error?.code == .invalidParameter && error?.message.contains("maximumEntries") == true)
    }
  }
}
