internal import ArgumentParser
internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBPlatform

/// Where the statements of a command are kept.
struct AuditOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Record every statement in a file, or in the platform store. Also BOSDB_AUDIT.", valueName: "file|store"))
  var audit: String?

  @Flag(help: "Record the statements' own texts too, with the literals in them.")
  var auditText = false

  /// What is kept, and what does not run while it cannot be: `BOSDB_AUDIT_BLOCKING` is `writes`, `everything` or `nothing`.
  func policy() throws(DBError) -> AuditPolicy {
    var policy = AuditPolicy(keepsText: auditText)
    if let text = ProcessEnvironment.value("BOSDB_AUDIT_BLOCKING") {
      guard let blocking = AuditPolicy.Blocking(rawValue: text) else {
        throw DBError(.invalidParameter, Messages.noSuchBlocking(text))
      }
      policy.blocking = blocking
    }
    return policy
  }

  /// Lends the sink that was asked for, or one that keeps nothing.
  /// - Parameter isStoreDefault: whether the store is the place where none was named.
  func withSink<R>(isStoreDefault: Bool = false, _ body: (any AuditSink) async throws -> R) async throws -> R {
    guard let place = AuditPlace(audit, isStoreDefault: isStoreDefault) else { return try await body(.discarding) }
    let key = try AuditKey.named()
    switch place {
    case .file(let path):
      return try await body(JSONLinesAuditSink(path: path, key: key, rotationSize: try AuditPlace.rotationSize()))
    case .store:
      return try await AuditPlace.withStore { store in try await body(StoreAuditSink(store, key: key)) }
    }
  }
}

/// Where an audit log is.
enum AuditPlace {
  case file(String)
  case store

  /// What an argument names, or `BOSDB_AUDIT`; `nil` when neither names any and the store is no default.
  init?(_ argument: String?, isStoreDefault: Bool) {
    switch argument ?? ProcessEnvironment.value("BOSDB_AUDIT") {
    case "store"?: self = .store
    case let path?: self = .file(path)
    case nil where isStoreDefault: self = .store
    case nil: return nil
    }
  }

  /// Where changes of a store's connections are kept: in the store itself, unless `BOSDB_AUDIT` names a file.
  static func sink(beside store: PlatformStore) throws(DBError) -> any AuditSink {
    let key = try AuditKey.named()
    guard case .file(let path)? = AuditPlace(nil, isStoreDefault: false) else { return StoreAuditSink(store, key: key) }
    return try JSONLinesAuditSink(path: path, key: key, rotationSize: try rotationSize())
  }

  /// From how many bytes on a file is continued in another: `BOSDB_AUDIT_ROTATE`.
  static func rotationSize() throws(DBError) -> Int? {
    guard let text = ProcessEnvironment.value("BOSDB_AUDIT_ROTATE") else { return nil }
    guard let size = SizeArgument(argument: text) else {
      throw DBError(.invalidParameter, Messages.noSuchRotation(text))
    }
    return size.bytes
  }

  /// Opens the platform store, and closes it.
  static func withStore<R>(_ body: (PlatformStore) async throws -> R) async throws -> R {
    let store = try await PlatformStore.open(try StoreLocation.standard(), registry: .standard)
    let result: R
    do {
      result = try await body(store)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    return result
  }

  /// Lends the log to read in.
  func withLog<R>(_ body: (AuditLog) async throws -> R) async throws -> R {
    switch self {
    case .file(let path): try await body(AuditLog(path: path))
    case .store: try await Self.withStore { try await body(AuditLog($0)) }
    }
  }
}
