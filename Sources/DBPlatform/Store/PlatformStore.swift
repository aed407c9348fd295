public import DBAdapterCore

/// What bosdb keeps beside the databases it works with: connections with sealed secrets, the audit trail, jobs, cached schemas.
///
/// ```swift
/// let store = try await PlatformStore.open(.standard(), registry: .standard)
/// let count = try await store.withTransaction { session in
///   try await session.execute("SELECT count FROM platform_audit_head").rows.first?.decode(Int.self)
/// }
/// await store.close()
/// ```
/// Any number of tasks and processes may use one store at the same time. Its own statements are not audited.
public final class PlatformStore: Sendable {
  /// Where the store is.
  public let location: StoreLocation
  private let manager: ConnectionManager

  private init(_ location: StoreLocation, _ manager: ConnectionManager) {
    self.location = location
    self.manager = manager
  }

  /// Opens a store; makes it where there is none, and brings an older one to this program's schema.
  ///
  /// A SQLite store is a file of mode `0600` from its first moment on, in a directory of mode `0700` when that has to be made.
  /// - Parameters:
  ///   - registry: has the adapter for the store's engine.
  ///   - connectTimeout: the longest to wait for a server. Default: 10 seconds.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` when others can read the file or write its directory,
  ///   ``DBError/Code-swift.struct/unsupported`` when the store is newer than the program,
  ///   ``DBError/Code-swift.struct/unknownScheme`` when the registry lacks the engine, and whatever connecting throws.
  public static func open(
    _ location: StoreLocation, registry: AdapterRegistry, connectTimeout: Duration = .seconds(10)
  ) async throws(DBError) -> PlatformStore {
    var location = location
    if let file = location.file {
      let path = try PrivateFile.prepare(file, as: "the platform store")
      for suffix in ["-wal", "-shm", "-journal"] {
        _ = try PrivateFile.existing(path + suffix, as: "the platform store's file")
      }
      location = try StoreLocation(file: path)
    }
    let manager = ConnectionManager(
      registry: registry,
      configuration: ConnectionManagerConfiguration(connectTimeout: connectTimeout, applicationName: "bosdb-platform"),
      policy: .readWrite, logger: .silent)
    let store = PlatformStore(location, manager)
    do throws(DBError) {
      try await store.withSession { try await PlatformSchema.migrate($0) }
    } catch {
      await store.close()
      throw error
    }
    return store
  }

  /// Closes the store's connections; it cannot be used afterwards.
  public func close() async { await manager.shutdown(grace: .seconds(5)) }

  /// Runs `body` in a transaction of the store: committed when `body` returns, rolled back when it throws.
  ///
  /// In SQLite it holds the file's write lock from its beginning on (`BEGIN IMMEDIATE`, waited for up to 30 seconds), so that what it has read
  /// stays as it is. In PostgreSQL it is READ COMMITTED: a body that writes what depends on what it reads begins with an `UPDATE` of the row
  /// that it depends on, which waits for other transactions. For the audit chain this is
  /// `UPDATE platform_audit_head SET count = count WHERE id = 1`; the same statement does no harm in SQLite.
  ///
  /// After a conflict that the engine calls transient `body` runs again from its beginning, so it should do nothing beside the store. It must
  /// not call the store itself: a SQLite store has one connection.
  /// - Throws: ``DBError``: the body's own, or what became of the transaction. A cancelled task stops waiting, or its running statement.
  public func withTransaction<R>(
    file: StaticString = #fileID, line: UInt = #line, _ body: (DatabaseSession) async throws -> R
  ) async throws(DBError) -> R {
    try await withSession { session in
      try await session.withRetriedTransaction(within: .seconds(30), file: file, line: line, body)
    }
  }

  /// Lends a session without a transaction, for statements that stand alone.
  /// - Throws: ``DBError``.
  public func withSession<R>(_ body: (DatabaseSession) async throws -> R) async throws(DBError) -> R {
    do {
      return try await manager.withSession(location.string, body)
    } catch {
      throw Self.failure(error)
    }
  }

  /// Whether the store's master key is made of a passphrase.
  public func hasPassphrase() async throws(DBError) -> Bool {
    try await withSession { try await PlatformMeta.value(SecretVault.passphrase, $0) } != nil
  }

  private static func failure(_ error: any Error) -> DBError {
    switch error {
    case let error as DBError: error
    case let error as TransactionError:
      (error.bodyError as? DBError) ?? error.commitError ?? error.rollbackError
        ?? DBError(.serverError, "the platform store's transaction failed: \(error.outcome)", underlying: error)
    default: DBError(.internalInconsistency, "the platform store failed: \(error)", underlying: error)
    }
  }
}
