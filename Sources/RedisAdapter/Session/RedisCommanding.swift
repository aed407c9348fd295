internal import DBAdapterCore

/// Whatever sends commands and waits for their replies: one connection, or a cluster of them.
protocol RedisCommanding: Sendable {
  /// Sends commands in one go and returns their replies, one a command and in order. An error reply of the server is a reply here; see
  /// ``RedisReply/kind``.
  /// - Throws: what concerns all commands: a lost connection, the deadline, cancellation.
  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply]
  /// Sends one command.
  /// - Throws: also the server's error reply, as ``RedisErrors`` maps it.
  func send(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply
}

extension RedisCommanding {
  func send(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply {
    let reply = try await send([command], until: deadline)[0]
    if reply.kind == .error { throw RedisErrors.error(reply) }
    return reply
  }
}
