/// What answered.
public struct ServerInfo: Sendable, Hashable {
  /// `PostgreSQL`, `SQLite`.
  public var product: String
  /// As the server writes it: `15.8 (Debian 15.8-1)`.
  public var version: String
  /// The database in use.
  public var database: String?
  public var user: String?
  /// `primary`, `standby`, or `embedded`.
  public var role: String
  /// Where it answered, without credentials.
  public var endpoint: String
  /// Whether the session as it is now refuses writes.
  public var isReadOnly: Bool
  /// Whether the connection is encrypted, and how: `TLSv1.3`; `nil` when it is not.
  public var encryption: String?
  /// The C library in use and its version: `libpq 15.20`.
  public var clientLibrary: String
  /// What the adapter can do on this server.
  public var capabilities: AdapterCapabilities

  public init(
    product: String, version: String, database: String?, user: String?, role: String, endpoint: String,
    isReadOnly: Bool,
    encryption: String?, clientLibrary: String, capabilities: AdapterCapabilities
  ) {
    self.product = product
    self.version = version
    self.database = database
    self.user = user
    self.role = role
    self.endpoint = endpoint
    self.isReadOnly = isReadOnly
    self.encryption = encryption
    self.clientLibrary = clientLibrary
    self.capabilities = capabilities
  }
}
