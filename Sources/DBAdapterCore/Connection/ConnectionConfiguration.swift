/// Everything an adapter needs to open a session.
public struct ConnectionConfiguration: Sendable, Hashable {
  public var string: ConnectionString
  /// What the session may do; the server enforces ``AccessLevel/readOnly`` where it can. Default: read-only.
  public var access: AccessLevel
  /// One limit over resolving, dialling, TLS and authentication together. Default: 10 seconds.
  public var connectTimeout: Duration
  /// The name the server shows for the session, where it has one. Default: `bosdb`.
  public var applicationName: String

  public init(
    _ string: ConnectionString, access: AccessLevel = .readOnly, connectTimeout: Duration = .seconds(10),
    applicationName: String = "bosdb"
  ) {
    self.string = string
    self.access = access
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }
}
