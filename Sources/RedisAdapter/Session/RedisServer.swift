internal import DBAdapterCore

/// What an adapter is connected to: one server, or a cluster.
final class RedisServer: Sendable {
  /// What commands have left on a connection, for the next user not to find.
  struct Traces: OptionSet, Sendable {
    let rawValue: UInt8
    /// A transaction, watched keys, another database, another name: a reset undoes it.
    static let resettable = Traces(rawValue: 1)
    /// Another user, tracking, a mode: the connection is not lent again.
    static let lasting = Traces(rawValue: 2)
  }

  let connector: RedisConnector
  let route: any RedisCommanding
  /// The one connection, where there is one.
  let connection: RedisConnection?
  /// All of them, where there are many.
  var cluster: RedisCluster? { route as? RedisCluster }
  let greeting: RedisGreeting
  let table: RedisCommandTable
  let encryption: String?
  /// In a cluster, the connection on which keys are watched: to the node that holds them.
  let watching = Locked<RedisConnection?>(nil)
  private let left = Locked(Traces())
  /// A reply said that the server is no longer what was looked for.
  private let isDemoted = Locked(false)

  private init(
    _ connector: RedisConnector, _ route: any RedisCommanding, _ connection: RedisConnection?,
    _ greeting: RedisGreeting, _ table: RedisCommandTable, encryption: String?
  ) {
    self.encryption = encryption
    self.connector = connector
    self.route = route
    self.connection = connection
    self.greeting = greeting
    self.table = table
  }

  /// Opens what the connector's string names: a server, the primary that Sentinels know of, or a cluster.
  static func open(_ connector: RedisConnector) async throws(DBError) -> RedisServer {
    let limit = connector.configuration.connectTimeout
    let deadline = Deadline(after: limit)
    switch connector.dialer.options.topology {
    case .server: return try await openFirst(connector, limit, deadline)
    case .cluster: return try await openCluster(connector, connector.dialer.options.endpoints, limit, deadline)
    case .sentinel(let service):
      let sentinel = try RedisSentinel(service: service, connector.dialer)
      let (connection, greeting) =
        connector.configuration.preference == .replica
        ? try await sentinel.openReplica(until: deadline) : try await sentinel.openPrimary(until: deadline)
      return try await RedisServer(connector, connection, greeting, until: deadline)
    }
  }

  /// The first of several servers that answers. One that is part of a cluster leads to the others.
  private static func openFirst(
    _ connector: RedisConnector, _ limit: Duration, _ deadline: Deadline
  ) async throws(DBError) -> RedisServer {
    let options = connector.dialer.options
    let replicas = connector.configuration.preference == .replica ? connector.configuration.string.replicas : []
    let endpoints = replicas + options.endpoints
    var failure: DBError?
    for (index, endpoint) in endpoints.enumerated() {
      let share = (deadline.remaining ?? limit) / (endpoints.count - index)
      do throws(DBError) {
        let (connection, greeting) = try await connector.dialer.open(endpoint, limit: share)
        guard greeting.isCluster, options.detectsCluster else {
          return try await RedisServer(connector, connection, greeting, until: deadline)
        }
        connection.close()
        return try await openCluster(connector, endpoints, limit, deadline)
      } catch {
        // Another server would refuse the same password.
        guard error.code != .authenticationFailed, error.code != .cancelled, !deadline.hasPassed else { throw error }
        failure = failure ?? error
      }
    }
    throw failure ?? RedisErrors.closed
  }

  private static func openCluster(
    _ connector: RedisConnector, _ seeds: [Endpoint], _ limit: Duration, _ deadline: Deadline
  ) async throws(DBError) -> RedisServer {
    guard connector.dialer.options.database == 0 else {
      throw DBError(.invalidConnectionString, "a cluster has database 0 only; leave the database out, or write 0")
    }
    var failure: DBError?
    for endpoint in seeds {
      do throws(DBError) {
        let share = (deadline.remaining ?? limit) / 2
        let (connection, greeting) = try await connector.dialer.open(endpoint, limit: share)
        defer { connection.close() }
        let table = try await connector.commandTable(from: connection, until: deadline)
        let cluster = RedisCluster(seeds: seeds, connector.dialer, table: table, limit: limit)
        _ = try await cluster.primaries(until: deadline)
        return RedisServer(connector, cluster, nil, greeting, table, encryption: connection.encryption)
      } catch {
        guard error.code != .authenticationFailed, error.code != .cancelled, !deadline.hasPassed else { throw error }
        failure = failure ?? error
      }
    }
    throw failure ?? RedisErrors.closed
  }

  /// A server behind one connection, which is closed when the server does not tell its commands.
  private convenience init(
    _ connector: RedisConnector, _ connection: RedisConnection, _ greeting: RedisGreeting, until deadline: Deadline
  ) async throws(DBError) {
    let limit = connector.configuration.connectTimeout
    let table: RedisCommandTable
    do throws(DBError) {
      table = try await connector.commandTable(from: connection, until: deadline)
    } catch {
      connection.close()
      throw error.whileGreeting(connection.endpoint, limit: limit)
    }
    self.init(connector, connection, connection, greeting, table, encryption: connection.encryption)
  }

  /// Opens another connection to where commands like this one go, for it alone.
  func ownConnection(
    for command: RedisCommand, until deadline: Deadline
  ) async throws(DBError) -> (connection: RedisConnection, greeting: RedisGreeting) {
    let limit = min(
      deadline.remaining ?? connector.configuration.connectTimeout, connector.configuration.connectTimeout)
    if let cluster {
      let endpoint = try await cluster.home(of: [command], until: Deadline(after: limit))
      return try await connector.dialer.open(endpoint, limit: limit)
    }
    guard let connection else { throw RedisErrors.closed }
    return try await connector.dialer.open(connection.endpoint, limit: limit)
  }

  func close() {
    connection?.close()
    cluster?.close()
    watching.withLock { $0 }?.close()
  }

  var isReusable: Bool {
    connection?.isUsable != false && !left.withLock { $0 }.contains(.lasting) && !isDemoted.withLock { $0 }
  }

  var traces: Traces { left.withLock { $0 } }
  var endpoint: String {
    (connection?.endpoint.description ?? connector.dialer.options.endpoints.map(\.description).joined(separator: ","))
      + "/\(connector.dialer.options.database)"
  }

  /// Where keys are to be looked for, one place after the other.
  func scannable() async throws(DBError) -> [any RedisCommanding] {
    guard let cluster else { return [route] }
    return try await cluster.primaries(until: Deadline(after: connector.configuration.connectTimeout))
  }

  /// What an explanation says of keys: in a cluster also their slots, and the nodes that serve these.
  func places(of keys: [ArraySlice<UInt8>]) -> [DBValue] {
    keys.map { key in
      let name = DBDocument.Field("key", .text(String(decoding: key, as: UTF8.self)))
      guard let cluster else { return .document(DBDocument([name])) }
      let slot = HashSlot.of(key)
      let node = cluster.endpoint(of: slot).map { DBValue.text($0.description) } ?? .null
      return .document(DBDocument([name, .init("slot", .int(Int64(slot))), .init("node", node)]))
    }
  }

  // MARK: Commands

  func send(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply {
    do throws(DBError) {
      return try await route.send(command, until: deadline)
    } catch {
      throw noted(error)
    }
  }

  /// The connection on which keys are watched, for the batch that ends the watch, and whose caller closes it.
  func takeWatching() -> RedisConnection? {
    watching.withLock { watching in
      defer { watching = nil }
      return watching
    }
  }

  /// A server that was made a replica meanwhile is of no more use to who looks for a primary.
  func noted(_ error: DBError) -> DBError {
    if error.server?.nativeName == "READONLY" { isDemoted.withLock { $0 = true } }
    return error
  }

  /// Remembers what a command leaves behind on the connection.
  func note(_ command: RedisCommand, _ facts: RedisCommandFacts) {
    switch facts.name {
    case "multi", "exec", "discard", "watch", "unwatch", "select", "client|setname", "readonly", "readwrite", "asking":
      left.withLock { _ = $0.insert(.resettable) }
    // They are about what was sent before, and change nothing.
    case "wait", "waitaof", "client|getname", "client|id", "client|info": return
    default: left.withLock { _ = $0.insert(.lasting) }
    }
  }

  /// Makes the connection as new.
  func reset() async throws(DBError) {
    guard !traces.isEmpty else { return }
    watching.withLock { watching in
      watching?.close()
      watching = nil
    }
    if cluster != nil, !traces.contains(.lasting) { return left.withLock { $0 = [] } }
    guard let connection, !traces.contains(.lasting) else {
      throw DBError(.unsupported, "the connection was changed in a way that cannot be undone")
    }
    let options = connector.dialer.options
    // Outside of a transaction DISCARD is an error, which does no harm.
    let replies = try await connection.send(
      [
        RedisCommand("DISCARD"), RedisCommand("UNWATCH"), RedisCommand("SELECT", "\(options.database)"),
        RedisCommand("CLIENT", "SETNAME", options.clientName),
      ], until: Deadline(after: options.commandTimeout))
    if replies[2].kind == .error, options.database != 0 { throw RedisErrors.error(replies[2]) }
    left.withLock { $0 = [] }
  }
}
