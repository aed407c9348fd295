internal import DBAdapterCore

extension RedisReply {
  /// Makes one reply of those of several nodes.
  /// - Parameter replies: one a node, at least one.
  static func merged(_ replies: [RedisReply], _ policy: RedisResponsePolicy?) -> RedisReply {
    let failure = replies.first { $0.kind == .error }
    switch policy {
    case .oneSucceeded: return replies.first { $0.kind != .error } ?? replies[0]
    case .allSucceeded, .special: return failure ?? replies[0]
    case .sum: return failure ?? combined(replies, &+)
    case .minimum: return failure ?? combined(replies, Swift.min)
    case .maximum: return failure ?? combined(replies, Swift.max)
    case .logicalAnd: return failure ?? combined(replies) { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .logicalOr: return failure ?? combined(replies) { $0 != 0 || $1 != 0 ? 1 : 0 }
    case nil:
      if let failure { return failure }
      guard replies.allSatisfy({ $0.kind == .array }) else {
        return replies.filter { !$0.isNull }.randomElement() ?? replies[0]
      }
      return array(replies.flatMap { Array($0.elements) })
    }
  }

  /// Numbers, or arrays of numbers place by place.
  private static func combined(_ replies: [RedisReply], _ combine: (Int64, Int64) -> Int64) -> RedisReply {
    if replies[0].kind == .array {
      let rows = replies.map { reply in reply.elements.map { $0.integer ?? 0 } }
      let width = rows.map(\.count).min() ?? 0
      return array((0..<width).map { column in integer(rows.map { $0[column] }.reduce(combining: combine)) })
    }
    return integer(replies.map { $0.integer ?? 0 }.reduce(combining: combine))
  }

  /// A number that no server sent.
  static func integer(_ value: Int64) -> RedisReply {
    RedisReply(arena: Arena(tokens: [Token(payload: value, count: 0, kind: .integer)], bytes: []), index: 0)
  }

  /// A string that no server sent.
  static func bulk(_ text: String) -> RedisReply { string(text, .bulk) }

  /// An error that no server sent.
  static func error(_ text: String) -> RedisReply { string(text, .error) }

  private static func string(_ text: String, _ kind: Kind) -> RedisReply {
    let bytes = Array(text.utf8)
    return RedisReply(
      arena: Arena(tokens: [Token(payload: 0, count: UInt32(bytes.count), kind: kind)], bytes: bytes), index: 0)
  }

  /// An array of copies of replies.
  static func array(_ elements: [RedisReply]) -> RedisReply {
    var tokens = [Token(payload: 0, count: UInt32(elements.count), kind: .array)]
    var bytes: [UInt8] = []
    for element in elements { element.copy(into: &tokens, &bytes) }
    tokens[0].payload = Int64(tokens.count)
    return RedisReply(arena: Arena(tokens: tokens, bytes: bytes), index: 0)
  }

  private func copy(into tokens: inout [Token], _ bytes: inout [UInt8]) {
    let start = tokens.count
    var token = arena.tokens[index]
    switch kind {
    case .integer, .null: tokens.append(token)
    case .status, .error, .bulk:
      token.payload = Int64(bytes.count)
      tokens.append(token)
      withBytes { bytes.append(contentsOf: $0) }
    case .array:
      tokens.append(token)
      for element in elements { element.copy(into: &tokens, &bytes) }
      tokens[start].payload = Int64(tokens.count)
    }
  }
}

extension [Int64] {
  fileprivate func reduce(combining combine: (Int64, Int64) -> Int64) -> Int64 {
    guard let first else { return 0 }
    return dropFirst().reduce(first, combine)
  }
}
