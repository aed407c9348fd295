import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// A database of a test's own, in which the superuser of the tests attacks what must stay as it is.
struct PostgresGuardPlace {
  let url: String
  let database: String
  /// A large object.
  let object: Int64
  /// What no file may be called when the test ends.
  let file: String

  static let schema = "guarded"

  /// What the words of the corpus stand for.
  var names: [String: String] {
    ["GUARD": Self.schema, "DATABASE": database, "OBJECT": "\(object)", "FILE": file]
  }

  /// Makes the database, lends it, and removes it.
  static func with(_ body: (PostgresGuardPlace) async throws -> Void) async throws {
    let base = try TestServers.require(.postgres)
    let name = TestServers.uniqueName()
    let usual = try #require(ConnectionString(base).database)
    let url = base.replacing("/\(usual)", with: "/\(name)")
    _ = try await TestServer.postgres.withSession { try await $0.execute("CREATE DATABASE \(identifier: name)") }
    let result: Result<Void, any Error>
    do {
      let object = try await TestServer.withSession(at: url) { session in
        for text in seeds { _ = try await session.execute(QueryRequest(.text(text))) }
        return try await session.execute("SELECT lo_from_bytea(0, 'kept')::bigint").rows[0].decode(Int64.self, at: 0)
      }
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("bosdb_stolen_\(name)").path
      let place = PostgresGuardPlace(url: url, database: name, object: object, file: file)
      try await body(place)
      #expect(!FileManager.default.fileExists(atPath: file), "an attack wrote a file")
      result = .success(())
    } catch {
      result = .failure(error)
    }
    _ = try await TestServer.postgres.withSession {
      try await $0.execute("DROP DATABASE \(identifier: name) WITH (FORCE)")
    }
    try result.get()
  }

  private static let seeds = [
    "CREATE SCHEMA guarded",
    """
    CREATE TABLE guarded.orders (id serial PRIMARY KEY, note text, total numeric DEFAULT 1, placed timestamptz DEFAULT now())
    """,
    "INSERT INTO guarded.orders (note, total) VALUES ('a', 1), ('b', 20), ('c', 3.5)",
    "CREATE MATERIALIZED VIEW guarded.totals AS SELECT note, sum(total) FROM guarded.orders GROUP BY note",
    "CREATE VIEW guarded.recent AS SELECT * FROM guarded.orders ORDER BY placed DESC LIMIT 2",
    "CREATE FUNCTION guarded.double(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2'",
    "CREATE FUNCTION guarded.erase() RETURNS void LANGUAGE sql AS 'DELETE FROM guarded.orders'",
    "CREATE PROCEDURE guarded.forget() LANGUAGE sql AS 'DELETE FROM guarded.orders'",
    """
    CREATE FUNCTION guarded.loosen(text, text) RETURNS text LANGUAGE sql AS 'SELECT set_config($1, $2, false)'
    """,
  ]

  /// Everything that a statement could have changed and that outlives its session, each part under its name.
  func digest() async throws -> [String: String] {
    try await TestServer.withSession(at: url) { session in
      var parts: [String: String] = [:]
      for (name, query) in Self.parts {
        let text = "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM (\(query)) t"
        parts[name] = try await session.execute(QueryRequest(.text(text))).rows[0].decode(String.self, at: 0)
      }
      return parts
    }
  }

  private static let own =
    "NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')"

  private static let parts = [
    ("rows", "SELECT xmin, xmax, ctid, * FROM guarded.orders"),
    ("materialized rows", "SELECT xmin, * FROM guarded.totals"),
    ("sequence", "SELECT last_value, is_called FROM guarded.orders_id_seq"),
    ("schemas", "SELECT nspname, nspacl FROM pg_namespace WHERE nspname !~ '^pg_'"),
    ("relations", "SELECT relname, relkind, relfilenode, relacl, relhasrules FROM pg_class WHERE relnamespace \(own)"),
    ("temporary relations", "SELECT relname FROM pg_class WHERE relpersistence = 't'"),
    (
      "columns",
      """
      SELECT attrelid, attname, atttypid, attisdropped FROM pg_attribute
      WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace \(own))
      """
    ),
    ("functions", "SELECT proname, prosrc, proacl FROM pg_proc WHERE pronamespace \(own)"),
    ("types", "SELECT typname FROM pg_type WHERE typnamespace \(own)"),
    ("collations", "SELECT count(*) FROM pg_collation"),
    ("comments", "SELECT description FROM pg_description WHERE objoid >= 16384"),
    ("statistics", "SELECT count(*) FROM pg_statistic WHERE starelid >= 16384"),
    ("triggers", "SELECT tgname FROM pg_trigger UNION ALL SELECT evtname FROM pg_event_trigger"),
    ("extensions", "SELECT extname FROM pg_extension"),
    ("large objects", "SELECT loid, pageno, data FROM pg_largeobject"),
    ("owners of large objects", "SELECT oid, lomowner FROM pg_largeobject_metadata"),
    (
      "settings",
      "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ),
    ("configuration", "SELECT name, setting FROM pg_file_settings"),
    ("roles", "SELECT * FROM pg_roles WHERE rolname = current_user OR rolname = 'stolen'"),
    ("settings of the role", "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = 0"),
    ("tablespaces", "SELECT spcname FROM pg_tablespace"),
    ("subscriptions", "SELECT subname FROM pg_subscription"),
    ("slots", "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'stolen%'"),
    ("origins", "SELECT roname FROM pg_replication_origin WHERE roname LIKE 'stolen%'"),
    ("prepared transactions", "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"),
    (
      "advisory locks",
      """
      SELECT objid FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """
    ),
    ("backup", "SELECT pg_is_wal_replay_paused() WHERE pg_is_in_recovery()"),
    ("files", "SELECT pg_stat_file('stolen', true)"),
  ]
}
