/// Everything an adapter needs to open a session.
public struct ConnectionConfiguration: Sendable, Hashable {
  public var string: ConnectionString
  /// What the session may do; the server enforces ``AccessLevel/readOnly`` where it can. Default: read-only.
  public var access: AccessLevel
  /// Which of the string's servers to connect to. Default: ``ServerPreference/primary``.
  public var preference: ServerPreference
  /// One limit over resolving, dialling, TLS and authentication together. Default: 10 seconds.
  public var connectTimeout: Duration
  /// The name the server shows for the session, where it has one. Default: `bosdb`.
  public var applicationName: String

  public init(
    _ string: ConnectionString, access: AccessLevel = .readOnly, preference: ServerPreference = .primary,
    connectTimeout: Duration = .seconds(10),
    applicationName: String = "bosdb"
  ) {
    self.string = string
    self.access = access
    self.preference = preference
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
  }
}

/// Which of the servers that a connection string names a session is for.
public enum ServerPreference: String, Sendable, Hashable {
  /// The string's own hosts, as it says.
  case primary
  /// One of the string's ``ConnectionString/replicas``; its own hosts when no replica answers.
  case replica
}
