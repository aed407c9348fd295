import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// Read-only sessions, attacked with what could loosen them; the server must stay unchanged directly and behind a pooler.
@Suite(.requires(.postgres), .serialized) struct PostgresReadOnlyTests {
  static let attacks = [
    "CREATE TABLE public.bosdb_attack (a int)",
    "WITH gone AS (DELETE FROM bosdb_read_only RETURNING *) SELECT * FROM gone",
    "SELECT * INTO bosdb_attack FROM bosdb_read_only", "EXPLAIN ANALYZE DELETE FROM bosdb_read_only",
    "SET default_transaction_read_only = off", "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "RESET ALL",
    "COMMIT",
    "BEGIN READ WRITE", "DO $$ BEGIN DELETE FROM bosdb_read_only; END $$", "SELECT nextval('bosdb_read_only_a_seq')",
    "SELECT bosdb_delete()", "SELECT set_config('transaction_read_only', 'off', false), bosdb_delete()",
    "PREPARE p AS DELETE FROM bosdb_read_only", "COPY bosdb_read_only FROM PROGRAM 'echo 7'",
    "SELECT 1; DELETE FROM bosdb_read_only",
    "SELECT * FROM bosdb_read_only FOR UPDATE", "/* SELECT */ DELETE FROM bosdb_read_only", "TRUNCATE bosdb_read_only",
    "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')", "SELECT pg_terminate_backend(pg_backend_pid())",
  ]

  @Test(arguments: [TestServer.postgres, .pgBouncer])
  func nothingIsWritten(_ server: TestServer) async throws {
    try await TestServer.postgres.withSession { session in
      for sql in [
        "DROP TABLE IF EXISTS bosdb_read_only CASCADE", "CREATE TABLE bosdb_read_only (a serial)",
        "INSERT INTO bosdb_read_only DEFAULT VALUES",
        "CREATE OR REPLACE FUNCTION bosdb_delete() RETURNS void LANGUAGE sql AS 'DELETE FROM bosdb_read_only'",
        Self.loosen,
      ] { _ = try await session.execute(QueryRequest(.text(sql))) }
      let before = try await digest(session)
      try await server.withSession(.readOnly) { reader in
        for attack in Self.attacks {
          await #expect(throws: DBError.self, "\(attack)") { try await reader.execute(QueryRequest(.text(attack))) }
          // Loosening by a function of the user's own is allowed to run, and must not help the next statement.
          _ = try await reader.execute("SELECT bosdb_loosen('default_transaction_read_only', 'off', false)")
          await #expect(throws: DBError.self) { try await reader.execute("SELECT bosdb_delete()") }
          await #expect(throws: (any Error).self) {
            try await reader.withRows("SELECT bosdb_delete()") { rows in for try await _ in rows {} }
          }
          let piped = try await reader.pipeline([
            "SELECT bosdb_loosen('transaction_read_only', 'off', false)", "SELECT bosdb_delete()",
          ])
          #expect(piped.allSatisfy { (try? $0.get()) == nil } || (try? piped[1].get()) == nil)
          await #expect(throws: (any Error).self) {
            try await reader.withTransaction { transaction in
              _ = try await transaction.execute("SELECT bosdb_loosen('transaction_read_only', 'off', true)")
              _ = try await transaction.execute("SELECT bosdb_delete()")
            }
          }
        }
        #expect(try await reader.execute("SELECT count(*) FROM bosdb_read_only").rows[0][0] == 1)
      }
      #expect(try await digest(session) == before)
      _ = try await session.execute("DROP TABLE bosdb_read_only CASCADE")
      _ = try await session.execute("DROP FUNCTION bosdb_delete(), bosdb_loosen")
    }
  }

  /// What `set_config` does, under a name that the guard does not know.
  private static let loosen = """
    CREATE OR REPLACE FUNCTION bosdb_loosen(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT set_config($1, $2, $3)'
    """

  /// The guard reads `TO STDOUT`; a server that reads backslashes or characters in another way reads `TO PROGRAM`.
  @Test(arguments: [TestServer.postgres, .pgBouncer], ["", "statement_cache=0"])
  func anotherWayToReadStringsDoesNotHelp(_ server: TestServer, _ parameter: String) async throws {
    let attacks: [(loosening: QueryRequest, copy: String)] = [
      (
        "SELECT bosdb_loosen('standard_conforming_strings', 'off', false)",
        #"COPY (SELECT '\' ) TO STDOUT --' ) TO PROGRAM 'exit 3'"#
      ),
      (
        "SELECT bosdb_loosen('client_encoding', 'GBK', false)",
        #"COPY (SELECT E'\#u{3042}\' ) TO PROGRAM $$exit 3$$ --' ) TO STDOUT"#
      ),
    ]
    try await TestServer.postgres.withSession { _ = try await $0.execute(QueryRequest(.text(Self.loosen))) }
    for attack in attacks {
      let copy = QueryRequest(.text(attack.copy))
      try await server.withSession(.readOnly, parameters: parameter) { session in
        _ = try await session.execute(attack.loosening)
        let executed = await #expect(throws: DBError.self) { try await session.execute(copy) }
        _ = try await session.execute(attack.loosening)
        let streamed = await #expect(throws: DBError.self) {
          try await session.withRows(copy) { rows in for try await _ in rows {} }
        }
        let piped = await #expect(throws: DBError.self) { try await session.pipeline([attack.loosening, copy]) }
        #expect([executed, streamed, piped].allSatisfy { $0?.code == .unsupported }, "the server has seen it")
        _ = try await session.execute(attack.loosening)
        var received: [UInt8] = []
        do {
          try await session.withCopyOut(copy) { chunks in for try await chunk in chunks { received += chunk } }
          #expect(received.last == UInt8(ascii: "\n"))
        } catch let error as DBError {
          #expect(server == .pgBouncer && error.code == .unsupported, "\(error)")
        }
      }
    }
    try await TestServer.postgres.withSession { _ = try await $0.execute("DROP FUNCTION bosdb_loosen") }
  }

  private func digest(_ session: DatabaseSession) async throws -> [DBValue] {
    try await session.execute(
      """
      SELECT (SELECT string_agg(a::text, ',' ORDER BY a) FROM bosdb_read_only),
             (SELECT last_value FROM bosdb_read_only_a_seq),
             (SELECT count(*) FROM pg_class WHERE relname IN ('bosdb_attack', 'bosdb_read_only')),
             (SELECT count(*) FROM pg_largeobject_metadata)
      """
    ).rows[0].values
  }

  @Test func aRefusalSaysHowToAllow() async throws {
    try await TestServer.postgres.withSession(.readOnly) { session in
      let error = await #expect(throws: DBError.self) { try await session.execute("DROP TABLE t") }
      #expect(error?.code == .rejectedByGuard && error?.message.contains("DROP TABLE") == true)
      let info = try await session.serverInfo()
      #expect(info.isReadOnly)
    }
  }
}
