internal import DBAdapterCore

/// The server's catalogue during one inspection: one snapshot, one search path, one deadline.
///
/// Inside, `search_path` is empty. That is what makes the catalogue's own printers (`format_type`, `pg_get_expr`,
/// `pg_get_constraintdef`, …) qualify every name that is not built in, whatever path the session has, and what keeps
/// functions and operators that somebody planted in a schema of that path out of our statements. Temporary objects are
/// found even then, so the statements write tables and types with their schema; functions and operators need none.
///
/// The printers open a table to print an expression about its columns, so they wait while somebody has it locked
/// exclusively; the deadline holds meanwhile. Nothing else here waits for locks.
struct PostgresCatalog {
  private let adapter: PostgresAdapter
  private let deadline: Deadline
  /// The schemas that the session finds unqualified names in, as an array literal.
  let visibleSchemas: String

  init(_ adapter: PostgresAdapter, _ deadline: Deadline, _ settings: CatalogSettings) {
    self.adapter = adapter
    self.deadline = deadline
    visibleSchemas = settings.visibleSchemas
  }

  func rows(_ text: String, _ parameters: [DBValue] = []) async throws(DBError) -> RowBatch {
    try await adapter.catalogQuery(text, parameters, deadline: deadline)
  }

  /// The text where the server has reached a version (`150000`), else what stands for it on older ones.
  func since(_ version: Int, _ text: String, else substitute: String) -> String {
    adapter.serverVersion >= version ? text : substitute
  }
}

extension PostgresAdapter {
  /// Reads the catalogue as one: in a transaction of its own with one snapshot, or inside the caller's transaction,
  /// which is left with the settings it had.
  func withCatalog<R: Sendable>(
    timeout: Duration?, _ body: (PostgresCatalog) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let deadline = Deadline(after: timeout)
    let isGuest = try session().connection.handle.isInTransaction
    do throws(DBError) {
      return try await isGuest ? readAsGuest(deadline, body) : readInOwnTransaction(deadline, body)
    } catch {
      guard error.code == .timeout, let timeout else { throw error }
      throw error.completed(message: "the catalogue was not read within \(timeout); the statement was stopped")
    }
  }

  private func readAsGuest<R: Sendable>(
    _ deadline: Deadline, _ body: (PostgresCatalog) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let settings = try await enterCatalog(deadline)
    return try await finishing {
      () async throws(DBError) in
      try await body(PostgresCatalog(self, deadline, settings))
    } with: {
      await self.restore(settings)
    }
  }

  private func readInOwnTransaction<R: Sendable>(
    _ deadline: Deadline, _ body: (PostgresCatalog) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    try await finishing { () async throws(DBError) in
      _ = try await self.catalogQuery(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline: deadline)
      let settings = try await self.enterCatalog(deadline)
      return try await body(PostgresCatalog(self, deadline, settings))
    } with: {
      await self.endTransaction()
    }
  }

  /// Does the second whatever becomes of the first, and even when the caller is cancelled.
  private func finishing<R: Sendable>(
    _ body: () async throws(DBError) -> R, with end: @escaping @Sendable () async -> Void
  ) async throws(DBError) -> R {
    do {
      let result = try await body()
      await Task { await end() }.value
      return result
    } catch {
      await Task { await end() }.value
      throw error
    }
  }

  /// Sets what the catalogue is to be read with, until the end of the transaction, and tells what was set before. The
  /// names are looked up while the session's path is in force, so every one of them is written in full.
  private func enterCatalog(_ deadline: Deadline) async throws(DBError) -> CatalogSettings {
    let rows = try await catalogQuery(
      """
      SELECT before.path, before.jit, before.schemas,
        pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('jit', 'off', true)
      FROM (
        SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_setting('jit') AS jit,
          pg_catalog.current_schemas(true)::pg_catalog.text AS schemas
        OFFSET 0
      ) AS before
      """, deadline: deadline)
    guard let row = rows.first else {
      throw DBError(.protocolViolation, "the server did not answer with its settings", adapter: .postgres)
    }
    let (path, jit, schemas) = try row.decode((String, String, String).self)
    return CatalogSettings(searchPath: path, jit: jit, visibleSchemas: schemas)
  }

  // Neither end can fail: a transaction that was aborted meanwhile has its settings back once it is rolled back, and a
  // connection that broke is found broken by the next statement.

  private func restore(_ settings: CatalogSettings) async {
    _ = try? await catalogQuery(
      "SELECT pg_catalog.set_config('search_path', $1, true), pg_catalog.set_config('jit', $2, true)",
      [.text(settings.searchPath), .text(settings.jit)], deadline: Deadline(after: .seconds(5)))
  }

  private func endTransaction() async {
    guard let session = try? session(), session.connection.handle.isInTransaction else { return }
    _ = try? await session.connection.perform(limit: .seconds(5)) { () async throws(DBError) in
      // Of a failed transaction the server makes a rollback, which takes session settings with it.
      if try await session.command("COMMIT") == "ROLLBACK" { session.transactionRolledBack() }
    }
  }
}

/// What reading the catalogue changes for the time it takes.
struct CatalogSettings {
  var searchPath: String
  /// Our statements look expensive to the planner and are not; compiling them takes longer than running them.
  var jit: String
  /// The schemas that the session finds unqualified names in, as an array literal.
  var visibleSchemas: String
}
