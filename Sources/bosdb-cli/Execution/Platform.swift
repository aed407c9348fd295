internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBPlatform

/// The platform store of this user.
enum Platform {
  /// Opens the store, lends its connections, and closes it.
  static func withDirectory<R>(_ body: (ConnectionDirectory) async throws -> R) async throws -> R {
    try await withVault { vault in try await body(ConnectionDirectory(vault, registry: .standard)) }
  }

  /// Opens the store, lends its vault, and closes it.
  /// - Parameter source: where the master key is. Default: where the environment says, the key file beside the store, or the passphrase that the
  ///   store was given.
  static func withVault<R>(
    _ source: MasterKeySource? = nil, _ body: (SecretVault) async throws -> R
  ) async throws -> R {
    let location = try StoreLocation.standard()
    let store = try await PlatformStore.open(location, registry: .standard)
    let result: R
    do {
      let found = if let source { source } else { try await keySource(store) }
      result = try await body(SecretVault(store, found, audit: try AuditPlace.sink(beside: store)))
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    return result
  }

  /// A passphrase that is asked for on the terminal.
  static let passphrase = MasterKeySource.passphrase { () throws(DBError) in try Prompt.secret(Messages.passphrase) }

  /// The same for a passphrase that is chosen now.
  static let newPassphrase = MasterKeySource.passphrase { () throws(DBError) in
    try Prompt.newSecret(Messages.passphrase)
  }

  /// Whether there is a store at all; looking for a connection makes none.
  static var exists: Bool { (try? StoreLocation.standard())?.exists ?? false }

  private static func keySource(_ store: PlatformStore) async throws(DBError) -> MasterKeySource? {
    if let named = MasterKeySource.named() { return named }
    if try await store.hasPassphrase() { return passphrase }
    return MasterKeySource.standard(for: store.location)
  }
}
