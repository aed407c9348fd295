/// What an engine reads into a connection string, as data: with it two strings that mean the same are found to be the same.
///
/// A rule left out costs a second pool for the same database; a wrong one would lend a connection to somebody who asked for another.
public struct ConnectionRules: Sendable, Hashable {
  /// Values that are the same as leaving the parameter out. Default: none.
  public var parameterDefaults: [String: String] = [:]
  /// Parameters that bring defaults of their own, so that no value can be left out beside them. Default: none.
  public var parametersWithDefaults: Set<String> = []
  /// Whether the parameters `host`, `hostaddr`, `port`, `user` and `dbname` replace what the URL says, as in libpq. Default: no.
  public var hasLocationParameters = false
  /// Whether the database's name is the user's when the string names none. Default: no.
  public var databaseDefaultsToUser = false
  /// What the order of several hosts means. Default: nothing.
  public var hostOrder = HostOrder.meaningless
  /// Whether the database is a file's path. Default: no.
  public var databaseIsFile = false
  /// Databases that are names although others are paths: `:memory:`. Default: none.
  public var namesBesideFiles: Set<String> = []
  /// Parameter values that make a name of the path: `mode=memory`. Default: none.
  public var parametersThatNameDatabases: [String: String] = [:]

  public init() {}

  /// What the order of several hosts means.
  public enum HostOrder: Sendable, Hashable {
    case meaningless
    /// The first that answers is taken, unless a parameter has one of these values: then only one of the hosts fits, wherever it
    /// stands.
    case preference(unless: String, isOneOf: Set<String>)
  }
}
