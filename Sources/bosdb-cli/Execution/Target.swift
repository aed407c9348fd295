internal import DBAdapterCore
internal import DBPlatform

/// A connection string with the adapter that answers to it, and where both come from.
struct Target: Sendable {
  var string: ConnectionString
  let registration: AdapterRegistration
  let origin: ConnectionSource.Origin
  /// What the store knows of the connection; `nil` for one that was written out.
  var stored: StoredConnection?
  /// Where the password comes from, when not from where the connection does.
  var passwordOrigin: ConnectionSource.Origin?

  /// What a session may do: what was asked for, or for a stored connection what it was stored with.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when more was asked for than it was stored with.
  func policy(_ asked: AccessPolicy) throws(DBError) -> AccessPolicy {
    guard let stored else { return asked }
    guard asked.level <= stored.access else {
      throw DBError(
        .invalidParameter,
        Messages.accessIsStored(stored.name, stored.access.storedName, wanted: asked.level.storedName))
    }
    var policy = asked
    policy.level = stored.access
    return policy
  }

  /// Runs `body` with the connection's name in every audit event.
  func audited<R>(_ body: () async throws -> R) async throws -> R {
    guard let stored else { return try await body() }
    var context = AuditContext.current
    context.connection = stored.name
    return try await AuditContext.$current.withValue(context) { try await body() }
  }
}
