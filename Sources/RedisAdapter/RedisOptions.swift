internal import DBAdapterCore

/// What a connection string says to this adapter.
///
/// `redis://[user:password@]host[:port][,host…][/database]`, `rediss://` the same over TLS, `redis+unix://[user:password@]%2Fpath[/database]` or
/// `unix:/path?db=0`, `redis-cluster://host,…`, `redis-sentinel://host,…/service[/database]`; the last two with `rediss-` over TLS.
struct RedisOptions: Sendable {
  enum Topology: Sendable, Hashable {
    /// The first server that answers; a cluster if it says that it is part of one.
    case server
    case cluster
    case sentinel(service: String)
  }

  static let schemes = [
    "redis", "rediss", "redis+unix", "unix", "redis-cluster", "rediss-cluster", "redis-sentinel", "rediss-sentinel",
  ]
  static let defaultPort: UInt16 = 6379
  static let sentinelPort: UInt16 = 26379
  static let defaultCommandTimeout = Duration.seconds(5)
  static let defaultReplyLimit = 256 << 20

  var topology = Topology.server
  /// The servers, or the Sentinels, in the order written.
  var endpoints: [Endpoint] = []
  var user: String?
  var password: Secret?
  var database = 0
  /// `nil`: plain.
  var tls: TLSOptions?
  /// How long a command that does not block may take when its request sets no limit; `nil`: for ever.
  var commandTimeout: Duration? = Self.defaultCommandTimeout
  /// Bytes that one reply may take in memory.
  var replyLimit = Self.defaultReplyLimit
  /// Whether reads of a cluster may go to replicas.
  var readsFromReplicas = false
  var detectsCluster = true
  var sentinelUser: String?
  var sentinelPassword: Secret?
  var clientName: String

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` naming what cannot be understood.
  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    let string = configuration.string
    user = string.user
    password = string.password
    clientName = configuration.applicationName
    endpoints = string.endpoints
    var databaseText = string.database
    switch string.scheme {
    case "redis+unix", "unix":
      if endpoints.isEmpty {
        guard let path = string.database else {
          throw Self.invalid("it names no unix socket; write unix:/path/to/socket")
        }
        endpoints = [Endpoint(host: path.hasPrefix("/") ? path : "/" + path)]
        databaseText = nil
      }
    case "redis-cluster", "rediss-cluster": topology = .cluster
    case "redis-sentinel", "rediss-sentinel":
      let parts = (databaseText ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let service = parts.first, !service.isEmpty else {
        throw Self.invalid("it names no service of the Sentinels; write redis-sentinel://host:26379/service")
      }
      topology = .sentinel(service: String(service))
      databaseText = parts.count > 1 ? String(parts[1]) : nil
    default: break
    }
    if string.scheme.hasPrefix("rediss") { tls = TLSOptions() }
    if endpoints.isEmpty { endpoints = [Endpoint(host: "localhost")] }
    if let databaseText, !databaseText.isEmpty { database = try Self.database(databaseText) }
    for parameter in string.parameters { try read(parameter.name, parameter.value) }
    for parameter in string.hiddenParameters {
      if parameter.name.lowercased() == "sentinel_password" { sentinelPassword = Secret(parameter.value) }
      if parameter.name.lowercased() == "sslpassword" {
        try changeTLS(parameter.name) { $0.keyPassword = Secret(parameter.value) }
      }
    }
    if topology == .cluster, database != 0 {
      throw Self.invalid("a cluster has database 0 only, and it names database \(database)")
    }
  }

  private mutating func read(_ name: String, _ value: String) throws(DBError) {
    switch name {
    case "db": database = try Self.database(value)
    case "client_name": clientName = value
    case "timeout": commandTimeout = try Self.duration(name, value)
    case "max_reply": replyLimit = try Self.byteCount(name, value)
    case "read_from":
      guard ["primary", "replica"].contains(value) else {
        throw Self.invalid("read_from has to be primary or replica")
      }
      readsFromReplicas = value == "replica"
    case "cluster":
      guard ["auto", "true", "false"].contains(value) else {
        throw Self.invalid("cluster has to be auto, true or false")
      }
      if value == "true" { topology = .cluster }
      detectsCluster = value == "auto"
    case "sentinel_user": sentinelUser = value
    case "sslmode":
      guard let mode = TLSOptions.Verification(rawValue: value) else {
        throw Self.invalid("sslmode has to be verify-full, verify-ca or require")
      }
      try changeTLS(name) { $0.verification = mode }
    case "sslrootcert": try changeTLS(name) { $0.authorities = value }
    case "sslcert": try changeTLS(name) { $0.certificate = value }
    case "sslkey": try changeTLS(name) { $0.key = value }
    case "sslservername": try changeTLS(name) { $0.serverName = value }
    default:
      throw Self.invalid(
        "it has a parameter \"\(name)\" that is not known; known are \(Self.parameterNames.joined(separator: ", "))")
    }
  }

  private static let parameterNames = [
    "db", "client_name", "timeout", "max_reply", "read_from", "cluster", "sentinel_user", "sentinel_password",
    "sslmode",
    "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslservername", "replica",
  ]

  /// A TLS setting of a plain connection would give a false sense of security.
  private mutating func changeTLS(_ name: String, _ change: (inout TLSOptions) -> Void) throws(DBError) {
    guard var options = tls else { throw Self.invalid("\(name) needs a scheme with TLS: rediss://") }
    change(&options)
    tls = options
  }

  private static func database(_ text: String) throws(DBError) -> Int {
    guard let number = Int(text), number >= 0 else {
      throw invalid("a database of Redis is a number from 0, and it names \"\(text)\"")
    }
    return number
  }

  /// `5s`, `500ms`, `2m`, or a plain number of seconds; `0` is for ever.
  static func duration(_ name: String, _ text: String) throws(DBError) -> Duration? {
    let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("", 1)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.count)), number >= 0, number < 1e9 else { continue }
      return number == 0 ? nil : .seconds(number * factor)
    }
    throw invalid("\(name) has to be a time such as 500ms, 5s or 2m")
  }

  /// `64mb`, `1gb`, `512kb`, or a plain number of bytes.
  static func byteCount(_ name: String, _ text: String) throws(DBError) -> Int {
    let lowered = text.lowercased()
    for (unit, shift) in [("kb", 10), ("mb", 20), ("gb", 30), ("b", 0), ("", 0)] where lowered.hasSuffix(unit) {
      guard let number = Int(lowered.dropLast(unit.count)), number > 0, number <= Int(Int32.max) >> shift else {
        continue
      }
      return number << shift
    }
    throw invalid("\(name) has to be a size such as 64mb, at most 2047mb")
  }

  private static func invalid(_ reason: String) -> DBError {
    DBError(.invalidConnectionString, "the connection string cannot be used: \(reason)")
  }
}
