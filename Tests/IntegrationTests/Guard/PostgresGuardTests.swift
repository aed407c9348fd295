import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// What a read-only session of a superuser tries on a live server, and what becomes of it: nothing.
@Suite("PostgreSQL guard", .requires(.postgres), .serialized) struct PostgresGuardTests {
  private static func isRefusal(_ error: DBError?) -> Bool {
    guard let error else { return false }
    return error.refusedBy != nil || [.syntaxError, .invalidParameter, .unsupported].contains(error.code)
  }

  @Test("no attack gets through, and nothing is changed", .timeLimit(.minutes(2)))
  func attacks() async throws {
    try await PostgresGuardPlace.with { place in
      let attacks = try GuardCorpus.statements("postgres-attacks", replacing: place.names)
      let before = try await place.digest()
      try await TestServer.withSession(at: place.url, .readOnly) { session in
        for attack in attacks {
          await attackInAllWays(attack, session)
          await #expect(throws: DBError.self, "after \(attack)") { try await session.execute("SELECT guarded.erase()") }
        }
        let count = try await session.execute("SELECT count(*) FROM guarded.orders").rows[0][0]
        #expect(count == 3)
      }
      let after = try await place.digest()
      for (part, value) in before { #expect(after[part] == value, "an attack changed: \(part)") }
    }
  }

  private func attackInAllWays(_ attack: String, _ session: DatabaseSession) async {
    let request = QueryRequest(.text(attack))
    let ways: [(String, () async throws -> Void)] = [
      ("execute", { _ = try await session.execute(request) }),
      ("rows", { try await session.withRows(request) { for try await _ in $0 {} } }),
      ("pipeline", { for result in try await session.pipeline(["SELECT 1", request]) { _ = try result.get() } }),
      ("analysis", { _ = try await session.explain(request, mode: .analyze) }),
      ("copy", { try await session.withCopyOut(request) { for try await _ in $0 {} } }),
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
    for piece in try AdapterRegistration.postgres.statements(inScript: text) {
      do {
        _ = try await session.execute(QueryRequest(.text(piece.text)))
      } catch {
        // One piece may fail for another reason; what counts is that one was refused.
        if refusal == nil || error.refusedBy != nil { refusal = error }
      }
    }
    if let refusal { throw refusal }
  }

  @Test("what only reads is let through", .timeLimit(.minutes(1)))
  func harmless() async throws {
    try await PostgresGuardPlace.with { place in
      let statements = try GuardCorpus.statements("postgres-harmless", replacing: place.names)
      #expect(statements.count >= 100)
      try await TestServer.withSession(at: place.url, .readOnly) { session in
        for text in statements {
          let request = QueryRequest(.text(text), timeout: .seconds(5))
          let executed = await outcome { _ = try await session.execute(request) }.error as? DBError
          #expect(executed == nil, "\(text): \(executed?.debugDescription ?? "")")
          let streamed =
            await outcome { try await session.withRows(request) { for try await _ in $0 {} } }.error as? DBError
          #expect(streamed == nil, "\(text) as a stream: \(streamed?.debugDescription ?? "")")
        }
      }
    }
  }

  @Test("a refusal of the server says so")
  func theServersRefusal() async throws {
    try await PostgresGuardPlace.with { place in
      try await TestServer.withSession(at: place.url, .readOnly) { session in
        let error = await #expect(throws: DBError.self) { try await session.execute("SELECT guarded.erase()") }
        #expect(error?.refusedBy == .server && error?.server?.sqlState == "25006")
        #expect(error?.message.contains("read-write access") == true)
        let refused = await #expect(throws: DBError.self) { try await session.execute("SELECT pg_read_file('x')") }
        #expect(refused?.refusedBy == .classification)
        #expect(refused?.message.contains("calls pg_read_file") == true)
      }
    }
  }

  @Test("destruction is confirmed first, wherever it hides")
  func destruction() async throws {
    try await PostgresGuardPlace.with { place in
      let before = try await place.digest()
      let policy = AccessPolicy(.readWrite, destruction: .needsConfirmation)
      try await TestServer.withSession(at: place.url, policy) { session in
        for text in [
          "DELETE FROM guarded.orders", "WITH gone AS (DELETE FROM guarded.orders RETURNING 1) SELECT 1",
          "EXPLAIN ANALYZE UPDATE guarded.orders SET note = ''", "TRUNCATE guarded.orders",
          "DROP SCHEMA guarded CASCADE",
          "ALTER TABLE guarded.orders DROP COLUMN note", "COPY (DELETE FROM guarded.orders RETURNING 1) TO STDOUT",
        ] {
          let error = await #expect(throws: DBError.self, "\(text)") {
            try await session.execute(QueryRequest(.text(text)))
          }
          #expect(error?.code == .confirmationRequired && error?.refusedBy == .policy, "\(text)")
        }
        _ = try await session.execute("DELETE FROM guarded.orders WHERE id = -1")
      }
      #expect(try await place.digest() == before)
    }
  }
}
