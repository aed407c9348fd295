public import DBAdapterCore

/// The connections of a store, by name.
///
/// Their connection strings are sealed as a whole; host, port, database and status stand beside them, without secrets. Each change is reported to
/// the audit sink as a statement such as `conn add shop`.
public struct ConnectionDirectory: Sendable {
  /// Opens a connection and says how far that came.
  public typealias Test = @Sendable (ConnectionString) async -> ConnectionReport

  public let vault: SecretVault
  private let registry: AdapterRegistry
  private let audit: any AuditSink

  /// - Parameters:
  ///   - registry: knows the engines that connections may be for.
  ///   - audit: told of every change. Default: `nil`, who is told by the vault.
  public init(_ vault: SecretVault, registry: AdapterRegistry, audit: (any AuditSink)? = nil) {
    self.vault = vault
    self.registry = registry
    self.audit = audit ?? vault.audit
  }

  private var store: PlatformStore { vault.store }

  // MARK: Looking up

  /// Every connection, by name. Needs no key.
  public func list() async throws(DBError) -> [StoredConnection] {
    try await store.withSession { try await ConnectionRecord.read($0).map(\.connection) }
  }

  /// The connection with a name; `nil` when there is none. Needs no key.
  public func connection(_ name: String) async throws(DBError) -> StoredConnection? {
    try await store.withSession { try await ConnectionRecord.read(named: name, $0).first?.connection }
  }

  /// A stored connection as it was entered, with its secrets.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is none with this name,
  ///   ``DBError/Code-swift.struct/secretUnreadable`` when its key is not at hand or it was changed.
  public func draft(_ name: String) async throws(DBError) -> ConnectionDraft { try await opened(name).draft }

  /// A stored connection ready to be dialled: with the password of its reference, looked up now.
  /// - Throws: what ``draft(_:)`` throws, and what ``SecretReference/resolve()`` does.
  public func target(_ name: String) async throws(DBError) -> (connection: StoredConnection, string: ConnectionString) {
    let (record, draft) = try await opened(name)
    return (record.connection, try await dialled(draft))
  }

  private func opened(_ name: String) async throws(DBError) -> (record: ConnectionRecord, draft: ConnectionDraft) {
    do throws(DBError) {
      return try await openedOnce(name)
    } catch  where error.code == .secretUnreadable {
      guard case .file? = vault.source else { throw error }
      // A rotation may have come between reading the record and reading the keys.
      vault.forget()
      return try await openedOnce(name)
    }
  }

  private func openedOnce(_ name: String) async throws(DBError) -> (record: ConnectionRecord, draft: ConnectionDraft) {
    guard let record = try await store.withSession({ try await ConnectionRecord.read(named: name, $0).first }) else {
      throw Self.unknown(name)
    }
    let it = record.connection
    do throws(DBError) {
      let text = try await vault.open(record.sealedString, at: Self.place(it.id, ConnectionRecord.stringField))
      var reference: SecretReference?
      if let sealed = record.sealedReference {
        let text = try await vault.open(sealed, at: Self.place(it.id, ConnectionRecord.referenceField))
        reference = try SecretReference(text.withExposed { $0 })
      }
      let string = try ConnectionString(text.withExposed { $0 })
      var draft = ConnectionDraft(
        name: it.name, string: string, passwordReference: reference, access: it.access, projectID: it.projectID,
        configuration: it.configuration)
      draft.basis = it.updatedAt
      return (record, draft)
    } catch {
      throw error.completed(message: "connection \(name): \(error.message)")
    }
  }

  private func dialled(_ draft: ConnectionDraft) async throws(DBError) -> ConnectionString {
    guard let reference = draft.passwordReference else { return draft.string }
    let descriptor = try registry.registration(forScheme: draft.string.scheme).descriptor
    return try draft.string.adding(try await reference.resolve(), for: descriptor)
  }

  // MARK: Changing

  /// Stores a connection: checked, tested, sealed, stored, audited, in this order.
  /// - Parameters:
  ///   - test: opens it. Default: `nil`, it is stored untested as ``StoredConnection/Status-swift.enum/pending``.
  ///   - isForced: whether it is stored although its test failed, as ``StoredConnection/Status-swift.enum/error``.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when the name is taken, what checking a draft and keys throw, and the error of a test
  ///   that failed, after which nothing is stored.
  @discardableResult
  public func add(
    _ draft: ConnectionDraft, isForced: Bool = false, test: Test? = nil
  ) async throws(DBError) -> (connection: StoredConnection, report: ConnectionReport?) {
    let descriptor = try draft.validated(registry)
    if try await connection(draft.name) != nil { throw Self.taken(draft.name) }
    let report = try await tested(draft, isForced, test)
    let now = DBTimestamp.now()
    let endpoint = draft.string.endpoints.first
    let connection = StoredConnection(
      id: .random(), name: draft.name, projectID: draft.projectID, kind: descriptor.kind, host: endpoint?.host,
      port: endpoint?.port, database: draft.string.database, status: Self.status(report), access: draft.access,
      configuration: draft.configuration, createdAt: now, updatedAt: now, lastUsedAt: nil,
      hasPasswordReference: draft.passwordReference != nil)
    try await changing("conn add \(draft.name)", connection) { () throws(DBError) in
      try await sealing { session, key in
        if try await !ConnectionRecord.read(named: draft.name, session).isEmpty { throw Self.taken(draft.name) }
        try await Self.sealed(connection, draft, key).insert(session)
      }
    }
    return (connection, report)
  }

  /// Puts another connection in the place of a stored one, in the same order as ``add(_:isForced:test:)``. Its name may change too.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is none with this name,
  ///   ``DBError/Code-swift.struct/serializationConflict`` when somebody else changed it since the draft was read, and what adding throws.
  @discardableResult
  public func edit(
    _ name: String, to draft: ConnectionDraft, isForced: Bool = false, test: Test? = nil
  ) async throws(DBError) -> (connection: StoredConnection, report: ConnectionReport?) {
    let descriptor = try draft.validated(registry)
    guard var connection = try await connection(name) else { throw Self.unknown(name) }
    let basis = draft.basis ?? connection.updatedAt
    if draft.name != name, try await self.connection(draft.name) != nil { throw Self.taken(draft.name) }
    let report = try await tested(draft, isForced, test)
    connection.name = draft.name
    connection.projectID = draft.projectID
    connection.kind = descriptor.kind
    connection.host = draft.string.endpoints.first?.host
    connection.port = draft.string.endpoints.first?.port
    connection.database = draft.string.database
    connection.status = Self.status(report)
    connection.access = draft.access
    connection.configuration = draft.configuration
    connection.updatedAt = .now()
    connection.hasPasswordReference = draft.passwordReference != nil
    let changed = connection
    try await changing("conn edit \(name)", changed) { () throws(DBError) in
      try await sealing { session, key in
        guard try await Self.sealed(changed, draft, key).update(from: basis, session) else { throw Self.outdated(name) }
      }
    }
    return (changed, report)
  }

  /// Removes a connection and what was cached of it.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is none with this name.
  public func remove(_ name: String) async throws(DBError) {
    guard let connection = try await connection(name) else { throw Self.unknown(name) }
    try await changing("conn remove \(name)", connection) { () throws(DBError) in
      let count = try await store.withTransaction { session in
        try await session.execute("DELETE FROM platform_connections WHERE id = \(connection.id.description)")
          .affectedRows
      }
      guard count == 1 else { throw Self.unknown(name) }
    }
  }

  /// Notes that a connection was used now, and whether it worked. A connection that is gone meanwhile is left alone.
  /// - Parameter status: Default: `nil`, it stays as it is.
  public func touch(_ id: DBUUID, status: StoredConnection.Status? = nil) async throws(DBError) {
    let (now, status) = (DBTimestamp.now().description, status?.rawValue)
    try await store.withSession { session in
      _ = try await session.execute(
        """
        UPDATE platform_connections SET last_used_at = \(now), status = COALESCE(\(status), status)
        WHERE id = \(id.description)
        """)
    }
  }

  // MARK: Steps

  private func tested(
    _ draft: ConnectionDraft, _ isForced: Bool, _ test: Test?
  ) async throws(DBError) -> ConnectionReport? {
    guard let test else { return nil }
    let report = await test(try await dialled(draft))
    if let error = report.error, !isForced { throw error }
    return report
  }

  private static func status(_ report: ConnectionReport?) -> StoredConnection.Status {
    report.map { $0.isSuccess ? .active : .error } ?? .pending
  }

  /// Runs `body` in a transaction with the key to seal with; when a rotation changed the key file meanwhile, once more.
  private func sealing(_ body: (DatabaseSession, MasterKey) async throws -> Void) async throws(DBError) {
    func attempt() async throws(DBError) {
      let ring = try await vault.ring()
      try await store.withTransaction { session in
        try await body(session, try await SecretVault.sealingKey(ring, session))
      }
    }
    do throws(DBError) {
      try await attempt()
    } catch  where error.code == .secretUnreadable {
      guard case .file? = vault.source else { throw error }
      vault.forget()
      try await attempt()
    }
  }

  private static func sealed(
    _ connection: StoredConnection, _ draft: ConnectionDraft, _ key: MasterKey
  ) throws(DBError) -> ConnectionRecord {
    let text = draft.string.withUnredacted { Secret($0) }
    let reference = draft.passwordReference.map { Secret($0.description) }
    let string = try SealedSecret(sealing: text, at: place(connection.id, ConnectionRecord.stringField), with: key)
    var sealedReference: SealedSecret?
    if let reference {
      sealedReference = try SealedSecret(
        sealing: reference, at: place(connection.id, ConnectionRecord.referenceField), with: key)
    }
    return ConnectionRecord(connection, sealedString: string.text, sealedReference: sealedReference?.text)
  }

  private static func place(_ id: DBUUID, _ field: String) -> SealedSecret.Place {
    SealedSecret.Place(record: id.description, field: field)
  }

  private func changing(
    _ statement: String, _ connection: StoredConnection, _ body: () async throws(DBError) -> Void
  ) async throws(DBError) {
    let trail = PlatformTrail(audit, statement, store, kind: connection.kind, connection: connection.name)
    try await trail.around(body)
  }

  /// What has not the form of a name may be a connection string in the wrong place, password included.
  private static func unknown(_ name: String) -> DBError {
    let shown = ConnectionDraft.isName(name) ? " \(name)" : " of this name"
    return DBError(
      .invalidParameter, "there is no stored connection\(shown); bosdb-cli conn list shows those there are")
  }

  private static func outdated(_ name: String) -> DBError {
    DBError(
      .serializationConflict,
      "the stored connection \(name) was changed meanwhile, and stays as it is; repeat the change",
      retry: .safe)
  }

  private static func taken(_ name: String) -> DBError {
    DBError(.invalidParameter, "there is a stored connection \(name) already; conn edit changes it")
  }
}
