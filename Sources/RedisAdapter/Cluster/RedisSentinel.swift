internal import DBAdapterCore

/// Finds the primary of a service, and its replicas, through the Sentinels that watch it
/// (https://redis.io/docs/latest/develop/reference/sentinel-clients/). It keeps no connection: whoever opens one asks anew.
final class RedisSentinel: Sendable {
  /// How long one Sentinel may take to answer before another is asked.
  private static let patience = Duration.seconds(1)
  private static let pause = Duration.milliseconds(50)

  typealias Opened = (connection: RedisConnection, greeting: RedisGreeting)

  let service: String
  private let dialer: RedisDialer
  private let sentinels: RedisDialer
  private let credentials: RedisDialer.Credentials
  /// The one that answered last comes first.
  private let endpoints: Locked<[Endpoint]>

  /// - Parameter dialer: opens connections to the service's servers; its options name the Sentinels.
  init(service: String, _ dialer: RedisDialer) throws(DBError) {
    self.service = service
    self.dialer = dialer
    var options = dialer.options
    options.database = 0  // Sentinels have none to select
    sentinels = try RedisDialer(options)
    credentials = RedisDialer.Credentials(user: options.sentinelUser, password: options.sentinelPassword)
    endpoints = Locked(options.endpoints)
  }

  /// Opens a connection to the primary, and makes sure that it is one. While a failover is under way it waits for its end.
  /// - Throws: at the deadline why there was none; ``DBError/Code-swift.struct/objectNotFound`` when the Sentinels do not know the service.
  func openPrimary(until deadline: Deadline) async throws(DBError) -> Opened {
    while true {
      let failure: DBError
      do throws(DBError) {
        let endpoint = try await primary(until: deadline)
        let opened = try await dialer.open(endpoint, limit: deadline.share)
        if try await isPrimary(opened, until: deadline) { return opened }
        opened.connection.close()
        failure = DBError(
          .connectionFailed, "\(endpoint) is no primary although the Sentinels of \"\(service)\" say so", retry: .safe,
          endpoint: endpoint.description, stage: .startup)
      } catch {
        guard error.retry == .safe, error.code != .cancelled else { throw error }
        failure = error
      }
      let next = Deadline(after: Self.pause)
      guard next < deadline else { throw failure }
      await SystemTimeSource().sleep(until: next)
      if Task.isCancelled { throw RedisConnection.cancelled(wasSent: false) }
    }
  }

  /// Opens a connection to a replica that follows the primary; to the primary if there is none.
  func openReplica(until deadline: Deadline) async throws(DBError) -> Opened {
    for endpoint in try await replicas(until: deadline).shuffled() {
      guard let opened = try? await dialer.open(endpoint, limit: min(Self.patience, deadline.share)) else { continue }
      if (try? await isPrimary(opened, until: deadline)) == false { return opened }
      opened.connection.close()
    }
    return try await openPrimary(until: deadline)
  }

  /// Where the primary is, by what a Sentinel says.
  func primary(until deadline: Deadline) async throws(DBError) -> Endpoint {
    let reply = try await ask(RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service), until: deadline)
    let address = Array(reply.elements)
    guard address.count == 2, let host = address[0].text, let port = address[1].integer.flatMap({ UInt16(exactly: $0) })
    else { throw DBError(.protocolViolation, "a Sentinel answered with no address") }
    return Endpoint(host: host, port: port)
  }

  /// Where the replicas are that a Sentinel sees and that follow their primary.
  func replicas(until deadline: Deadline) async throws(DBError) -> [Endpoint] {
    try await ask(RedisCommand("SENTINEL", "REPLICAS", service), until: deadline).elements.compactMap { replica in
      let flags = replica["flags"]?.text?.split(separator: ",") ?? []
      guard !flags.contains(where: { ["s_down", "o_down", "disconnected"].contains($0) }),
        replica["master-link-status"]?.text == "ok", let host = replica["ip"]?.text,
        let port = replica["port"]?.integer.flatMap({ UInt16(exactly: $0) })
      else { return nil }
      return Endpoint(host: host, port: port)
    }
  }

  /// Asks one Sentinel after the other until one knows the service.
  private func ask(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply {
    var failure: DBError?
    for endpoint in endpoints.withLock({ $0 }) {
      do throws(DBError) {
        let limit = min(Self.patience, deadline.share)
        let (connection, _) = try await sentinels.open(
          endpoint, as: credentials, defaultPort: RedisOptions.sentinelPort, limit: limit)
        defer { connection.close() }
        let reply = try await connection.send(command, until: min(deadline, Deadline(after: Self.patience)))
        guard reply.kind == .array else { throw unknownService }
        endpoints.withLock { endpoints in
          endpoints.removeAll { $0 == endpoint }
          endpoints.insert(endpoint, at: 0)
        }
        return reply
      } catch {
        guard error.code != .cancelled else { throw error }
        let error = error.server?.nativeName == "ERR" ? unknownService : error
        // That one does not know the service, or refuses the password, says more than that another is down.
        if failure == nil || failure?.retry == .safe { failure = error }
        if deadline.hasPassed { break }
      }
    }
    throw (failure ?? unknownService).whileAskingSentinels
  }

  private var unknownService: DBError {
    DBError(.objectNotFound, "the Sentinels know no service \"\(service)\"")
  }

  /// A user who may not ask for the role takes the Sentinel's word for it.
  /// - Throws: why the server did not say; the connection is closed then.
  private func isPrimary(_ opened: Opened, until deadline: Deadline) async throws(DBError) -> Bool {
    let reply: RedisReply
    do throws(DBError) {
      reply = try await opened.connection.send([RedisCommand("ROLE")], until: deadline)[0]
    } catch {
      opened.connection.close()
      throw error
    }
    if reply.kind == .error { return true }
    return reply.elements.first { _ in true }?.text == "master"
  }
}

extension Deadline {
  /// What is left of it, for what takes a limit.
  fileprivate var share: Duration { remaining ?? .seconds(10) }
}

extension DBError {
  /// Nothing but a question was sent, so it may be asked again.
  fileprivate var whileAskingSentinels: DBError {
    guard retry != .never else { return self }
    let text = stage == nil ? "a Sentinel did not answer: \(message)" : message
    return DBError(
      code == .connectionLost ? .connectionFailed : code, text, retry: .safe, server: server, endpoint: endpoint,
      stage: stage ?? .resolve, underlying: underlying)
  }
}
