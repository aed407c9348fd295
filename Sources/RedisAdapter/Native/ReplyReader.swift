internal import CHiredis
internal import DBAdapterCore

/// Reads replies from bytes as they arrive, over hiredis' `redisReader`.
///
/// hiredis calls back once for each string, number and array; they are kept in one arena for all replies that arrive together. A reply beyond
/// the limit is read past without being kept, so that the connection and the replies after it stay good.
///
/// hiredis before 1.0 gives up on arrays in arrays in arrays when they are nine deep, and with them on the connection. So it is stopped
/// before it goes that deep, and the rest of such a reply is read here.
///
/// Not thread-safe: a reader belongs to whoever reads the socket.
final class ReplyReader {
  /// What was read: a reply, or one that was larger or deeper than allowed.
  enum Item: Sendable {
    case reply(RedisReply)
    case tooLarge
    case tooDeep
  }

  /// How many arrays may enclose each other: whoever goes through a value does so with a call a level, and threads have little stack.
  static let maximumDepth = 128

  private let reader: UnsafeMutablePointer<redisReader>
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let builder: ReplyBuilder
  /// Bytes still to come of a string that is too large to keep.
  private var bytesToSkip = 0
  /// Elements still to come of a reply that is too deep for hiredis.
  private var elementsLeft = 0

  /// - Parameter limit: bytes that one reply may take in memory.
  init(limit: Int) {
    builder = ReplyBuilder(limit: limit)
    functions = .allocate(capacity: 1)
    functions.initialize(to: redisReplyObjectFunctions())
    functions.pointee.createString = { task, text, count in
      let builder = ReplyReader.builder(of: task)
      builder._withUnsafeGuaranteedRef {
        $0.append(bytes: UnsafeRawBufferPointer(start: text, count: Int(count)), ReplyReader.kind(of: task))
      }
      return builder.toOpaque()
    }
    functions.pointee.createArray = { task, count in
      let builder = ReplyReader.builder(of: task)
      builder._withUnsafeGuaranteedRef { builder in
        builder.append(array: Int(count))
        if count > 0, let reader = builder.reader, bosdb_hiredis_is_deep(reader) != 0 { builder.hideRest(of: reader) }
      }
      return builder.toOpaque()
    }
    functions.pointee.createInteger = { task, value in
      let builder = ReplyReader.builder(of: task)
      builder._withUnsafeGuaranteedRef { $0.append(integer: Int64(value)) }
      return builder.toOpaque()
    }
    functions.pointee.createNil = { task in
      let builder = ReplyReader.builder(of: task)
      builder._withUnsafeGuaranteedRef { $0.appendNull() }
      return builder.toOpaque()
    }
    // What the callbacks return is the builder itself, which hiredis has nothing to free of.
    functions.pointee.freeObject = { _ in }
    reader = redisReaderCreateWithFunctions(functions)
    reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
    builder.reader = reader
  }

  deinit {
    redisReaderFree(reader)
    functions.deinitialize(count: 1)
    functions.deallocate()
  }

  /// Takes bytes in and hands out the replies that are complete with them, in order.
  /// - Throws: ``DBError/Code-swift.struct/protocolViolation`` for bytes that are no replies; the reader is of no more use then.
  func read(_ bytes: UnsafeRawBufferPointer, _ body: (Item) -> Void) throws(DBError) {
    var bytes = bytes
    if bytesToSkip > 0 {
      let skipped = min(bytesToSkip, bytes.count)
      bytesToSkip -= skipped
      bytes = UnsafeRawBufferPointer(rebasing: bytes[skipped...])
    }
    guard !bytes.isEmpty else { return }
    redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    while true {
      if elementsLeft > 0, try !readDeepReply() { break }
      var reply: UnsafeMutableRawPointer?
      guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw violation }
      if reply != nil {
        builder.endReply()
      } else if builder.hiddenBytes != nil {
        takeOver()
      } else if !passLargeString() {
        break
      }
    }
    builder.takeReplies(body)
  }

  /// The bytes a reply that is not complete yet takes in memory.
  var pendingBytes: Int { builder.byteCount + reader.pointee.len - reader.pointee.pos }

  // MARK: Strings too large to keep

  /// When what has been read ends in a string larger than there is room for, makes hiredis take what there is of it for the whole, and
  /// notes how much is still to be skipped.
  ///
  /// hiredis would keep all of a string until it is complete. The length it reads first (`536870912\r\n`) is rewritten in place to that of
  /// the part that is there.
  private func passLargeString() -> Bool {
    guard bosdb_hiredis_awaits_string(reader) != 0, let buffer = reader.pointee.buf else { return false }
    let end = reader.pointee.len
    var position = reader.pointee.pos
    var length = 0
    while position < end, buffer[position] != CChar(bitPattern: UInt8(ascii: "\r")) {
      let digit = Int(buffer[position]) - 0x30
      guard (0...9).contains(digit), length < 1 << 40 else { return false }
      length = length * 10 + digit
      position += 1
    }
    let contents = position + 2
    // The end of the string, \r\n, is written where the part ends, so there has to be room for it.
    let present = end - contents
    guard present >= 2, builder.isTooLarge(adding: length), length + 2 > present else { return false }
    builder.dropReply()
    let header = Array("\(present - 2)\r\n".utf8)
    for (offset, byte) in header.enumerated() {
      buffer[contents - header.count + offset] = CChar(bitPattern: byte)
    }
    buffer[end - 2] = 0x0D
    buffer[end - 1] = 0x0A
    reader.pointee.pos = contents - header.count
    bytesToSkip = length + 2 - present
    return true
  }

  // MARK: Replies too deep for hiredis

  /// Takes the reply that hiredis was stopped in away from it.
  private func takeOver() {
    builder.showRest(of: reader)
    elementsLeft = Int(bosdb_hiredis_elements_left(reader))
    bosdb_hiredis_forget_reply(reader)
  }

  /// Reads what is there of a reply that was taken over.
  /// - Returns: whether it is complete.
  private func readDeepReply() throws(DBError) -> Bool {
    while elementsLeft > 0, let (type, line, next) = nextLine() {
      reader.pointee.pos = next
      elementsLeft -= 1
      switch type {
      case UInt8(ascii: "+"): builder.append(bytes: line, .status)
      case UInt8(ascii: "-"): builder.append(bytes: line, .error)
      case UInt8(ascii: ":"): builder.append(integer: try number(line))
      case UInt8(ascii: "$"):
        let length = try length(line)
        if length < 0 {
          builder.appendNull()
        } else if !takeString(length) {
          // The rest of it has to come first.
          elementsLeft += 1
          reader.pointee.pos = next - line.count - 3
          dropConsumed()
          return false
        }
      case UInt8(ascii: "*"):
        let count = try length(line)
        if count < 0 { builder.appendNull() } else { builder.append(array: count) }
        elementsLeft += max(0, count)
      default: throw Self.violation("an unknown type of reply, \(type)")
      }
    }
    dropConsumed()
    guard elementsLeft == 0 else { return false }
    builder.endReply()
    return true
  }

  /// The next element's first line without its type and end, and where it ends; `nil` when it is not all there.
  private func nextLine() -> (type: UInt8, line: UnsafeRawBufferPointer, next: Int)? {
    let (start, end) = (reader.pointee.pos, reader.pointee.len)
    guard let buffer = reader.pointee.buf, start < end else { return nil }
    let bytes = UnsafeRawBufferPointer(start: buffer + start, count: end - start)
    guard let line = bytes.dropFirst().firstIndex(of: 0x0D), line + 1 < bytes.count else { return nil }
    return (bytes[0], UnsafeRawBufferPointer(rebasing: bytes[1..<line]), start + line + 2)
  }

  private func number(_ line: UnsafeRawBufferPointer) throws(DBError) -> Int64 {
    guard let number = Int64(String(decoding: line, as: UTF8.self)) else {
      throw Self.violation("a number was expected")
    }
    return number
  }

  /// The length of a string or an array; -1 stands for null.
  private func length(_ line: UnsafeRawBufferPointer) throws(DBError) -> Int {
    guard let length = Int32(exactly: try number(line)) else { throw Self.violation("a length is out of range") }
    return Int(length)
  }

  /// - Returns: `false` when it is not all there, and is to be kept.
  private func takeString(_ length: Int) -> Bool {
    let start = reader.pointee.pos
    let present = reader.pointee.len - start
    if present >= length + 2, let buffer = reader.pointee.buf {
      builder.append(bytes: UnsafeRawBufferPointer(start: buffer + start, count: length), .bulk)
      reader.pointee.pos = start + length + 2
      return true
    }
    guard builder.isTooLarge(adding: length) else { return false }
    builder.dropReply()
    reader.pointee.pos = reader.pointee.len
    bytesToSkip = length + 2 - present
    return true
  }

  /// Makes hiredis let go of the bytes before its position, which it does only while it reads.
  private func dropConsumed() {
    builder.hideRest(of: reader)
    _ = redisReaderGetReply(reader, nil)
    builder.showRest(of: reader)
  }

  private static func violation(_ reason: String) -> DBError {
    DBError(.protocolViolation, "the server's reply could not be read: \(reason)", retry: .ifIdempotent)
  }

  private var violation: DBError {
    let reason = withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return reader.pointee.err == REDIS_ERR_OOM
      ? DBError(.resourceLimit, "out of memory for a reply", retry: .ifIdempotent)
      : Self.violation(reason)
  }

  private static func builder(of task: UnsafePointer<redisReadTask>?) -> Unmanaged<ReplyBuilder> {
    // hiredis hands the reader's private data, set above, to every task.
    Unmanaged.fromOpaque(task!.pointee.privdata)
  }

  private static func kind(of task: UnsafePointer<redisReadTask>?) -> RedisReply.Kind {
    switch task!.pointee.type {
    case REDIS_REPLY_STATUS: .status
    case REDIS_REPLY_ERROR: .error
    default: .bulk
    }
  }
}

/// The arena while it is filled.
private final class ReplyBuilder {
  private static let tokenBytes = MemoryLayout<RedisReply.Token>.stride
  private let limit: Int
  private var tokens: [RedisReply.Token] = []
  private var bytes: [UInt8] = []
  /// Where the replies that are complete begin, or why they were dropped.
  private var replies: [Result<Int, Refusal>] = []
  /// Where the reply that is being read begins.
  private var firstToken = 0
  private var firstByte = 0
  private var refusal: Refusal?
  private var isDropping: Bool { refusal != nil }
  /// Arrays that are not complete yet, outermost first.
  private var open: [(token: Int, remaining: Int)] = []
  /// Who fills it. It owns the builder.
  var reader: UnsafeMutablePointer<redisReader>?
  /// How many bytes the reader has behind its position and must not look at now.
  private(set) var hiddenBytes: Int?

  enum Refusal: Error { case tooLarge, tooDeep }

  init(limit: Int) { self.limit = limit }

  var byteCount: Int { (tokens.count - firstToken) * Self.tokenBytes + bytes.count - firstByte }

  func isTooLarge(adding count: Int) -> Bool { isDropping || byteCount + count > limit }

  func append(bytes added: UnsafeRawBufferPointer, _ kind: RedisReply.Kind) {
    if isTooLarge(adding: added.count + Self.tokenBytes) { return dropReply() }
    let start = bytes.count
    bytes.append(contentsOf: added)
    append(RedisReply.Token(payload: Int64(start), count: UInt32(added.count), kind: kind))
  }

  func append(integer: Int64) { append(RedisReply.Token(payload: integer, count: 0, kind: .integer)) }
  func appendNull() { append(RedisReply.Token(payload: 0, count: 0, kind: .null)) }

  func append(array count: Int) {
    // An array that cannot fit is not begun: its elements would be kept only to be thrown away.
    if isTooLarge(adding: count * Self.tokenBytes) { return dropReply() }
    if count > 0, open.count == ReplyReader.maximumDepth { return dropReply(.tooDeep) }
    append(RedisReply.Token(payload: Int64(tokens.count + 1), count: UInt32(count), kind: .array))
    if count > 0, !isDropping { open.append((tokens.count - 1, count)) }
  }

  private func append(_ token: RedisReply.Token) {
    if isDropping { return }
    if byteCount + Self.tokenBytes > limit { return dropReply() }
    let opensArray = token.kind == .array && token.count > 0
    tokens.append(token)
    if !opensArray { closeArrays() }
  }

  /// Counts an element, and ends the arrays it was the last of.
  private func closeArrays() {
    while let last = open.indices.last {
      open[last].remaining -= 1
      guard open[last].remaining == 0 else { return }
      tokens[open[last].token].payload = Int64(tokens.count)
      open.removeLast()
    }
  }

  /// Forgets what there is of the reply that is being read, and keeps nothing of its rest.
  func dropReply(_ reason: Refusal = .tooLarge) {
    refusal = refusal ?? reason
    tokens.removeSubrange(firstToken...)
    bytes.removeSubrange(firstByte...)
    open.removeAll()
  }

  func endReply() {
    replies.append(refusal.map { .failure($0) } ?? .success(firstToken))
    firstToken = tokens.count
    firstByte = bytes.count
    refusal = nil
  }

  /// Hands out the complete replies; what has begun of another is carried over into the next arena.
  func takeReplies(_ body: (ReplyReader.Item) -> Void) {
    guard !replies.isEmpty else { return }
    let (arena, rest) = (RedisReply.Arena(tokens: tokens, bytes: bytes), (firstToken, firstByte))
    let replies = replies
    self.replies = []
    tokens = tokens[rest.0...].map { token in
      var token = token
      switch token.kind {
      case .status, .error, .bulk: token.payload -= Int64(rest.1)
      case .array: token.payload -= Int64(rest.0)
      case .integer, .null: break
      }
      return token
    }
    bytes = Array(bytes[rest.1...])
    open = open.map { ($0.token - rest.0, $0.remaining) }
    firstToken = 0
    firstByte = 0
    for reply in replies {
      switch reply {
      case .success(let index): body(.reply(RedisReply(arena: arena, index: index)))
      case .failure(.tooLarge): body(.tooLarge)
      case .failure(.tooDeep): body(.tooDeep)
      }
    }
  }

  /// Makes the reader see nothing behind its position, so that it stops there.
  func hideRest(of reader: UnsafeMutablePointer<redisReader>) {
    hiddenBytes = reader.pointee.len - reader.pointee.pos
    reader.pointee.len = reader.pointee.pos
  }

  func showRest(of reader: UnsafeMutablePointer<redisReader>) {
    guard let hidden = hiddenBytes else { return }
    hiddenBytes = nil
    reader.pointee.len = reader.pointee.pos + hidden
  }
}
