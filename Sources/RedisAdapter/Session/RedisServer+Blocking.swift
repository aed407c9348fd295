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
    let deadline = Deadline(after: limit)
    guard let cluster else {
      guard let connection else { throw RedisErrors.closed }
      return try await runBlocking(command, on: connection, greeting.clientID, limit, deadline)
    }
    var redirections = 0
    while true {
      let (connection, greeting) = try await ownConnection(for: command, until: deadline)
      defer { connection.close() }
      do throws(DBError) {
        return try await runBlocking(command, on: connection, greeting.clientID, limit, deadline)
      } catch {
        // The slot has moved, perhaps while the command was waiting: the server says that it did nothing.
        redirections += 1
        guard Self.sendsElsewhere(error), redirections <= RedisCluster.mostRedirections
        else { throw error }
        await cluster.refresh(until: min(deadline, Deadline(after: connector.configuration.connectTimeout)))
      }
    }
  }

  /// `UNBLOCKED` also stands for an administrator who wants it to end; a node that has become a replica says so.
  private static func sendsElsewhere(_ error: DBError) -> Bool {
    switch error.server?.nativeName {
    case "MOVED", "ASK": true
    case "UNBLOCKED": error.message.contains("instance state changed")
    default: false
    }
  }

  private func runBlocking(
    _ command: RedisCommand, on connection: RedisConnection, _ clientID: Int64?, _ limit: Duration?,
    _ deadline: Deadline
  ) async throws(DBError) -> RedisReply {
    let work = Task { () -> Result<RedisReply, DBError> in
      do throws(DBError) { return .success(try await connection.send(command, until: .never)) } catch {
        return .failure(error)
      }
    }
    let reply = Race<Result<RedisReply, DBError>>()
    switch await reply.run(until: deadline, { Task { reply.finish(await work.value) } }) {
    case .finished(let result): return try result.mapError { noted($0) }.get()
    case .deadline:
      return try await stop(
        work, on: connection, clientID,
        DBError(
          .timeout, "nothing came within \(limit?.brief ?? "the time limit"), and the command was stopped", retry: .safe
        ))
    case .cancelled:
      return try await stop(
        work, on: connection, clientID,
        DBError(
          .cancelled, "the task was cancelled and the command stopped", retry: .safe, underlying: CancellationError()))
    }
  }

  /// What the command says when it is stopped.
  private func stop(
    _ work: Task<Result<RedisReply, DBError>, Never>, on connection: RedisConnection, _ clientID: Int64?,
    _ stopped: DBError
  ) async throws(DBError) -> RedisReply {
    let dialer = connector.dialer
    // The caller's task may be cancelled, and this must be done all the same.
    let end = await Task.detached { () -> Race<Result<RedisReply, DBError>>.End in
      if let clientID { Task.detached { await Self.unblock(clientID, connection.endpoint, dialer) } }
      let reply = Race<Result<RedisReply, DBError>>()
      return await reply.run(until: Deadline(after: Self.grace)) { Task { reply.finish(await work.value) } }
    }.value
    guard case .finished(let result) = end else {
      connection.fail(RedisErrors.lost("it was given up because the command did not stop"))
      throw DBError(stopped.code, stopped.message, retry: .ifIdempotent, underlying: stopped.underlying)
    }
    do throws(DBError) {
      return try result.get()
    } catch {
      throw error.server?.nativeName == "UNBLOCKED" ? stopped : error
    }
  }

  private static func unblock(_ clientID: Int64, _ endpoint: Endpoint, _ dialer: RedisDialer) async {
    guard let (connection, _) = try? await dialer.open(endpoint, limit: grace) else { return }
    _ = try? await connection.send(
      [RedisCommand("CLIENT", "UNBLOCK", "\(clientID)", "ERROR")], until: Deadline(after: grace))
    connection.close()
  }
}
