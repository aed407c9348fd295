internal import DBAdapterCore

/// Commands that were handed to a connection together, and what has come back of them.
///
/// Sendable: everything but the command's bytes belongs to the connection and is only touched while its lock is held.
final class RedisExchange: @unchecked Sendable {
  typealias Outcome = Result<[ReplyReader.Item], DBError>

  let count: Int
  let deadline: Deadline
  /// Where the commands lie in all that was ever written to the connection.
  var start = 0
  var end = 0
  var received = 0
  var items: [ReplyReader.Item] = []
  /// The caller was cancelled, perhaps before it had begun to wait.
  var isAbandoned = false
  /// `nil` once the caller has gone: what still comes is dropped.
  var continuation: UnsafeContinuation<Outcome, Never>?

  init(count: Int, deadline: Deadline) {
    self.count = count
    self.deadline = deadline
    items.reserveCapacity(count)
  }
}
