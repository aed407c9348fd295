public import DBAdapterCore

extension SecretVault {
  /// What a store's secrets are sealed with.
  public struct Status: Sendable, Hashable {
    /// The id of the key that new secrets are sealed with; `nil` for a store that has none yet.
    public var activeKey: String?
    /// The ids of the keys at hand.
    public var keysAtHand: [String]
    /// How many sealed texts there are, by the id of their key.
    public var sealed: [String: Int]

    public init(activeKey: String?, keysAtHand: [String], sealed: [String: Int]) {
      self.activeKey = activeKey
      self.keysAtHand = keysAtHand
      self.sealed = sealed
    }

    /// Whether every secret can be opened, as far as their keys say.
    public var isReadable: Bool { sealed.keys.allSatisfy { keysAtHand.contains($0) } }
  }

  /// The keys that are in use and at hand; nothing is opened.
  public func status() async throws(DBError) -> Status {
    let (active, sealed) = try await store.withSession { session in
      var counts: [String: Int] = [:]
      for row in try await Self.sealedFields(session) {
        counts[try SealedSecret(row.text).keyID, default: 0] += 1
      }
      return (try await PlatformMeta.value(Self.activeKey, session), counts)
    }
    var keys: [String] = []
    do throws(DBError) {
      keys = try await ring().keys.map(\.id)
    } catch  where error.code == .secretUnreadable {}
    return Status(activeKey: active, keysAtHand: keys, sealed: sealed)
  }

  /// Gives a store its first key: made in the key file where there is none, or taken from the environment, a command or a passphrase.
  /// - Parameter cost: for a passphrase. Default: ``Passphrase/Cost/standard``.
  /// - Returns: the key's id.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when the store has a key already; what reading or writing keys throws.
  public func initialize(cost: Passphrase.Cost = .standard) async throws(DBError) -> String {
    if let active = try await store.withSession({ try await PlatformMeta.value(Self.activeKey, $0) }) {
      throw DBError(.invalidParameter, "the store has the master key \(active) already; secrets rotate changes it")
    }
    switch source {
    case .file(let path)?:
      let file = KeyFile(path)
      try await file.locked { () throws(DBError) in
        if try file.read() == nil { try file.write(KeyRing([.random()])) }
      }
    case .passphrase?:
      let settings = Passphrase(cost)
      try await store.withTransaction { session in
        if try await PlatformMeta.value(Self.passphrase, session) == nil {
          try await PlatformMeta.set(Self.passphrase, to: settings.text, session)
        }
      }
    default: break
    }
    let ring = try await ring()
    return try await store.withTransaction { try await Self.sealingKey(ring, $0).id }
  }

  /// Seals every secret anew with another key, all in one transaction, so that a crash leaves all of them under the old key or the new.
  ///
  /// A key file is written first, with both keys in it, and the old ones are taken out after the transaction; a rotation that was cut off is
  /// finished by the next. Keys from elsewhere are changed by whoever keeps them, after this returns.
  /// - Parameters:
  ///   - destination: where the new key is. Default: `nil`, a new key in the key file in use.
  ///   - cost: for a new passphrase. Default: ``Passphrase/Cost/standard``.
  /// - Returns: the new key's id, and how many secrets were sealed anew.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when a secret cannot be opened, naming the connection: then nothing is changed.
  @discardableResult
  public func rotate(
    to destination: MasterKeySource? = nil, cost: Passphrase.Cost = .standard
  ) async throws(DBError) -> (key: String, secrets: Int) {
    if let destination { return try await rotate(destination, cost) }
    guard case .file(let path)? = source else {
      throw DBError(
        .invalidParameter,
        "the master key is kept outside of bosdb; name the new one by BOSDB_NEW_MASTER_KEY_FILE or one of its like")
    }
    let file = KeyFile(path)
    return try await file.locked { () throws(DBError) in
      guard let old = try file.read() else { throw Self.missing("there is no master key in \(path) yet") }
      let new = MasterKey.random()
      let both = try KeyRing(old.keys + [new])
      try file.write(both)
      self.adopt(both)
      let count = try await self.reseal(both, new, nil)
      let only = try KeyRing([new])
      try file.write(only)
      self.adopt(only)
      return (new.id, count)
    }
  }

  private func rotate(
    _ destination: MasterKeySource, _ cost: Passphrase.Cost
  ) async throws(DBError) -> (key: String, secrets: Int) {
    let old = try await ring()
    var settings: Passphrase?
    let new: KeyRing
    switch destination {
    case .passphrase(let ask):
      let chosen = Passphrase(cost)
      new = try KeyRing([try await chosen.key(try await ask())])
      settings = chosen
    case .file(let path):
      let file = KeyFile(path)
      new = try await file.locked { () throws(DBError) in
        if let ring = try file.read() { return ring }
        let made = try KeyRing([.random()])
        try file.write(made)
        return made
      }
    case .value, .command:
      guard let ring = try await destination.keys() else { throw Self.missing("there is no key in \(destination)") }
      new = ring
    }
    let both = try old.joined(new)
    adopt(both)
    return (new.first.id, try await reseal(both, new.first, settings))
  }

  private func reseal(_ ring: KeyRing, _ new: MasterKey, _ settings: Passphrase?) async throws(DBError) -> Int {
    try await store.withTransaction { session in
      _ = try await Self.sealingKey(ring, session)
      let fields = try await Self.sealedFields(session)
      for field in fields {
        let place = SealedSecret.Place(record: field.id, field: field.name)
        let secret: Secret
        do throws(DBError) {
          secret = try SealedSecret(field.text).open(at: place, with: ring)
        } catch {
          throw error.completed(message: "connection \(field.connection): \(error.message)")
        }
        let text = try SealedSecret(sealing: secret, at: place, with: new).text
        switch field.name {
        case ConnectionRecord.stringField:
          try await session.execute(
            "UPDATE platform_connections SET connection_string = \(text) WHERE id = \(field.id)")
        default:
          try await session.execute(
            "UPDATE platform_connections SET password_reference = \(text) WHERE id = \(field.id)")
        }
      }
      try await PlatformMeta.set(Self.activeKey, to: new.id, session)
      if let settings {
        try await PlatformMeta.set(Self.passphrase, to: settings.text, session)
      } else {
        try await PlatformMeta.remove(Self.passphrase, session)
      }
      return fields.count
    }
  }

  private struct Field {
    let id: String
    let connection: String
    let name: String
    let text: String
  }

  private static func sealedFields(_ session: DatabaseSession) async throws -> [Field] {
    let result = try await session.execute(
      "SELECT id, name, connection_string, password_reference FROM platform_connections ORDER BY id")
    var fields: [Field] = []
    for row in result.rows {
      let (id, name, string, reference) = try row.decode((String, String, String, String?).self)
      fields.append(Field(id: id, connection: name, name: ConnectionRecord.stringField, text: string))
      if let reference {
        fields.append(Field(id: id, connection: name, name: ConnectionRecord.referenceField, text: reference))
      }
    }
    return fields
  }
}
