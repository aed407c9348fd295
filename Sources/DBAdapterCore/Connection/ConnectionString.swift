/// A connection string as the user wrote it, with what the library needs to know of it.
///
/// Three forms: `scheme://user:password@host:port,host/database?name=value`, `scheme:path` (SQLite), and libpq's
/// `host=… dbname=…`, which counts as `postgres`. Only what pools, display and redaction need is parsed; the C library gets the
/// original text.
public struct ConnectionString: Sendable, Hashable {
  /// Lowercase: `postgres`.
  public let scheme: String
  public let user: String?
  public let password: Secret?
  /// In the order written; empty when the text names none.
  public let endpoints: [Endpoint]
  /// Servers that hold a copy of the database and may answer reads, from the parameter `replica`; see ``ServerPreference``.
  public var replicas: [Endpoint] { [] }
  /// The database name, or the path for `scheme:path`.
  public let database: String?
  /// Name and value of the parameters, decoded, in the order written; never the password.
  public let parameters: [Parameter]
  private let original: Secret
  private let redacted: String

  public struct Parameter: Sendable, Hashable {
    public let name: String
    public let value: String
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` saying what is wrong at which character, without the text itself
  ///   wherever it could be a password.
  public init(_ text: String) throws(DBError) {
    let parsed = try ConnectionStringParser(text).parse()
    scheme = parsed.scheme
    user = parsed.user
    password = parsed.password.map { Secret($0) }
    endpoints = parsed.endpoints
    database = parsed.database
    parameters = parsed.parameters
    redacted = parsed.redacted
    original = Secret(text)
  }

  /// The decoded value of the last parameter with this name.
  public func parameter(_ name: String) -> String? { parameters.last { $0.name == name }?.value }

  /// Lends the text with everything in it, for the C library only.
  public func withUnredacted<R>(_ body: (String) throws -> R) rethrows -> R { try original.withExposed(body) }
}

extension ConnectionString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text with the password as stars.
  public var description: String { redacted }
  public var debugDescription: String { redacted }
  public var customMirror: Mirror { Mirror(self, children: ["text": redacted]) }
}
