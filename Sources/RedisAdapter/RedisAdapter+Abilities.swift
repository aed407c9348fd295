public import DBAdapterCore

extension RedisAdapter: StatementPreparing {
  public var preparing: (any StatementPreparing)? { self }

  public func prepare(_ request: QueryRequest) throws(DBError) -> any PreparedStatement { try statement(request) }

  func statement(_ request: QueryRequest) throws(DBError) -> RedisStatement {
    try RedisStatement(request, on: server(), of: self)
  }

  public func executePipeline(
    _ statements: [any PreparedStatement]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await send(own(statements))
  }

  public func executeAtomically(
    _ statements: [any PreparedStatement]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await sendAtomically(own(statements))
  }

  private func own(_ statements: [any PreparedStatement]) throws(DBError) -> [RedisStatement] {
    let own = statements.compactMap { $0 as? RedisStatement }
    guard own.count == statements.count else {
      throw DBError(.invalidParameter, "a statement was prepared by another adapter")
    }
    return own
  }
}

extension RedisAdapter: Pipelining, AtomicBatching, NativeCommanding {
  public func executePipeline(
    _ requests: [QueryRequest]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await send(requests.map { request throws(DBError) in try statement(request) })
  }

  public func executeAtomically(
    _ requests: [QueryRequest]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    try await sendAtomically(requests.map { request throws(DBError) in try statement(request) })
  }

  public func watch(_ keys: [DBValue]) async throws(DBError) {
    if keys.isEmpty { return }
    let server = try server()
    let statement = try statement(QueryRequest(.command([.text("WATCH")] + keys)))
    guard server.cluster != nil else {
      _ = try await statement.run()
      return
    }
    // Keys are watched by a connection to their own node, and the batch has to come over the same.
    let deadline = deadline(nil)
    let (connection, _) = try await server.ownConnection(for: statement.command, until: deadline)
    do throws(DBError) {
      _ = try await connection.send(statement.command, until: deadline)
    } catch {
      connection.close()
      throw error
    }
    server.watching.withLock { watching in
      watching?.close()
      watching = connection
    }
  }

  public func unwatch() async throws(DBError) {
    let server = try server()
    guard server.cluster != nil else {
      _ = try await statement(QueryRequest(.command(["UNWATCH"]))).run()
      return
    }
    server.watching.withLock { watching in
      watching?.close()
      watching = nil
    }
  }

  public func executeNative(_ request: QueryRequest) async throws(DBError) -> DBValue {
    let statement = try statement(request)
    return ReplyRows.native(try await statement.run(), to: statement.command)
  }

  private func send(_ statements: [RedisStatement]) async throws(DBError) -> [Result<QueryResult, DBError>] {
    let server = try server()
    for statement in statements { statement.noteTraces() }
    let replies = try await server.route.send(statements.map(\.command), until: deadline(ofAll: statements))
    return results(of: replies, to: statements, server)
  }

  private func sendAtomically(
    _ statements: [RedisStatement]
  ) async throws(DBError) -> [Result<QueryResult, DBError>] {
    if statements.isEmpty { return [] }
    let server = try server()
    for statement in statements where statement.connectionNeed == .ownSession {
      throw DBError(.invalidParameter, "\(statement.command.name) cannot be part of an atomic batch")
    }
    let commands = statements.map(\.command)
    // In one piece, so that nobody else's command on this connection comes in between.
    let watching = server.takeWatching()
    defer { watching?.close() }
    let replies = try await (watching ?? server.route).send(
      [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")], until: deadline(ofAll: statements))
    if let error = unguarded(replies) { throw server.noted(error) }
    for reply in replies.dropLast() where reply.kind == .error {
      let error = server.noted(refusal(reply, of: replies, commands))
      guard watching != nil, ["MOVED", "ASK", "TRYAGAIN"].contains(error.server?.nativeName ?? "") else { throw error }
      throw DBError(
        .serializationConflict, "the watched keys are moving to another node; nothing has run", retry: .safe,
        server: error.server)
    }
    guard let exec = replies.last else { return [] }
    switch exec.kind {
    case .null:
      throw DBError(.serializationConflict, "a watched key was changed by somebody else; nothing has run", retry: .safe)
    case .array: return results(of: Array(exec.elements), to: statements, server)
    default: throw server.noted(RedisErrors.error(exec))
    }
  }

  /// Where MULTI itself was refused, what followed it may have run all the same.
  private func unguarded(_ replies: [RedisReply]) -> DBError? {
    guard let multi = replies.first, let exec = replies.last, multi.kind == .error else { return nil }
    let error = RedisErrors.error(multi)
    if exec.kind == .array {
      return DBError(
        .transactionAborted,
        "a transaction was open on the connection already, and was run together with the batch: \(error.message)",
        server: error.server)
    }
    let results = replies.dropFirst().dropLast()
    guard results.contains(where: { $0.kind != .error && !($0.kind == .status && $0.text == "QUEUED") }) else {
      return nil
    }
    return DBError(
      error.code, "MULTI was refused, and the statements after it were run one by one: \(error.message)",
      server: error.server)
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
      "\(name) was refused and nothing has run: \(error.message)", server: error.server, refusedBy: error.refusedBy)
  }

  private func deadline(ofAll statements: [RedisStatement]) -> Deadline {
    deadline(statements.compactMap(\.timeout).min())
  }

  private func results(
    of replies: [RedisReply], to statements: [RedisStatement], _ server: RedisServer
  ) -> [Result<QueryResult, DBError>] {
    zip(replies, statements).map { reply, statement in
      reply.kind == .error
        ? .failure(server.noted(RedisErrors.error(reply))) : .success(statement.result(of: reply))
    }
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
