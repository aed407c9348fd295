import DBAdapterCore
import DBAdapterTesting
import Foundation
import SQLiteAdapter
import Testing

/// What a read-only session tries on a file that its process may write, and what becomes of it: nothing.
@Suite("SQLite guard", .serialized) struct SQLiteGuardTests {
  static let seeds = [
    "CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT, total REAL DEFAULT 1, placed TEXT DEFAULT '2024-01-01')",
    "INSERT INTO orders (note, total) VALUES ('a', 1), ('b', 20), ('c', 3.5)", "CREATE INDEX by_note ON orders (note)",
    "CREATE VIEW recent AS SELECT id, note FROM orders ORDER BY id DESC LIMIT 2",
    "CREATE VIRTUAL TABLE texts USING fts5 (body)", "INSERT INTO texts VALUES ('hello world')",
    "CREATE VIRTUAL TABLE boxes USING rtree (id, low, high)", "INSERT INTO boxes VALUES (1, 0, 4)",
  ]

  /// A file with the seeds, and one more beside it.
  private func withFile(_ body: (_ url: String, SQLiteFixture) async throws -> Void) async throws {
    let fixture = try SQLiteFixture()
    for name in ["test.db", "other.db"] {
      try await SQLiteFixture.withSession("sqlite:" + fixture.path(name) + "?mode=rwc&journal_mode=delete") { session in
        for text in Self.seeds { _ = try await session.execute(QueryRequest(.text(text))) }
      }
    }
    try await body("sqlite:" + fixture.path(), fixture)
  }

  /// Every file of the directory with its bytes.
  private func digest(_ fixture: SQLiteFixture) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory) {
      files[name] = FileManager.default.contents(atPath: fixture.path(name))
    }
    return files
  }

  private static func isRefusal(_ error: DBError?) -> Bool {
    guard let error else { return false }
    return error.refusedBy != nil
      || [.syntaxError, .invalidParameter, .unsupported, .objectNotFound, .permissionDenied].contains(error.code)
  }

  @Test("no attack gets through, and no byte is changed", .timeLimit(.minutes(1)))
  func attacks() async throws {
    try await withFile { url, fixture in
      let names = ["FILE": fixture.path("stolen"), "OTHER": fixture.path("other.db")]
      let attacks = try GuardCorpus.statements("sqlite-attacks", replacing: names)
      let before = try digest(fixture)
      try await SQLiteFixture.withSession(url, policy: .readOnly) { session in
        for attack in attacks { await attackInAllWays(attack, session) }
        let counts = try await session.execute(
          "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM temp.sqlite_schema)")
        #expect(counts.rows[0].values == [3, 0])
      }
      let after = try digest(fixture)
      #expect(after.keys.sorted() == before.keys.sorted())
      for (name, bytes) in before { #expect(after[name] == bytes, "an attack changed \(name)") }
    }
  }

  private func attackInAllWays(_ attack: String, _ session: DatabaseSession) async {
    let request = QueryRequest(.text(attack))
    let ways: [(String, () async throws -> Void)] = [
      ("execute", { _ = try await session.execute(request) }),
      ("rows", { try await session.withRows(request) { for try await _ in $0 {} } }),
      ("pipeline", { for result in try await session.pipeline(["SELECT 1", request]) { _ = try result.get() } }),
      (
        "transaction",
        { try await session.withTransaction { transaction in _ = try await transaction.execute(request) } }
      ),
      ("script", { try await runScript(attack, session) }),
    ]
    for (way, body) in ways {
      let error = await outcome(body).error as? DBError
      #expect(Self.isRefusal(error), "\(attack) by \(way): \(error?.debugDescription ?? "was let through")")
    }
    // To plan a change is allowed, and changes nothing.
    _ = try? await session.explain(request)
  }

  /// Runs every piece of a script.
  /// - Throws: the first refusal.
  private func runScript(_ text: String, _ session: DatabaseSession) async throws {
    var refusal: (any Error)?
    for piece in try SQLiteScript.statements(in: text) {
      do {
        _ = try await session.execute(QueryRequest(.text(piece.text)))
      } catch {
        // One piece may fail for another reason; what counts is that one was refused.
        if refusal == nil || error.refusedBy != nil { refusal = error }
      }
    }
    if let refusal { throw refusal }
  }

  /// The adapter below the guard: what SQLite itself refuses when the classification is left out.
  @Test("SQLite refuses by itself what the classification would", .timeLimit(.minutes(1)))
  func withoutClassification() async throws {
    try await withFile { _, fixture in
      let names = ["FILE": fixture.path("stolen"), "OTHER": fixture.path("other.db")]
      let before = try digest(fixture)
      try await fixture.withAdapter("", access: .readOnly) { adapter in
        for attack in try GuardCorpus.statements("sqlite-attacks", replacing: names) {
          _ = try? await adapter.executeQuery(QueryRequest(.text(attack)))
          if adapter.needsReset { try await adapter.resetSession() }
        }
        for text in ["DELETE FROM orders", "ATTACH 'x' AS y", "SELECT load_extension('x')", "PRAGMA user_version = 9"] {
          let error = await outcome { _ = try await adapter.executeQuery(QueryRequest(.text(text))) }.error as? DBError
          #expect(error?.refusedBy == .server, "\(text): \(error?.debugDescription ?? "was let through")")
          #expect(error?.message.contains("read-write access") == true, "\(text)")
        }
      }
      #expect(try digest(fixture) == before)
    }
  }

  @Test("what only reads is let through")
  func harmless() async throws {
    try await withFile { url, _ in
      try await SQLiteFixture.withSession(url, policy: .readOnly) { session in
        for text in try GuardCorpus.statements("sqlite-harmless") {
          let error = await outcome { _ = try await session.execute(QueryRequest(.text(text))) }.error as? DBError
          #expect(error == nil, "\(text): \(error?.debugDescription ?? "")")
        }
      }
    }
  }

  @Test("a refusal says what was found and how to allow it")
  func refusals() async throws {
    try await withFile { url, _ in
      try await SQLiteFixture.withSession(url, policy: .readOnly) { session in
        for (text, part) in [
          ("SELECT load_extension('x')", "calls load_extension"), ("VACUUM INTO 'x'", "writes another file"),
          ("ATTACH 'x' AS y", "opens another file"),
          ("PRAGMA query_only = 0", "query_only changes how the session works"),
        ] {
          let error = await #expect(throws: DBError.self) { try await session.execute(QueryRequest(.text(text))) }
          #expect(error?.refusedBy == .classification, "\(text)")
          #expect(error?.message.contains(part) == true && error?.message.contains("read-write") == true, "\(text)")
        }
      }
    }
  }
}
