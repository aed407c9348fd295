import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import SQLiteAdapter
import Testing

/// Statements that nobody wrote: whatever the classification calls a read changes nothing in a session that may write.
@Suite("guard fuzzing", .serialized) struct GuardFuzzTests {
  private static let frames = [
    "SELECT * FROM (?) AS w", "WITH w AS (?) SELECT 1", "WITH w AS (?) SELECT * FROM w", "EXPLAIN ?",
    "EXPLAIN QUERY PLAN ?", "EXPLAIN ANALYZE ?", "EXPLAIN (ANALYZE, VERBOSE) ?", "COPY (?) TO STDOUT", "SELECT (?)",
    "SELECT EXISTS (?)", "(?)", "? UNION ALL SELECT 1", "SELECT 1 UNION ?", "SELECT ARRAY(?)", "?;",
    "SELECT 1 WHERE 1 IN (?)",
    "WITH RECURSIVE w AS (SELECT 1 UNION ALL ?) SELECT * FROM w", "SELECT * FROM LATERAL (?) AS w", "SELECT 1; ?",
    "SELECT '?'", "SELECT $$?$$", "/*?*/ SELECT 1", "SELECT 1 --?", "BEGIN; ?; COMMIT",
  ]

  /// The server says whether a transaction took a number, which every write needs.
  @Test(
    "PostgreSQL: no statement that is called a read takes a transaction number", .requires(.postgres),
    .timeLimit(.minutes(2)))
  func postgres() async throws {
    try await PostgresGuardPlace.with { place in
      // A function of the user's own that writes is a read to the classification; the server stops it.
      let isOwn = { (text: String) in text.contains("erase") || text.contains("loosen") }
      let statements =
        try
        (GuardCorpus.statements("postgres-attacks", replacing: place.names)
        + GuardCorpus.statements("postgres-harmless", replacing: place.names)).filter { !isOwn($0) }
      var mutations = GuardMutations(statements: statements, frames: Self.frames, random: FuzzSeed())
      var tried = 0
      let adapter = try AdapterRegistration.postgres.connector(
        ConnectionConfiguration(try ConnectionString(place.url), access: .readWrite, connectTimeout: .seconds(5))
      ).makeAdapter()
      try await adapter.connect()
      let before = try await place.digest()
      for _ in 0..<2_500 {
        let text = mutations.next()
        let request = QueryRequest(.text(text), timeout: .seconds(2))
        guard let classification = try? await adapter.classify(request), classification.effect == .read,
          classification.statementCount == 1
        else { continue }
        tried += 1
        _ = try await adapter.executeQuery("BEGIN")
        if (try? await adapter.executeQuery(request)) != nil {
          let number = try? await adapter.executeQuery("SELECT pg_current_xact_id_if_assigned()").rows[0][0]
          #expect(number == .null, "\(mutations.random): writes, and is called a read: \(text)")
        }
        _ = try await adapter.executeQuery("ROLLBACK")
      }
      #expect(tried > 100, "\(mutations.random): hardly a statement was a read")
      await adapter.close()
      #expect(try await place.digest() == before, "\(mutations.random)")
    }
  }

  /// A session that may write runs what is called a read, and the bytes of its file stay as they are.
  @Test("SQLite: no statement that is called a read changes the file", .timeLimit(.minutes(1)))
  func sqlite() async throws {
    let fixture = try SQLiteFixture()
    let names = ["FILE": fixture.path("stolen"), "OTHER": fixture.path("other.db")]
    let statements =
      try GuardCorpus.statements("sqlite-attacks", replacing: names)
      + GuardCorpus.statements("sqlite-harmless", replacing: names)
    var mutations = GuardMutations(statements: statements, frames: Self.frames, random: FuzzSeed())
    try await fixture.withAdapter("mode=rwc&journal_mode=delete") { adapter in
      for text in SQLiteGuardTests.seeds { _ = try await adapter.executeQuery(QueryRequest(.text(text))) }
      let before = try digest(fixture)
      var tried = 0
      for _ in 0..<2_500 {
        let request = QueryRequest(.text(mutations.next()), timeout: .seconds(2))
        guard let classification = try? await adapter.classify(request), classification.effect == .read,
          classification.statementCount == 1
        else { continue }
        tried += 1
        _ = try? await adapter.executeQuery(request)
        let isUntouched = try digest(fixture) == before
        #expect(isUntouched, "\(mutations.random): writes, and is called a read: \(request.statement)")
        if !isUntouched { return }
      }
      #expect(tried > 100, "\(mutations.random): hardly a statement was a read")
      let attached = try await adapter.executeQuery("PRAGMA database_list").rows.count
      let temporary = try await adapter.executeQuery("SELECT count(*) FROM temp.sqlite_schema").rows[0][0]
      #expect(attached <= 2 && temporary == 0, "\(mutations.random)")
    }
  }

  private func digest(_ fixture: SQLiteFixture) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory) {
      files[name] = FileManager.default.contents(atPath: fixture.path(name))
    }
    return files
  }
}
