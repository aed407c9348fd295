public import DBAdapterCore

/// Seals and opens the secrets of one store with the master keys of one source.
///
/// The store remembers the id of its active key, so that nothing is ever sealed with another one, and what makes a key of a passphrase.
public final class SecretVault: Sendable {
  public let store: PlatformStore
  /// Where the keys come from; `nil` when nobody said.
  public let source: MasterKeySource?
  let audit: any AuditSink
  private let loaded = Locked<KeyRing?>(nil)

  static let activeKey = "master_key"
  static let passphrase = "passphrase"

  /// - Parameter audit: told of `secrets init` and `secrets rotate`. Default: nobody.
  public init(_ store: PlatformStore, _ source: MasterKeySource?, audit: any AuditSink = .discarding) {
    self.store = store
    self.source = source
    self.audit = audit
  }

  /// The keys at hand, read once.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when there are none yet, and what reading them throws.
  public func ring() async throws(DBError) -> KeyRing {
    if let ring = loaded.withLock({ $0 }) { return ring }
    guard let source else {
      throw Self.missing("no master key is named: set BOSDB_MASTER_KEY_FILE, or one of its like")
    }
    let ring: KeyRing
    switch source {
    case .passphrase(let ask):
      guard let text = try await store.withSession({ try await PlatformMeta.value(Self.passphrase, $0) }) else {
        throw Self.missing("the store knows no passphrase yet")
      }
      ring = try KeyRing([try await Passphrase(text).key(try await ask())])
    case .value, .file, .command:
      guard let keys = try await source.keys() else { throw Self.missing("there is no master key in \(source) yet") }
      ring = keys
    }
    loaded.withLock { $0 = ring }
    return ring
  }

  /// Forgets the keys, so that ``ring()`` reads them again: after another process changed the file.
  func forget() { loaded.withLock { $0 = nil } }

  func adopt(_ ring: KeyRing) { loaded.withLock { $0 = ring } }

  /// A secret's text.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable``. A key file that was rotated meanwhile is read once more.
  func open(_ text: String, at place: SealedSecret.Place) async throws(DBError) -> Secret {
    let sealed = try SealedSecret(text)
    if case .file? = source, try await ring().key(sealed.keyID) == nil { forget() }
    return try sealed.open(at: place, with: try await ring())
  }

  /// The key to seal with, inside a transaction of the store: nobody can rotate until it ends. A store without a key gets the first at hand.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when the store's key is not among those at hand.
  static func sealingKey(_ ring: KeyRing, _ session: DatabaseSession) async throws -> MasterKey {
    if try await PlatformMeta.value(activeKey, session) == nil {
      let sealed = try await session.execute("SELECT id FROM platform_connections LIMIT 1").rows
      guard sealed.isEmpty else {
        throw DBError(
          .secretUnreadable,
          "the store has secrets and does not say with which key; it was changed, restore it from a backup")
      }
    }
    try await session.execute(
      """
      INSERT INTO platform_meta (key, value) VALUES (\(activeKey), \(ring.first.id))
      ON CONFLICT (key) DO UPDATE SET value = platform_meta.value
      """)
    let id = try await PlatformMeta.value(activeKey, session) ?? ring.first.id
    guard let key = ring.key(id) else {
      throw DBError(
        .secretUnreadable,
        "the store's secrets are sealed with the master key \(id), and at hand are the \(ring); bring that key along, or "
          + "finish a rotation that was begun elsewhere")
    }
    return key
  }

  static func missing(_ reason: String) -> DBError {
    DBError(.secretUnreadable, "\(reason); bosdb-cli secrets init makes one")
  }
}
