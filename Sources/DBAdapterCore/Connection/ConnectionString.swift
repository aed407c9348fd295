/// A connection string as the user wrote it, with what the library needs to know of it.
///
/// Three forms: `scheme://user:password@host:port,host/database?name=value`, `scheme:path` (SQLite), and libpq's
/// `host=… dbname=…`, which counts as `postgres`. Only what pools, display and redaction need is parsed; the C library gets the
/// original text.
///
/// One reference: cheap to copy, to compare and to use as a key.
public struct ConnectionString: Sendable {
  /// Lowercase: `postgres`.
  public var scheme: String { storage.scheme }
  public var user: String? { storage.user }
  public var password: Secret? { storage.password }
  /// In the order written; empty when the text names none.
  public var endpoints: [Endpoint] { storage.endpoints }
  /// Servers that hold a copy of the database and may answer reads, in the order written: from the parameter `replica=host:port`, which
  /// may be repeated in a URL and takes a list with commas. Default: none. See ``ServerPreference``.
  public var replicas: [Endpoint] { storage.replicas }
  /// The database name, or the path for `scheme:path`.
  public var database: String? { storage.database }
  /// Name and value of the parameters, decoded, in the order written; never the password, and not `replica`.
  public var parameters: [Parameter] { storage.parameters }
  /// Secrets beside the password, in the order written, for telling connection strings apart.
  package var hiddenParameters: [Parameter] { storage.hiddenParameters }
  /// Whether the text holds a secret of any kind.
  package var hasSecrets: Bool { password != nil || !hiddenParameters.isEmpty }
  private let storage: Storage

  public struct Parameter: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  private final class Storage: Sendable {
    let scheme: String
    let user: String?
    let password: Secret?
    let endpoints: [Endpoint]
    let replicas: [Endpoint]
    let database: String?
    let parameters: [Parameter]
    let hiddenParameters: [Parameter]
    let redacted: String
    let original: String
    let hash: Int

    init(_ text: String, _ parsed: ConnectionStringParser) {
      scheme = parsed.scheme
      user = parsed.user
      password = parsed.password.map { Secret($0) }
      endpoints = parsed.endpoints
      replicas = parsed.replicas
      database = parsed.database
      parameters = parsed.parameters
      hiddenParameters = parsed.hiddenParameters
      redacted = parsed.redacted
      original = text
      hash = text.hashValue
    }
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` saying what is wrong at which character, without the text itself
  ///   wherever it could be a password.
  public init(_ text: String) throws(DBError) {
    storage = Storage(text, try ConnectionStringParser(text).parse())
  }

  /// The decoded value of the last parameter with this name.
  public func parameter(_ name: String) -> String? { parameters.last { $0.name == name }?.value }

  /// Lends the text with everything in it, for the C library only.
  public func withUnredacted<R>(_ body: (String) throws -> R) rethrows -> R { try body(storage.original) }
}

extension ConnectionString: Hashable {
  /// Whether both were made of the same text.
  public static func == (left: ConnectionString, right: ConnectionString) -> Bool {
    if left.storage === right.storage { return true }
    // Byte for byte: two spellings of one character are equal to Swift, and different passwords to a server.
    return left.storage.hash == right.storage.hash
      && left.storage.original.utf8.elementsEqual(right.storage.original.utf8)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

extension ConnectionString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text with the password as stars.
  public var description: String { storage.redacted }
  public var debugDescription: String { storage.redacted }
  public var customMirror: Mirror { Mirror(self, children: ["text": storage.redacted]) }
}
