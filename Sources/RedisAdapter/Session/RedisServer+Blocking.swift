internal import DBAdapterCore

/// Commands that wait for something to happen: BLPOP, XREAD BLOCK, WAIT.
extension RedisServer {
  /// How long an unblocked command may take to answer before its connection is given up.
  private static let grace = Duration.milliseconds(200)

  /// Runs a command that may wait for as long as it says, on a connection that nobody else uses.
  ///
  /// At the limit, or when the task is cancelled, the server is asked to stop waiting (`CLIENT UNBLOCK`). So nothing is lost: if an element was
  /// taken off a list just then, it is returned; if not, nothing has happened, and the error says that repeating is safe.
  func runBlocking(_ command: RedisCommand, limit: Duration?) async throws(DBError) -> RedisReply {
    let work = Task { [route] () -> Result<RedisReply, DBError> in
      do throws(DBError) { return .success(try await route.send(command, until: .never)) } catch {
        return .failure(error)
      }
    }
    let reply = Race<Result<RedisReply, DBError>>()
    let end = await reply.run(until: Deadline(after: limit)) { Task { reply.finish(await work.value) } }
    switch end {
    case .finished(let result): return try noted(result).get()
    case .deadline:
      return try await unblocked(
        work,
        or: DBError(
          .timeout, "nothing came within \(limit?.brief ?? "the time limit"), and the command was stopped", retry: .safe
        ))
    case .cancelled:
      return try await unblocked(
        work,
        or: DBError(
          .cancelled, "the task was cancelled and the command stopped", retry: .safe, underlying: CancellationError()))
    }
  }

  private func noted(_ result: Result<RedisReply, DBError>) -> Result<RedisReply, DBError> {
    result.mapError { self.noted($0) }
  }

  /// What the command says when it is stopped.
  private func unblocked(
    _ work: Task<Result<RedisReply, DBError>, Never>, or stopped: DBError
  ) async throws(DBError) -> RedisReply {
    let connector = connector
    let (clientID, endpoint) = (greeting.clientID, connection?.endpoint)
    // The caller's task may be cancelled, and this must be done all the same.
    let end = await Task.detached { () -> Race<Result<RedisReply, DBError>>.End in
      if let clientID, let endpoint {
        Task.detached { await Self.unblock(clientID, endpoint, connector) }
      }
      let reply = Race<Result<RedisReply, DBError>>()
      return await reply.run(until: Deadline(after: Self.grace)) { Task { reply.finish(await work.value) } }
    }.value
    guard case .finished(let result) = end else {
      connection?.fail(RedisErrors.lost("it was given up because the command did not stop"))
      throw DBError(stopped.code, stopped.message, retry: .ifIdempotent, underlying: stopped.underlying)
    }
    do throws(DBError) {
      return try result.get()
    } catch {
      throw error.server?.nativeName == "UNBLOCKED" ? stopped : error
    }
  }

  private static func unblock(_ clientID: Int64, _ endpoint: Endpoint, _ connector: RedisConnector) async {
    guard let (connection, _) = try? await connector.dialer.open(endpoint, limit: grace) else { return }
    _ = try? await connection.send(
      [RedisCommand("CLIENT", "UNBLOCK", "\(clientID)", "ERROR")], until: Deadline(after: grace))
    connection.close()
  }
}
