internal import DBAdapterCore
internal import DequeModule

/// One connection to one server, shared by any number of callers.
///
/// A caller whose commands find the connection idle writes them at once, on its own thread. While replies are awaited commands gather in one
/// buffer, which is written when replies arrive, or by the next caller once the server has been silent for ``gatherTime``: so tasks on one
/// connection are pipelined by themselves, and nobody waits for a slow reply to be sent. The event loop reads, and hands replies out in order.
/// Callers who were answered together come back together: the first of them leaves the writing to the loop, which writes for those who have come
/// by then.
///
/// A caller that is cancelled or has no time left goes at once: what was not sent is not sent, and a reply that is still to come is dropped.
final class RedisConnection: EventHandler, RedisCommanding {
  /// How long commands may gather behind unanswered ones.
  private static let gatherTime = Duration.microseconds(100)
  /// So many callers answered together are a crowd, of which the first had better wait for others.
  private static let crowd = 4
  private static let readSize = 64 << 10

  private struct State {
    var token: EventLoop.Token?
    var watched: Readiness = []
    /// In the order of the wire.
    var exchanges: Deque<RedisExchange> = []
    /// Bytes that are not written yet.
    var outgoing: [UInt8] = []
    /// How much was ever written, and how much of it before the first byte of `outgoing`.
    var written = 0
    /// Up to where an encrypted stream may hold bytes that it has not written yet: they go out, whatever becomes of their caller.
    var committed = 0
    var lastWrite = Deadline(nanoseconds: 0)
    var lastRead = Deadline(nanoseconds: 0)
    var alarm = Deadline.never
    /// How many callers were answered together last.
    var answeredTogether = 0
    /// The loop was asked to write what has gathered.
    var isGathering = false
    var gatherToken: EventLoop.Token?
    /// Why nothing is taken any more.
    var failure: DBError?
    /// Nothing new is to be sent, though what was sent may still be answered.
    var isRetired = false
    /// Gets what nobody asked for: messages of a subscription, or the last words of a server that hangs up.
    var listener: Listener?
    var isPaused = false
    var lastWords: String?
  }

  let endpoint: Endpoint
  private let stream: any ByteStream
  private let loop: EventLoop
  private let state = Locked(State())
  /// Belongs to the loop's thread.
  private let input: RedisInput

  init(_ stream: any ByteStream, endpoint: Endpoint, replyLimit: Int, loop: EventLoop = .shared) {
    self.stream = stream
    self.endpoint = endpoint
    self.loop = loop
    input = RedisInput(size: Self.readSize, replyLimit: replyLimit)
    let token = loop.register(stream.descriptor, self)
    let gatherToken = loop.register(-1, GatheringEnd(self))
    state.withLock { state in
      state.token = token
      state.gatherToken = gatherToken
      watch(&state, .read)
    }
  }

  var encryption: String? { stream.encryption }

  /// Whether commands can still be sent.
  var isUsable: Bool { state.withLock { $0.failure == nil && !$0.isRetired } }

  /// How many callers wait for replies.
  var pendingCount: Int { state.withLock { $0.exchanges.count } }

  /// Sends nothing new any more; what was sent may still be answered.
  func retire() { state.withLock { $0.isRetired = true } }

  func close() { fail(RedisErrors.closed) }

  // MARK: Sending

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    if commands.isEmpty { return [] }
    let bytes = try encoded(commands)
    let exchange = RedisExchange(count: commands.count, deadline: deadline)
    try await self.exchange(exchange, bytes)
    return exchange.replies
  }

  func send(_ command: RedisCommand, until deadline: Deadline) async throws(DBError) -> RedisReply {
    let bytes = try encoded(CollectionOfOne(command))
    let exchange = RedisExchange(count: 1, deadline: deadline)
    try await self.exchange(exchange, bytes)
    guard let reply = exchange.first else { throw RedisErrors.closed }
    if reply.kind == .error { throw RedisErrors.error(reply) }
    return reply
  }

  /// A reply, or what stands for one that was not kept.
  private func reply(in item: ReplyReader.Item) -> RedisReply {
    switch item {
    case .reply(let reply): reply
    case .tooDeep:
      RedisReply(
        refusal: DBError(
          .resourceLimit, "a reply had more than \(ReplyReader.maximumDepth) lists in each other and was not kept",
          retry: .ifIdempotent))
    case .tooLarge:
      RedisReply(
        refusal: DBError(
          .resourceLimit,
          "a reply was larger than the \(input.replyLimit >> 10) KiB that max_reply allows and was not kept; read it in parts (SCAN, LRANGE, GETRANGE), or set max_reply in the connection string",
          retry: .ifIdempotent))
    }
  }

  /// Writes commands and waits until all their replies are in the exchange.
  /// - Parameter bytes: the commands as the wire has them.
  private func exchange(_ exchange: RedisExchange, _ bytes: [UInt8]) async throws(DBError) {
    let failure = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if let refusal = submit(exchange, bytes, continuation) { continuation.resume(returning: refusal) }
      }
    } onCancel: {
      abandon(exchange)
    }
    if let failure { throw failure }
  }

  /// - Returns: why nothing was sent.
  private func submit(
    _ exchange: RedisExchange, _ bytes: [UInt8],
    _ continuation: RedisExchange.Continuation
  ) -> DBError? {
    let now = Deadline.now()
    return state.withLock { state -> DBError? in
      if exchange.isAbandoned { return Self.cancelled(wasSent: false) }
      if let failure = state.failure { return failure.sentNothing }
      if state.isRetired { return RedisErrors.closed }
      exchange.continuation = continuation
      let isIdle = state.exchanges.isEmpty && state.outgoing.isEmpty
      exchange.start = state.written + state.outgoing.count
      exchange.end = exchange.start + bytes.count
      state.exchanges.append(exchange)
      if isIdle, state.answeredTogether >= Self.crowd, let token = state.gatherToken {
        state.outgoing.append(contentsOf: bytes)
        state.isGathering = true
        loop.wake(token, at: now)
      } else if state.isGathering {
        state.outgoing.append(contentsOf: bytes)
        if state.exchanges.count >= state.answeredTogether { writeGathered(&state, now) }
      } else if isIdle || state.outgoing.isEmpty && state.lastWrite + Self.gatherTime < now {
        bytes.withUnsafeBytes { write($0, &state, now) }
      } else {
        state.outgoing.append(contentsOf: bytes)
        if state.lastWrite + Self.gatherTime < now { writeOutgoing(&state, now) }
      }
      setAlarm(exchange.deadline, &state)
      return nil
    }
  }

  /// Writes what it can, and leaves the rest in the buffer.
  private func write(_ bytes: UnsafeRawBufferPointer, _ state: inout State, _ now: Deadline) {
    state.lastWrite = now
    var rest = bytes
    while !rest.isEmpty {
      switch stream.write(rest) {
      case .moved(let count):
        state.written += count
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      case .mustWait(let readiness):
        state.committed = state.written + min(rest.count, stream.heldAtMost)
        state.outgoing.append(contentsOf: rest)
        watch(&state, state.isPaused ? readiness : readiness.union(.read))
        return
      case .ended, .failed:
        // Reading finds out as well, and may find what the server said last.
        state.outgoing.append(contentsOf: rest)
        return
      }
    }
  }

  /// Whoever was to be waited for has come, or the loop has its turn.
  fileprivate func endGathering() { state.withLock { writeGathered(&$0, .now()) } }

  private func writeGathered(_ state: inout State, _ now: Deadline) {
    guard state.isGathering else { return }
    state.isGathering = false
    if !state.outgoing.isEmpty { writeOutgoing(&state, now) }
  }

  private func writeOutgoing(_ state: inout State, _ now: Deadline) {
    let bytes = state.outgoing
    state.outgoing.removeAll(keepingCapacity: bytes.count <= Self.readSize)
    bytes.withUnsafeBytes { write($0, &state, now) }
    if state.outgoing.isEmpty { watch(&state, state.isPaused ? [] : .read) }
  }

  // MARK: Stopping

  /// Lets a cancelled caller go.
  private func abandon(_ exchange: RedisExchange) {
    let (continuation, wasSent) = state.withLock { state in
      exchange.isAbandoned = true
      return release(exchange, &state)
    }
    continuation?.resume(returning: Self.cancelled(wasSent: wasSent))
  }

  /// Takes the caller out of an exchange, and the exchange out of the buffer if nothing of it was or will be written.
  private func release(
    _ exchange: RedisExchange, _ state: inout State
  ) -> (RedisExchange.Continuation?, wasSent: Bool) {
    defer { exchange.continuation = nil }
    guard let continuation = exchange.continuation else { return (nil, true) }
    guard exchange.end > 0, exchange.start >= max(state.written, state.committed),
      let index = state.exchanges.firstIndex(where: { $0 === exchange })
    else { return (continuation, exchange.end > 0) }
    let length = exchange.end - exchange.start
    let offset = exchange.start - state.written
    state.outgoing.removeSubrange(offset..<offset + length)
    state.exchanges.remove(at: index)
    for later in state.exchanges[index...] {
      later.start -= length
      later.end -= length
    }
    return (continuation, false)
  }

  static func cancelled(wasSent: Bool) -> DBError {
    DBError(
      .cancelled,
      wasSent
        ? "the task was cancelled; the command had been sent" : "the task was cancelled before the command was sent",
      retry: wasSent ? .ifIdempotent : .safe, underlying: CancellationError())
  }

  private static func timedOut(wasSent: Bool) -> DBError {
    DBError(
      .timeout, wasSent ? "the server did not answer in time" : "the command could not be sent in time",
      retry: wasSent ? .ifIdempotent : .safe)
  }

  private func setAlarm(_ deadline: Deadline, _ state: inout State) {
    guard deadline < state.alarm, let token = state.token else { return }
    state.alarm = deadline
    loop.wake(token, at: deadline)
  }

  /// Ends the connection: everybody who waits is told, and whether what they sent may have been acted on.
  func fail(_ error: DBError) {
    typealias Waiting = (RedisExchange.Continuation, DBError)
    var waiting: [Waiting] = []
    var token: EventLoop.Token?
    var gatherToken: EventLoop.Token?
    var listener: Listener?
    state.withLock { state in
      guard state.failure == nil else { return }
      let error = state.lastWords.map { RedisErrors.error($0) } ?? error
      state.failure = error
      for exchange in state.exchanges {
        guard let continuation = exchange.continuation else { continue }
        exchange.continuation = nil
        waiting.append((continuation, exchange.start >= state.written ? error.sentNothing : error.sentSomething))
      }
      state.exchanges.removeAll()
      state.outgoing = []
      swap(&token, &state.token)
      swap(&gatherToken, &state.gatherToken)
      swap(&listener, &state.listener)
    }
    if let gatherToken { loop.unregister(gatherToken) }
    if let token {
      loop.unregister(token)
      stream.shutDown()
    }
    for (continuation, error) in waiting { continuation.resume(returning: error) }
    _ = listener?(.ended(error))
  }

  // MARK: On the loop

  private func watch(_ state: inout State, _ readiness: Readiness) {
    guard let token = state.token, state.watched != readiness else { return }
    state.watched = readiness
    loop.watch(token, for: readiness)
  }

  func handleReady(_ readiness: Readiness) {
    if readiness.contains(.write) {
      state.withLock { if !$0.outgoing.isEmpty { writeOutgoing(&$0, .now()) } }
    }
    if readiness.contains(.read) { receive() }
  }

  private func receive() {
    let end = input.read(from: stream)
    deliver()
    switch end {
    case nil: return
    case .violation(let error)?: fail(error)
    case .ended(let reason)?: fail(RedisErrors.lost(reason))
    }
  }

  /// Hands out what was read, and writes what has gathered meanwhile.
  private func deliver() {
    let now = Deadline.now()
    var done = input.done
    defer {
      done.removeAll(keepingCapacity: true)
      input.done = done
    }
    state.withLock { state in
      state.lastRead = now
      for item in input.items { take(item, &state, &done) }
      state.answeredTogether = done.count
      if !state.outgoing.isEmpty { writeOutgoing(&state, now) }
    }
    input.items.removeAll(keepingCapacity: true)
    for continuation in done { continuation.resume(returning: nil) }
  }

  private func take(_ item: ReplyReader.Item, _ state: inout State, _ done: inout [RedisExchange.Continuation]) {
    if let listener = state.listener {
      if !listener(.item(item)) {
        state.isPaused = true
        watch(&state, state.outgoing.isEmpty ? [] : .write)
      }
      return
    }
    guard let exchange = state.exchanges.first else {
      if case .reply(let reply) = item, reply.kind == .error { state.lastWords = reply.text }
      return
    }
    if case .reply(let reply) = item, reply.kind == .error, let text = reply.text {
      if RedisErrors.refusesConnection(text) { state.lastWords = text }
      if RedisErrors.endsConnection(text) { state.isRetired = true }
    }
    exchange.received += 1
    if exchange.continuation != nil { exchange.add(reply(in: item)) }
    guard exchange.received == exchange.count else { return }
    state.exchanges.removeFirst()
    guard let continuation = exchange.continuation else { return }
    exchange.continuation = nil
    done.append(continuation)
  }

  func handleDeadline(now: Deadline) {
    let late = state.withLock { state in
      state.alarm = .never
      var late: [(RedisExchange.Continuation, Bool)] = []
      var next = Deadline.never
      for exchange in Array(state.exchanges) where exchange.continuation != nil {
        guard exchange.deadline <= now else {
          next = min(next, exchange.deadline)
          continue
        }
        // Silence since the command was written: the server, or the way to it, may be gone, so nothing new is entrusted to it.
        if state.lastRead < state.lastWrite, exchange.start < state.written { state.isRetired = true }
        let (continuation, wasSent) = release(exchange, &state)
        if let continuation { late.append((continuation, wasSent)) }
      }
      setAlarm(next, &state)
      return late
    }
    for (continuation, wasSent) in late { continuation.resume(returning: Self.timedOut(wasSent: wasSent)) }
  }

  func handleRefusal() { fail(DBError(.resourceLimit, "the system watches no more sockets", retry: .ifIdempotent)) }

  // MARK: Listening

  enum Event: Sendable {
    case item(ReplyReader.Item)
    case ended(DBError)
  }

  /// Is told what happens on the connection. It must not call the connection.
  /// - Returns: `false` when it cannot take more for now; ``resumeReading()`` lets it go on.
  typealias Listener = @Sendable (Event) -> Bool

  /// From now on everything the server says goes to a listener, in order.
  func listen(_ listener: @escaping Listener) {
    state.withLock { $0.listener = listener }
  }

  func resumeReading() {
    state.withLock { state in
      guard state.isPaused else { return }
      state.isPaused = false
      watch(&state, state.outgoing.isEmpty ? .read : [.read, .write])
    }
  }

  private func encoded(_ commands: some Collection<RedisCommand>) throws(DBError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(commands.reduce(0) { $0 + $1.bytes.count + 16 * ($1.count + 1) })
    for command in commands {
      guard command.encode(into: &bytes) else {
        throw DBError(.resourceLimit, "the command is too large to be sent", retry: .safe)
      }
    }
    return bytes
  }

  /// Writes a command whose answers go to the listener.
  func post(_ command: RedisCommand) throws(DBError) {
    let bytes = try encoded(CollectionOfOne(command))
    let failure = state.withLock { state -> DBError? in
      if let failure = state.failure { return failure }
      state.outgoing.append(contentsOf: bytes)
      writeOutgoing(&state, .now())
      return nil
    }
    if let failure { throw failure }
  }

  /// Why the connection ended; `nil` while it has not.
  var failure: DBError? { state.withLock { $0.failure } }
}

/// The loop's turn to write what has gathered.
private final class GatheringEnd: EventHandler {
  private let connection: RedisConnection

  init(_ connection: RedisConnection) { self.connection = connection }

  func handleReady(_ readiness: Readiness) {}
  func handleDeadline(now: Deadline) { connection.endGathering() }
}
