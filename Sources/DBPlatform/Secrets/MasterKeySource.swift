public import DBAdapterCore

/// Where master keys come from.
public enum MasterKeySource: Sendable, CustomStringConvertible {
  /// The value of a variable, by its name: one key or several.
  case value(Secret, name: String)
  /// A file of mode `0600`; rotation writes it.
  case file(String)
  /// What a command prints.
  case command(String)
  /// A passphrase, asked for when it is needed.
  case passphrase(@Sendable () async throws(DBError) -> Secret)

  /// What the environment names, else the file beside a SQLite store: `bosdb.key` for `bosdb.sqlite`.
  ///
  /// Looked at in this order: `BOSDB_MASTER_KEY`, `BOSDB_MASTER_KEY_FILE`, `BOSDB_MASTER_KEY_COMMAND`, `BOSDB_MASTER_PASSPHRASE_FILE`.
  /// - Returns: `nil` when nothing is named and the store is a server's.
  public static func standard(
    for store: StoreLocation, environment: (String) -> String? = ProcessEnvironment.value
  ) -> MasterKeySource? {
    named(environment: environment) ?? store.file.map { .file(defaultFile(beside: $0)) }
  }

  /// What the environment names; `nil` when it names nothing.
  public static func named(
    environment: (String) -> String? = ProcessEnvironment.value
  ) -> MasterKeySource? {
    named("BOSDB_MASTER", environment)
  }

  /// What rotation changes to, where the environment says: the variables of ``standard(for:environment:)`` with `NEW_` in their names.
  public static func new(
    environment: (String) -> String? = ProcessEnvironment.value
  ) -> MasterKeySource? {
    named("BOSDB_NEW_MASTER", environment)
  }

  /// The key file of a store that names no other: `shop.key` beside `shop.sqlite`.
  public static func defaultFile(beside store: String) -> String {
    (store.hasSuffix(".sqlite") ? String(store.dropLast(".sqlite".count)) : store) + ".key"
  }

  private static func named(_ prefix: String, _ environment: (String) -> String?) -> MasterKeySource? {
    func variable(_ suffix: String) -> String? { environment(prefix + suffix).flatMap { $0.isEmpty ? nil : $0 } }
    if let text = variable("_KEY") { return .value(Secret(text), name: prefix + "_KEY") }
    if let path = variable("_KEY_FILE") { return .file(path) }
    if let command = variable("_KEY_COMMAND") { return .command(command) }
    if let path = variable("_PASSPHRASE_FILE") {
      return .passphrase { () throws(DBError) in try SecretFile.firstLine(path, as: "the passphrase file") }
    }
    return nil
  }

  /// The keys, where they do not depend on the store; `nil` for a passphrase, and for a key file that is not there.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no key or it is not one,
  ///   ``DBError/Code-swift.struct/permissionDenied`` when others can read the file, ``DBError/Code-swift.struct/timeout``.
  func keys() async throws(DBError) -> KeyRing? {
    switch self {
    case .value(let text, _): return try KeyRing(text: text)
    case .file(let path): return try KeyFile(path).read()
    case .command(let command): return try KeyRing(text: try await SecretCommand.run(command, for: "the master key"))
    case .passphrase: return nil
    }
  }

  /// In words, without anything secret.
  public var description: String {
    switch self {
    case .value(_, let name): "the environment variable \(name)"
    case .file(let path): "the file \(path)"
    case .command: "a command"
    case .passphrase: "a passphrase"
    }
  }
}
