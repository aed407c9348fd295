public import DBAdapterCore

extension RedisAdapter: Pipelining, AtomicBatching, NativeCommanding {
  public func executePipeline(
    _ requests: [QueryRequest]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let server = try server()
    let commands = try commands(of: requests, on: server)
    let replies = try await server.route.send(commands, until: deadline(ofAll: requests))
    return results(of: replies[...], to: commands, requests, server)
  }

  public func watch(_ keys: [DBValue]) async throws(DBError) {
    if keys.isEmpty { return }
    let command = try RedisCommand(QueryRequest(.command([.text("WATCH")] + keys)))
    _ = try await run(command, limit: nil)
  }

  public func unwatch() async throws(DBError) { _ = try await run(RedisCommand("UNWATCH"), limit: nil) }

  public func executeAtomically(
    _ requests: [QueryRequest]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    if requests.isEmpty { return [] }
    let server = try server()
    let commands = try commands(of: requests, on: server)
    for command in commands where server.table.facts(of: command)?.changesConnection == true {
      throw DBError(.invalidParameter, "\(command.name) cannot be part of an atomic batch")
    }
    // In one piece, so that nobody else's command on this connection comes in between.
    let replies = try await server.route.send(
      [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")], until: deadline(ofAll: requests))
    for reply in replies.dropLast() where reply.kind == .error {
      throw server.noted(refusal(reply, of: replies, commands))
    }
    guard let exec = replies.last else { return [] }
    switch exec.kind {
    case .null:
      throw DBError(.serializationConflict, "a watched key was changed by somebody else; nothing has run", retry: .safe)
    case .array: return results(of: Array(exec.elements)[...], to: commands, requests, server)
    default: throw server.noted(RedisErrors.error(exec))
    }
  }

  /// The server refused a command of a batch before anything ran.
  private func refusal(_ reply: RedisReply, of replies: [RedisReply], _ commands: [RedisCommand]) -> DBError {
    let error = RedisErrors.error(reply)
    let place = replies.firstIndex { $0.kind == .error } ?? 0
    let name = place > 0 && place <= commands.count ? commands[place - 1].name : "MULTI"
    // A batch that leads elsewhere, or is too early, may be repeated as it is.
    if error.retry == .safe { return error }
    return DBError(
      error.code == .permissionDenied ? .permissionDenied : .transactionAborted,
      "\(name) was refused and nothing has run: \(error.message)", server: error.server)
  }

  public func executeNative(_ request: QueryRequest) async throws(DBError) -> DBValue {
    let command = try RedisCommand(request)
    return ReplyRows.native(try await run(command, limit: request.timeout), to: command)
  }

  /// The commands of several requests, none of which would make the others wait for ever or unsettle the connection.
  private func commands(of requests: [QueryRequest], on server: RedisServer) throws(DBError) -> [RedisCommand] {
    var commands: [RedisCommand] = []
    commands.reserveCapacity(requests.count)
    for request in requests {
      let command = try RedisCommand(request)
      let facts = server.table.facts(of: command)
      try Self.checkSendable(command, facts)
      if let facts, facts.changesConnection { server.note(command, facts) }
      commands.append(command)
    }
    return commands
  }

  private func deadline(ofAll requests: [QueryRequest]) -> Deadline {
    deadline(requests.compactMap(\.timeout).min())
  }

  private func results(
    of replies: ArraySlice<RedisReply>, to commands: [RedisCommand], _ requests: [QueryRequest], _ server: RedisServer
  ) -> [Result<QueryResult, DBError>] {
    var results: [Result<QueryResult, DBError>] = []
    results.reserveCapacity(replies.count)
    for (index, reply) in replies.enumerated() {
      results.append(
        reply.kind == .error
          ? .failure(server.noted(RedisErrors.error(reply)))
          : .success(ReplyRows.result(of: reply, to: commands[index], rowLimit: requests[index].rowLimit)))
    }
    return results
  }
}

extension RedisAdapter: ConnectionSharing {
  public func needsOwnConnection(_ request: QueryRequest) throws(DBError) -> Bool {
    let command = try RedisCommand(request)
    guard let facts = try server().table.facts(of: command) else { return false }
    if facts.changesConnection {
      throw DBError(
        .unsupported,
        "\(command.name) is about the connection, which this session shares with others; open the session with exclusively: true"
      )
    }
    return facts.blocks(command)
  }
}

extension RedisAdapter: RowStreaming {
  /// Commands of the SCAN family are repeated until they have gone round, in pages of 1,000 unless they say COUNT; the reply of any other
  /// command is there at once and is only handed out in parts.
  public func openCursor(_ request: QueryRequest, batchSize: Int) async throws(DBError) -> any RowCursor {
    let command = try RedisCommand(request)
    if let scan = RedisScan(command) {
      return try await RedisScanCursor(scan, self, request: request, batchSize: batchSize)
    }
    return CollectedCursor(try await executeQuery(request), batchSize: batchSize)
  }
}

extension RedisAdapter: Subscribing {
  public func openSubscription(_ topics: [SubscriptionTopic]) async throws(DBError) -> any Subscription {
    try await RedisSubscription.open(topics, on: try server(), until: deadline(nil))
  }
}
