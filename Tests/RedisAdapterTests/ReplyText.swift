import DBAdapterCore

@testable import RedisAdapter

/// A reply as it is written in a test; a string is a bulk string.
indirect enum ReplyText {
  case status(String)
  case error(String)
  case integer(Int)
  case bulk([UInt8])
  case null
  case array([ReplyText])

  var bytes: [UInt8] {
    switch self {
    case .status(let text): Array("+\(text)\r\n".utf8)
    case .error(let text): Array("-\(text)\r\n".utf8)
    case .integer(let number): Array(":\(number)\r\n".utf8)
    case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + [0x0D, 0x0A]
    case .null: Array("$-1\r\n".utf8)
    case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.bytes)
    }
  }

  /// The reply as the reader makes it.
  func reply() throws -> RedisReply {
    let reader = ReplyReader(limit: 1 << 24)
    var found: RedisReply?
    try bytes.withUnsafeBytes { bytes in
      try reader.read(bytes) { if case .reply(let reply) = $0 { found = reply } }
    }
    guard let found else { throw DBError(.protocolViolation, "the test's reply is not complete") }
    return found
  }
}

extension ReplyText: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
  ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .bulk(Array(value.utf8)) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(arrayLiteral elements: ReplyText...) { self = .array(elements) }
  init(nilLiteral: ()) { self = .null }
}
