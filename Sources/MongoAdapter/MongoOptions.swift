internal import DBAdapterCore

/// What a connection string asks for, checked before anything is opened. libmongoc gets the string itself.
struct MongoOptions: Sendable {
  let string: ConnectionString
  /// The database that commands are for when they name none. Default: `test`, as in MongoDB's own tools.
  let database: String
  /// Whether the string names the database.
  let namesDatabase: Bool
  let applicationName: String
  let connectTimeout: Duration
  let access: AccessLevel
  /// Whether reads may go to a secondary: the session was asked for a replica.
  let prefersReplica: Bool
  /// Options in libmongoc's words with whole numbers, for where the string does not say.
  let additions: [(name: String, value: Int32)]

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` for a parameter that MongoDB's connection strings do not have.
  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    string = configuration.string
    applicationName = configuration.applicationName
    access = configuration.access
    connectTimeout = configuration.connectTimeout
    prefersReplica = configuration.preference == .replica
    let database = string.database ?? ""
    self.database = database.isEmpty ? "test" : database
    namesDatabase = !database.isEmpty
    do throws(DBError) {
      try MongoNames.check(database: self.database)
    } catch {
      throw Self.invalid(error.message)
    }
    guard string.replicas.isEmpty else {
      throw Self.invalid(
        "MongoDB finds replicas by itself; write readPreference=secondaryPreferred instead of replica=")
    }
    for parameter in string.parameters where !Self.known.contains(parameter.name.lowercased()) {
      throw Self.invalid("MongoDB has no connection option \"\(parameter.name)\"")
    }
    // libmongoc would look for a server first, and ask nobody for a mechanism that it does not know.
    if let mechanism = string.parameters.last(where: { $0.name.lowercased() == "authmechanism" })?.value,
      !Self.mechanisms.contains(mechanism)
    {
      throw Self.invalid("MongoDB has no authentication mechanism \"\(mechanism)\"")
    }
    let milliseconds = Int32(clamping: configuration.connectTimeout.nanoseconds / 1_000_000)
    // Looking for a server ends a little before the connect timeout, so that libmongoc can say why there is none.
    additions = [
      ("serverselectiontimeoutms", max(1, milliseconds - milliseconds / 20)),
      ("connecttimeoutms", max(1, milliseconds)),
    ]
  }

  /// Whether libmongoc encrypts: `tls=true`, which `mongodb+srv` and files for it imply.
  var isEncrypted: Bool {
    let parameters = string.parameters.map { (name: $0.name.lowercased(), value: $0.value) }
    if let choice = parameters.last(where: { $0.name == "tls" || $0.name == "ssl" }) { return choice.value == "true" }
    return string.scheme == "mongodb+srv"
      || parameters.contains { $0.name.hasPrefix("tls") || $0.name.hasPrefix("ssl") }
  }

  /// A whole number from the string, whatever the case of its name.
  func number(_ name: String) throws(DBError) -> Int? {
    guard let text = string.parameters.last(where: { $0.name.lowercased() == name.lowercased() })?.value else {
      return nil
    }
    guard let number = Int(text), number >= 0 else {
      throw Self.invalid("\(name) is a whole number, not \"\(text)\"")
    }
    return number
  }

  static func invalid(_ reason: String) -> DBError {
    DBError(.invalidConnectionString, "the connection string is not valid: \(reason)", adapter: .mongodb)
  }

  private static let mechanisms: Set<String> = [
    "SCRAM-SHA-1", "SCRAM-SHA-256", "MONGODB-X509", "MONGODB-AWS", "MONGODB-CR", "GSSAPI", "PLAIN",
  ]

  /// The options of MongoDB's connection strings (Connection String Options of its manual, and libmongoc's own), in lowercase.
  private static let known: Set<String> = [
    "appname", "authmechanism", "authmechanismproperties", "authsource", "canonicalizehostname", "compressors",
    "connecttimeoutms", "directconnection", "gssapiservicename", "heartbeatfrequencyms", "journal", "loadbalanced",
    "localthresholdms", "maxidletimems", "maxpoolsize", "maxstalenessseconds", "minpoolsize", "readconcernlevel",
    "readpreference", "readpreferencetags", "replicaset", "retryreads", "retrywrites", "safe",
    "serverselectiontimeoutms", "serverselectiontryonce", "slaveok", "socketcheckintervalms", "sockettimeoutms",
    "srvmaxhosts", "srvservicename", "ssl", "sslallowinvalidcertificates", "sslallowinvalidhostnames",
    "sslcertificateauthorityfile", "sslclientcertificatekeyfile", "sslclientcertificatekeypassword", "tls",
    "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "tlscafile", "tlscertificatekeyfile",
    "tlscertificatekeyfilepassword", "tlsdisablecertificaterevocationcheck", "tlsdisableocspendpointcheck",
    "tlsinsecure", "w", "waitqueuemultiple", "waitqueuetimeoutms", "wtimeoutms", "zlibcompressionlevel",
  ]
}
