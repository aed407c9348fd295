internal import DBAdapterCore

/// What the loop's thread reads with.
///
/// Sendable: only touched by the handler on the loop's thread.
final class RedisInput: @unchecked Sendable {
  enum End { case ended(String), violation(DBError) }

  let replyLimit: Int
  var items: [ReplyReader.Item] = []
  var done: [RedisExchange.Continuation] = []
  private let reader: ReplyReader
  private let buffer: UnsafeMutableRawBufferPointer

  init(size: Int, replyLimit: Int) {
    self.replyLimit = replyLimit
    reader = ReplyReader(limit: replyLimit)
    buffer = .allocate(byteCount: size, alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// Reads what is there, up to a bound that lets other connections have their turn.
  func read(from stream: any ByteStream) -> End? {
    var rounds = 0
    while true {
      switch stream.read(into: buffer) {
      case .moved(let count):
        do throws(DBError) {
          try reader.read(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { items.append($0) }
        } catch {
          return .violation(error)
        }
        rounds += 1
        // What an encrypted stream has taken from the socket already would not be told of again.
        if stream.isEncrypted ? rounds >= 32 && !stream.holdsInput : count < buffer.count || rounds == 8 { return nil }
      case .mustWait: return nil
      case .ended: return .ended("the server closed it")
      case .failed(let reason): return .ended(reason)
      }
    }
  }
}
