internal import DBAdapterCore

/// Reading replies from memory, without a server: for measuring what it costs.
@_spi(Measuring)
public enum ReplyDecoding {
  /// Reads replies as they would arrive, in pieces of 64 KiB.
  /// - Parameter asText: whether each string is made a `String`; otherwise its bytes are only looked at.
  /// - Returns: the length of all strings in bytes; `nil` when the bytes are no replies.
  public static func length(ofStringsIn bytes: [UInt8], asText: Bool) -> Int? {
    let reader = ReplyReader(limit: RedisOptions.defaultReplyLimit)
    var sum = 0
    var start = 0
    do {
      while start < bytes.count {
        let end = min(start + 64 << 10, bytes.count)
        try bytes[start..<end].withUnsafeBytes { part in
          try reader.read(part) { item in
            guard case .reply(let reply) = item else { return }
            for element in reply.elements {
              sum += asText ? element.text?.utf8.count ?? 0 : element.withBytes { $0.count }
            }
          }
        }
        start = end
      }
    } catch {
      return nil
    }
    return sum
  }
}
