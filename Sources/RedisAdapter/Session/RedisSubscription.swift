internal import DBAdapterCore
internal import DequeModule

/// A subscription on a connection of its own (https://redis.io/docs/latest/develop/interact/pubsub/).
///
/// Messages that nobody has asked for yet wait in a bounded queue; when it is full nothing more is read, and in the end the server hangs up on
/// a subscriber that does not keep up (`client-output-buffer-limit`), which is an error here.
///
/// In a cluster messages reach every node, so one is listened to; changes of keys are told by the node that holds them only, so all primaries are.
final class RedisSubscription: Subscription {
  private static let capacity = 1_024

  private enum End { case closed, failed(DBError) }

  private struct State {
    var messages: Deque<ServerMessage> = []
    var unconfirmed: Int
    /// Those who wait for something to change; several tasks may read the messages.
    var waiters: [Race<Void>] = []
    var end: End?
    var isFull = false
  }

  private let connections: [RedisConnection]
  private let keyPrefix: [UInt8]
  private let state: Locked<State>

  private init(_ connections: [RedisConnection], database: Int, topics: Int) {
    self.connections = connections
    keyPrefix = Array("__keyspace@\(database)__:".utf8)
    state = Locked(State(unconfirmed: topics))
  }

  deinit { closeAll() }

  private func closeAll() { for connection in connections { connection.close() } }

  /// Subscribes, and returns when the server has confirmed every topic.
  static func open(
    _ topics: [SubscriptionTopic], on server: RedisServer, until deadline: Deadline
  ) async throws(DBError) -> RedisSubscription {
    let database = server.connector.dialer.options.database
    let keyTopics = topics.filter { if case .keys = $0 { true } else { false } }
    let connections = try await server.listeningPosts(everywhere: !keyTopics.isEmpty, until: deadline)
    let count = topics.count + (connections.count - 1) * keyTopics.count
    let subscription = RedisSubscription(connections, database: database, topics: count)
    do throws(DBError) {
      for (index, connection) in connections.enumerated() {
        if !keyTopics.isEmpty { try await checkReportsKeys(connection, until: deadline) }
        connection.listen { [weak subscription] event in subscription?.take(event) ?? true }
        for topic in index == 0 ? topics : keyTopics { try connection.post(command(for: topic, database)) }
      }
      try await subscription.wait(until: deadline) { $0.unconfirmed == 0 }
    } catch {
      await subscription.close()
      throw error
    }
    return subscription
  }

  private static func command(for topic: SubscriptionTopic, _ database: Int) -> RedisCommand {
    switch topic {
    case .channel(let name): RedisCommand("SUBSCRIBE", name)
    case .pattern(let glob): RedisCommand("PSUBSCRIBE", glob)
    case .keys(let glob): RedisCommand("PSUBSCRIBE", "__keyspace@\(database)__:\(glob)")
    }
  }

  /// Without the server's setting nothing would ever come. Where the user may not ask for it, it is taken to be right.
  private static func checkReportsKeys(
    _ connection: RedisConnection, until deadline: Deadline
  ) async throws(DBError) {
    let reply = try await connection.send(
      [RedisCommand("CONFIG", "GET", "notify-keyspace-events")], until: deadline)[0]
    guard let setting = reply["notify-keyspace-events"]?.text, !setting.contains("K") || setting.count < 2 else {
      return
    }
    throw DBError(
      .unsupported,
      "the server does not report changes of keys; an administrator turns that on with CONFIG SET notify-keyspace-events KEA"
    )
  }

  // MARK: Reading

  func next() async throws(DBError) -> ServerMessage? {
    while true {
      try await wait(until: .never) { !$0.messages.isEmpty }
      let (message, isRoomy, isClosed) = state.withLock { state in
        let message = state.messages.popFirst()
        let isRoomy = state.isFull && state.messages.count <= Self.capacity / 2
        if isRoomy { state.isFull = false }
        let isClosed = if case .closed? = state.end { true } else { false }
        return (message, isRoomy, isClosed)
      }
      if isRoomy { for connection in connections { connection.resumeReading() } }
      // Another task may have taken it.
      if message != nil || isClosed { return message }
    }
  }

  func close() async {
    finish(.closed)
    closeAll()
  }

  /// Waits until something holds, or until the end.
  private func wait(until deadline: Deadline, _ condition: @Sendable (State) -> Bool) async throws(DBError) {
    while true {
      let race = Race<Void>()
      let (isDone, end) = state.withLock { state in
        let isDone = condition(state)
        if !isDone, state.end == nil { state.waiters.append(race) }
        return (isDone, state.end)
      }
      if isDone { return }
      switch end {
      case .closed?: return
      case .failed(let error)?: throw error
      case nil: break
      }
      defer { state.withLock { state in state.waiters.removeAll { $0 === race } } }
      switch await race.run(until: deadline, {}) {
      case .finished: continue
      case .deadline: throw DBError(.timeout, "the server did not confirm the subscription in time", retry: .safe)
      case .cancelled:
        throw DBError(
          .cancelled, "the task was cancelled while it waited for messages", retry: .safe,
          underlying: CancellationError())
      }
    }
  }

  private func finish(_ end: End) {
    let waiters = state.withLock { state in
      state.end = state.end ?? end
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.finish(()) }
  }

  // MARK: On the loop

  private func take(_ event: RedisConnection.Event) -> Bool {
    switch event {
    case .ended(let error):
      finish(.failed(RedisErrors.subscriptionLost(error)))
      return true
    case .item(.tooLarge), .item(.tooDeep):
      finish(.failed(DBError(.resourceLimit, "a message was larger than max_reply allows and is lost", retry: .never)))
      return true
    case .item(.reply(let reply)) where reply.kind == .error:
      finish(.failed(RedisErrors.error(reply)))
      return true
    case .item(.reply(let reply)): return take(reply)
    }
  }

  private func take(_ reply: RedisReply) -> Bool {
    var parts = reply.elements
    guard let kind = parts.next()?.text, let first = parts.next() else { return true }
    let (waiters, hasRoom) = state.withLock { state in
      switch kind {
      case "subscribe", "psubscribe": state.unconfirmed -= 1
      case "message":
        guard let payload = parts.next() else { break }
        state.messages.append(
          ServerMessage(topic: .channel(first.text ?? ""), source: first.value, payload: payload.value))
      case "pmessage":
        guard let channel = parts.next(), let payload = parts.next() else { break }
        state.messages.append(message(pattern: first, channel, payload))
      default: break
      }
      if state.messages.count >= Self.capacity { state.isFull = true }
      defer { state.waiters = [] }
      return (state.waiters, !state.isFull)
    }
    for waiter in waiters { waiter.finish(()) }
    return hasRoom
  }

  private func message(pattern: RedisReply, _ channel: RedisReply, _ payload: RedisReply) -> ServerMessage {
    let name = channel.bytes ?? []
    guard name.starts(with: keyPrefix), let glob = pattern.bytes, glob.starts(with: keyPrefix) else {
      return ServerMessage(topic: .pattern(pattern.text ?? ""), source: channel.value, payload: payload.value)
    }
    let key = Array(name[keyPrefix.count...])
    return ServerMessage(
      topic: .keys(String(decoding: glob[keyPrefix.count...], as: UTF8.self)),
      source: String(validating: key, as: UTF8.self).map { .text($0) } ?? .bytes(DBBytes(key)), payload: payload.value)
  }
}

extension RedisServer {
  /// The connections to listen on.
  fileprivate func listeningPosts(
    everywhere: Bool, until deadline: Deadline
  ) async throws(DBError) -> [RedisConnection] {
    if let connection { return [connection] }
    guard let cluster else { throw RedisErrors.closed }
    let primaries = try await cluster.primaryEndpoints(until: deadline)
    var connections: [RedisConnection] = []
    do throws(DBError) {
      for endpoint in everywhere ? primaries : Array(primaries.shuffled().prefix(1)) {
        let limit = deadline.remaining ?? connector.configuration.connectTimeout
        connections.append(try await connector.dialer.open(endpoint, limit: limit).connection)
      }
    } catch {
      for connection in connections { connection.close() }
      throw error
    }
    return connections
  }
}
