internal import DBAdapterCore

/// Opens connections the way one configuration says: address, TLS, user, database, name.
struct RedisDialer: Sendable {
  let options: RedisOptions
  private let tls: TLSContext?

  /// - Throws: ``DBError/Code-swift.struct/tlsFailed`` for a certificate that cannot be used.
  init(_ options: RedisOptions) throws(DBError) {
    self.options = options
    tls = if let settings = options.tls { try TLSContext(settings) } else { nil }
  }

  /// Who one says one is.
  struct Credentials: Sendable {
    var user: String?
    var password: Secret?
  }

  /// Opens a connection and makes it ready: authenticated, in its database, named.
  /// - Parameters:
  ///   - credentials: `nil`: those of the options.
  ///   - isForReplica: whether reads are to be answered by a replica of a cluster itself.
  ///   - limit: how long all of it may take.
  /// - Throws: as ``Dial``, and ``DBError/Code-swift.struct/authenticationFailed``; nothing but the greeting was sent.
  func open(
    _ endpoint: Endpoint, as credentials: Credentials? = nil, defaultPort: UInt16 = RedisOptions.defaultPort,
    isForReplica: Bool = false, limit: Duration
  ) async throws(DBError) -> (connection: RedisConnection, greeting: RedisGreeting) {
    let deadline = Deadline(after: limit)
    let stream = try await Dial(
      endpoint: endpoint, defaultPort: defaultPort, tls: endpoint.isUnixSocket ? nil : tls, limit: limit,
      deadline: deadline
    ).run()
    let connection = RedisConnection(stream, endpoint: endpoint, replyLimit: options.replyLimit)
    do throws(DBError) {
      let greeting = try await greet(
        connection, credentials ?? Credentials(user: options.user, password: options.password), isForReplica, deadline)
      return (connection, greeting)
    } catch {
      connection.close()
      let isPlain = stream.encryption == nil && !endpoint.isUnixSocket
      throw error.whileGreeting(endpoint, limit: limit, isPlain: isPlain)
    }
  }

  /// Everything a connection begins with, in one round trip.
  private func greet(
    _ connection: RedisConnection, _ credentials: Credentials, _ isForReplica: Bool, _ deadline: Deadline
  ) async throws(DBError) -> RedisGreeting {
    var commands: [RedisCommand] = []
    var mustSucceed: Set<Int> = []
    if let password = credentials.password {
      var command = RedisCommand("AUTH")
      if let user = credentials.user { command.append(user) }
      command.append(password.withExposed { $0 })
      mustSucceed.insert(commands.count)
      commands.append(command)
    }
    if options.database != 0 {
      mustSucceed.insert(commands.count)
      commands.append(RedisCommand("SELECT", String(options.database)))
    }
    if isForReplica {
      mustSucceed.insert(commands.count)
      commands.append(RedisCommand("READONLY"))
    }
    let facts = commands.count
    commands.append(RedisCommand("PING"))
    commands.append(RedisCommand("CLIENT", "SETNAME", options.clientName))
    commands.append(RedisCommand("CLIENT", "ID"))
    commands.append(RedisCommand("INFO", "server"))
    let replies = try await connection.send(commands, until: deadline)
    for index in mustSucceed.sorted() where replies[index].kind == .error { throw RedisErrors.error(replies[index]) }
    // A user that may not even ping is a user all the same; one that nobody is, is not.
    if replies[facts].kind == .error {
      let error = RedisErrors.error(replies[facts])
      if error.code != .permissionDenied { throw error }
    }
    return RedisGreeting(
      clientID: replies[facts + 2].kind == .integer ? replies[facts + 2].integer : nil,
      info: replies[facts + 3].kind == .bulk ? replies[facts + 3].text : nil)
  }
}

/// What a server said of itself when the connection was opened.
struct RedisGreeting: Sendable {
  /// For CLIENT UNBLOCK; `nil` where the user may not ask.
  let clientID: Int64?
  private let facts: [String: String]

  /// - Parameter info: the reply of `INFO server`.
  init(clientID: Int64?, info: String?) {
    self.clientID = clientID
    var facts: [String: String] = [:]
    for line in (info ?? "").split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      facts[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    self.facts = facts
  }

  var product: String { facts["server_name"].map { $0 == "valkey" ? "Valkey" : $0 } ?? "Redis" }
  /// `nil` where the user may not ask.
  var version: String? { facts["valkey_version"] ?? facts["redis_version"] }
  var isCluster: Bool { facts["redis_mode"] == "cluster" }
  var isSentinel: Bool { facts["redis_mode"] == "sentinel" }
}

extension DBError {
  /// The error of a connection that was not ready yet.
  /// - Parameter isPlain: whether it may be that the port speaks TLS, and so hangs up or says nothing.
  func whileGreeting(_ endpoint: Endpoint, limit: Duration, isPlain: Bool = false) -> DBError {
    let advice = isPlain ? "; a port that speaks TLS needs the scheme rediss:" : ""
    return switch code {
    case .timeout:
      DBError(
        .timeout, "no connection to \(endpoint) within \(limit.brief): still in stage authentication\(advice)",
        retry: .safe, endpoint: endpoint.description, stage: .authentication)
    case .connectionLost:
      DBError(
        .connectionFailed, message + advice, retry: .safe, endpoint: endpoint.description, stage: .authentication)
    case .protocolViolation:
      DBError(
        .connectionFailed,
        "no connection to \(endpoint): what answers there is no Redis (\(message))",
        retry: .safe, endpoint: endpoint.description, stage: .startup)
    case .authenticationFailed, .permissionDenied:
      DBError(
        .authenticationFailed, message, retry: .never, server: server, endpoint: endpoint.description,
        stage: .authentication)
    default:
      DBError(
        code, message, retry: retry == .ifIdempotent ? .safe : retry, server: server, endpoint: endpoint.description,
        stage: .startup, underlying: underlying)
    }
  }
}
