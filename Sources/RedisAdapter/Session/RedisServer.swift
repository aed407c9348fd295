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
  let greeting: RedisGreeting
  let table: RedisCommandTable
  private let left = Locked(Traces())
  /// A reply said that the server is no longer what was looked for.
  private let isDemoted = Locked(false)

  private init(
    _ connector: RedisConnector, _ route: any RedisCommanding, _ connection: RedisConnection?,
    _ greeting: RedisGreeting, _ table: RedisCommandTable
  ) {
    self.connector = connector
    self.route = route
    self.connection = connection
    self.greeting = greeting
    self.table = table
  }

  /// Opens what the connector's string names: the first of several servers that answers.
  static func open(_ connector: RedisConnector) async throws(DBError) -> RedisServer {
    let limit = connector.configuration.connectTimeout
    let deadline = Deadline(after: limit)
    let endpoints = connector.dialer.options.endpoints
    var failure: DBError?
    for (index, endpoint) in endpoints.enumerated() {
      let share = (deadline.remaining ?? limit) / (endpoints.count - index)
      do throws(DBError) {
        let (connection, greeting) = try await connector.dialer.open(endpoint, limit: share)
        do throws(DBError) {
          let table = try await connector.commandTable(from: connection, until: deadline)
          return RedisServer(connector, connection, connection, greeting, table)
        } catch {
          connection.close()
          throw error.whileGreeting(endpoint, limit: share)
        }
      } catch {
        // Another server would refuse the same password.
        guard error.code != .authenticationFailed, error.code != .cancelled, !deadline.hasPassed else { throw error }
        failure = failure ?? error
      }
    }
    throw failure ?? RedisErrors.closed
  }

  func close() { connection?.close() }

  var isReusable: Bool {
    connection?.isUsable != false && !left.withLock { $0 }.contains(.lasting) && !isDemoted.withLock { $0 }
  }

  var traces: Traces { left.withLock { $0 } }
  var encryption: String? { connection?.encryption }
  var endpoint: String {
    (connection?.endpoint.description ?? connector.dialer.options.endpoints.map(\.description).joined(separator: ","))
      + "/\(connector.dialer.options.database)"
  }

  /// Where keys are to be looked for, one place after the other.
  func scannable() async throws(DBError) -> [any RedisCommanding] { [route] }

  /// What an explanation says of keys.
  func places(of keys: [ArraySlice<UInt8>]) -> [DBValue] {
    keys.map { .text(String(decoding: $0, as: UTF8.self)) }
  }

  // MARK: Commands

  func send(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply {
    do throws(DBError) {
      return try await route.send(command, until: deadline)
    } catch {
      throw noted(error)
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
