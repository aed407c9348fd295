internal import DBAdapterCore

/// One reply in its own shape (RESP2, https://redis.io/docs/reference/protocol-spec): a view of the arena it was read into, in which nothing is
/// decoded before it is asked for.
struct RedisReply: Sendable {
  enum Kind: UInt8, Sendable { case status, error, integer, bulk, null, array }

  /// One step through a reply, depth first.
  struct Token: Sendable {
    /// The number itself, where the bytes start, or for an array the index of the token after its last element.
    var payload: Int64
    /// Bytes, or elements of an array.
    var count: UInt32
    var kind: Kind
  }

  /// What several replies that arrived together are read into.
  final class Arena: Sendable {
    let tokens: [Token]
    let bytes: [UInt8]
    /// Why a reply was not kept, which stands in its place.
    let refusal: DBError?

    init(tokens: [Token], bytes: [UInt8], refusal: DBError? = nil) {
      self.tokens = tokens
      self.bytes = bytes
      self.refusal = refusal
    }
  }

  let arena: Arena
  let index: Int

  private var token: Token { arena.tokens[index] }

  var kind: Kind { token.kind }
  var isNull: Bool { kind == .null }

  /// The number of an integer, or of a string that is one in decimal digits.
  var integer: Int64? {
    switch kind {
    case .integer: token.payload
    case .bulk, .status: text.flatMap { Int64($0) }
    case .error, .null, .array: nil
    }
  }

  /// A string, status or error as text, or a number's digits; `nil` for null, arrays and bytes that are not valid UTF-8.
  var text: String? {
    switch kind {
    case .status, .error, .bulk: withBytes { String(validating: $0, as: UTF8.self) }
    case .integer: String(token.payload)
    case .null, .array: nil
    }
  }

  /// The bytes of a string, status or error; `nil` for anything else.
  var bytes: [UInt8]? {
    switch kind {
    case .status, .error, .bulk: withBytes { Array($0) }
    case .integer, .null, .array: nil
    }
  }

  /// Lends the bytes of a string, status or error; none for anything else.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let token = token
    switch token.kind {
    case .status, .error, .bulk:
      let start = Int(token.payload)
      return arena.bytes.withUnsafeBytes {
        body(UnsafeRawBufferPointer(rebasing: $0[start..<start + Int(token.count)]))
      }
    case .integer, .null, .array: return body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// The elements of an array; none for anything else.
  var elements: Elements {
    let token = token
    return token.kind == .array
      ? Elements(arena: arena, position: index + 1, remaining: Int(token.count))
      : Elements(arena: arena, position: index, remaining: 0)
  }

  /// The elements of an array, in order; one that is itself an array is stepped over as a whole.
  struct Elements: Sequence, IteratorProtocol, Sendable {
    fileprivate let arena: Arena
    fileprivate var position: Int
    fileprivate var remaining: Int

    var count: Int { remaining }
    var underestimatedCount: Int { remaining }

    mutating func next() -> RedisReply? {
      guard remaining > 0 else { return nil }
      remaining -= 1
      let token = arena.tokens[position]
      defer { position = token.kind == .array ? Int(token.payload) : position + 1 }
      return RedisReply(arena: arena, index: position)
    }
  }
}

extension RedisReply {
  /// What stands for a reply that was not kept.
  init(refusal: DBError) {
    self.init(arena: Arena(tokens: [Token(payload: 0, count: 0, kind: .error)], bytes: [], refusal: refusal), index: 0)
  }

  /// The reply as a value: strings as text where they are valid UTF-8 and as bytes where not, an error inside an array as a native value.
  var value: DBValue {
    switch kind {
    case .null: .null
    case .integer: .int(token.payload)
    case .status, .bulk: withBytes { Self.value(of: $0) }
    case .error: .native(DBNative(typeName: "error", text: withBytes { String(decoding: $0, as: UTF8.self) }))
    case .array: .array(DBArray(elements.map(\.value)))
    }
  }

  private static func value(of bytes: UnsafeRawBufferPointer) -> DBValue {
    if let text = String(validating: bytes, as: UTF8.self) { return .text(text) }
    return .bytes(DBBytes(bytes))
  }

  /// The elements taken in pairs, as in the reply of HGETALL; a last one without a partner is left out.
  var pairs: [(RedisReply, RedisReply)] {
    var elements = elements
    var pairs: [(RedisReply, RedisReply)] = []
    pairs.reserveCapacity(elements.count / 2)
    while let name = elements.next(), let value = elements.next() { pairs.append((name, value)) }
    return pairs
  }

  /// The partner of a name in a reply of pairs.
  subscript(name: String) -> RedisReply? { pairs.first { $0.0.text == name }?.1 }
}
