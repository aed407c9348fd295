internal import DBAdapterCore

/// The server's catalogue during one inspection: one snapshot, one search path, one deadline.
///
/// Inside, `search_path` is empty. That is what makes the catalogue's own printers (`format_type`, `pg_get_expr`,
/// `pg_get_constraintdef`, …) qualify every name that is not built in, whatever path the session has, and what keeps functions
/// and operators that somebody planted in a schema of that path out of our statements. Temporary objects are found even then,
/// so the statements write tables and types with their schema; functions and operators need none.
struct PostgresCatalog {
  let adapter: PostgresAdapter
  let deadline: Deadline
  /// The schemas that the session finds unqualified names in, as an array literal.
  let visibleSchemas: String

  func rows(_ text: String, _ parameters: [DBValue] = []) async throws(DBError) -> RowBatch {
    try await adapter.catalogQuery(text, parameters, deadline: deadline)
  }

  /// The text where the server has reached a version (`150000`), else what stands for it on older ones.
  func since(_ version: Int, _ text: String, else substitute: String) -> String {
    adapter.serverVersion >= version ? text : substitute
  }
}

extension PostgresAdapter {
  /// Reads the catalogue as one: in a transaction of its own with one snapshot, or inside the caller's transaction, which is
  /// left with the settings it had.
  func withCatalog<R: Sendable>(
    timeout: Duration?, _ body: (PostgresCatalog) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    let deadline = Deadline(after: timeout)
    let isGuest = isInTransaction
    if !isGuest {
      _ = try await catalogQuery("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline: deadline)
    }
    var settings: CatalogSettings?
    do {
      let entered = try await enterCatalog(deadline)
      settings = entered
      let result = try await body(
        PostgresCatalog(adapter: self, deadline: deadline, visibleSchemas: entered.visibleSchemas))
      await leaveCatalog(isGuest ? settings : nil)
      return result
    } catch {
      await leaveCatalog(isGuest ? settings : nil)
      throw error
    }
  }

  /// Sets what the catalogue is to be read with, until the end of the transaction, and tells what was set before. The names are
  /// looked up while the session's path is in force, so every one of them is written in full.
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
      throw DBError(.protocolViolation, "the server did not answer with its settings")
    }
    let (path, jit, schemas) = try row.decode((String, String, String).self)
    return CatalogSettings(searchPath: path, jit: jit, visibleSchemas: schemas)
  }

  /// Ends our own transaction, or gives the caller's its settings back. Neither waits for the caller's deadline or stops when
  /// the caller is cancelled, and neither can fail: a transaction that was aborted meanwhile has its settings back once it is
  /// rolled back, and a connection that broke is found broken by the next statement.
  private func leaveCatalog(_ settings: CatalogSettings?) async {
    await Task {
      if let settings {
        _ = try? await self.catalogQuery(
          "SELECT pg_catalog.set_config('search_path', $1, true), pg_catalog.set_config('jit', $2, true)",
          [.text(settings.searchPath), .text(settings.jit)], deadline: Deadline(after: .seconds(5)))
      } else if self.isInTransaction {
        _ = try? await self.catalogQuery("ROLLBACK", deadline: Deadline(after: .seconds(5)))
      }
    }.value
  }
}

/// What reading the catalogue changes for the time it takes.
private struct CatalogSettings {
  var searchPath: String
  /// Our statements look expensive to the planner and are not; compiling them takes longer than running them.
  var jit: String
  var visibleSchemas: String
}
