import DBAdapterCore
import Foundation
import SQLiteAdapter
import Testing

/// A directory of its own for one test, removed afterwards.
final class SQLiteFixture: Sendable {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "bosdb-sqlite-" + DBUUID.random().description
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit {
    _ = try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
    _ = try? FileManager.default.removeItem(atPath: directory)
  }

  func path(_ name: String = "test.db") -> String { directory + "/" + name }

  /// Opens a session, lends its adapter and closes it.
  @discardableResult
  func withAdapter<R>(
    _ parameters: String = "mode=rwc", file: String = "test.db", access: AccessLevel = .readWrite,
    _ body: (SQLiteAdapter) async throws -> R
  ) async throws -> R {
    let query = parameters.isEmpty ? "" : "?" + parameters
    return try await Self.withAdapter("sqlite:" + path(file) + query, access: access, body)
  }

  @discardableResult
  static func withAdapter<R>(
    _ url: String, access: AccessLevel = .readWrite, _ body: (SQLiteAdapter) async throws -> R
  ) async throws -> R {
    let adapter = try connector(url, access).makeAdapter() as! SQLiteAdapter
    do {
      try await adapter.connect()
      let result = try await body(adapter)
      await adapter.close()
      return result
    } catch {
      await adapter.close()
      throw error
    }
  }

  static func connector(_ url: String, _ access: AccessLevel) throws -> any AdapterConnector {
    try AdapterRegistration.sqlite.connector(
      ConnectionConfiguration(try ConnectionString(url), access: access, connectTimeout: .seconds(5)))
  }

  /// Opens a session through the manager, guard included.
  static func withSession<R>(
    _ url: String, policy: AccessPolicy = .readWrite, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let manager = ConnectionManager(registry: try AdapterRegistry([.sqlite]))
    return try await manager.withSession(url, policy: policy, body)
  }

  func bytes(_ file: String = "test.db") throws -> Data { try Data(contentsOf: URL(filePath: path(file))) }
}

extension SQLiteAdapter {
  /// Runs statements for their effect, or for the rows of one.
  @discardableResult
  func run(_ text: String, _ parameters: [DBValue] = []) async throws(DBError) -> QueryResult {
    try await executeQuery(QueryRequest(unsafeText: text, parameters: parameters))
  }

  /// The only value of the only row.
  func value(_ text: String, _ parameters: [DBValue] = []) async throws -> DBValue {
    try #require(try await run(text, parameters).rows.first)[0]
  }
}

/// The error a call throws.
func sqliteError<R>(
  _ body: () async throws -> R, sourceLocation: Testing.SourceLocation = #_sourceLocation
) async throws -> DBError {
  do {
    _ = try await body()
  } catch {
    return try #require(error as? DBError, sourceLocation: sourceLocation)
  }
  Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  throw CancellationError()
}

/// A statement that runs for ever, in constant memory.
let endlessSQLiteQuery = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
