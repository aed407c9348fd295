internal import DBAdapterCore

/// The tables of a platform store, and the steps that lead to them.
///
/// The statements are the same for SQLite and PostgreSQL. Identifiers are text in the canonical form of RFC 9562, times text in the form of
/// RFC 3339 in UTC, documents JSON in text.
enum PlatformSchema {
  /// What the program works with.
  static var version: Int { migrations.count }

  /// Each leads from the version of its position to the next.
  static let migrations: [[QueryRequest]] = [
    [
      """
      CREATE TABLE platform_connections (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 50),
        project_id TEXT,
        type TEXT NOT NULL,
        connection_string TEXT NOT NULL,
        password_reference TEXT,
        host TEXT,
        port INTEGER,
        db_name TEXT,
        status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'expired', 'revoked', 'error')),
        access TEXT NOT NULL CHECK (access IN ('read-only', 'read-write', 'administrative')),
        config TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        last_used_at TEXT)
      """,
      """
      CREATE TABLE platform_audit (
        seq BIGINT PRIMARY KEY, time TEXT NOT NULL, body TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL)
      """,
      """
      CREATE TABLE platform_audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1), count BIGINT NOT NULL, last_hash TEXT NOT NULL)
      """,
      "INSERT INTO platform_audit_head (id, count, last_hash) VALUES (1, 0, '')",
      """
      CREATE TABLE platform_jobs (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
        input TEXT NOT NULL,
        output TEXT,
        error TEXT,
        created_at TEXT NOT NULL,
        started_at TEXT,
        finished_at TEXT)
      """,
      """
      CREATE TABLE platform_schema_cache (
        connection_id TEXT NOT NULL REFERENCES platform_connections (id) ON DELETE CASCADE,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        read_at TEXT NOT NULL,
        PRIMARY KEY (connection_id, question))
      """,
    ]
  ]

  /// Brings a store to ``version``, each step in a transaction of its own. Several processes may do so at once.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the store is newer than the program.
  static func migrate(_ session: DatabaseSession) async throws {
    while try await found(session) < version {
      try await session.withTransaction { session in
        try await lock(session)
        try await session.execute(
          "CREATE TABLE IF NOT EXISTS platform_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
        let found = try await recorded(session)
        guard found < version else { return }
        for statement in migrations[found] { try await session.execute(statement) }
        try await PlatformMeta.set("schema_version", to: String(found + 1), session)
      }
    }
  }

  /// The store's version; 0 for an empty database.
  private static func found(_ session: DatabaseSession) async throws -> Int {
    do {
      return try await recorded(session)
    } catch let error as DBError where error.code == .objectNotFound {
      return 0
    }
  }

  private static func recorded(_ session: DatabaseSession) async throws -> Int {
    guard let text = try await PlatformMeta.value("schema_version", session) else { return 0 }
    guard let found = Int(text), found >= 0 else {
      throw DBError(.protocolViolation, "the platform store's schema version is not a number; it was not made by bosdb")
    }
    guard found <= version else {
      throw DBError(
        .unsupported,
        "the platform store has schema version \(found), and this program knows \(version) at most; use the bosdb that "
          + "wrote it, or a newer one")
    }
    return found
  }

  /// SQLite's transaction has the file's lock already.
  private static func lock(_ session: DatabaseSession) async throws {
    guard session.descriptor.kind == .postgres else { return }
    try await session.execute("SELECT pg_advisory_xact_lock(\(advisoryLock))")
  }

  /// Stands for the store's schema among the locks of a database: `bosdb` in ASCII.
  private static let advisoryLock: Int64 = 0x62_6F73_6462
}
