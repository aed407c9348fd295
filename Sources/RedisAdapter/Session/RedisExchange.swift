internal import DBAdapterCore

/// Commands that were handed to a connection together, and what has come back of them.
///
/// Sendable: it belongs to the connection and is only touched while its lock is held, until its caller is resumed; then it is the caller's.
final class RedisExchange: @unchecked Sendable {
  /// Resumed with why there are no replies; `nil` when they are all there.
  typealias Continuation = UnsafeContinuation<DBError?, Never>

  let count: Int
  let deadline: Deadline
  /// Where the commands lie in all that was ever written to the connection.
  var start = 0
  var end = 0
  var received = 0
  /// The reply to a command that is alone, which saves it a list.
  private(set) var first: RedisReply?
  private var several: [RedisReply] = []
  /// The caller was cancelled, perhaps before it had begun to wait.
  var isAbandoned = false
  /// `nil` once the caller has gone: what still comes is dropped.
  var continuation: Continuation?

  init(count: Int, deadline: Deadline) {
    self.count = count
    self.deadline = deadline
    if count > 1 { several.reserveCapacity(count) }
  }

  func add(_ reply: RedisReply) {
    if count > 1 { several.append(reply) } else { first = reply }
  }

  /// All of them, in order.
  var replies: [RedisReply] { count > 1 ? several : first.map { [$0] } ?? [] }
}
