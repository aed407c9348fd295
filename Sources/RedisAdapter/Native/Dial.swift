internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Opens a stream to one server: resolves, connects, and shakes hands where the stream is encrypted, all before one deadline.
///
/// Nothing waits on a thread but the resolver, which has helper threads of its own; at the deadline, or when the task is cancelled, the caller
/// goes on at once.
struct Dial: Sendable {
  let endpoint: Endpoint
  let defaultPort: UInt16
  /// `nil` for a plain connection.
  let tls: TLSContext?
  let limit: Duration
  let deadline: Deadline

  /// - Throws: ``DBError/Code-swift.struct/connectionFailed``, ``DBError/Code-swift.struct/tlsFailed``, ``DBError/Code-swift.struct/timeout`` and
  ///   ``DBError/Code-swift.struct/cancelled``, with the stage; nothing was sent that a server could act on.
  func run() async throws(DBError) -> any ByteStream {
    let addresses = try await self.addresses()
    var failure = failed("the host name has no address", .resolve)
    for (index, address) in addresses.enumerated() {
      // Each address gets its share of what is left, so that a silent one does not keep from the next.
      let rest = addresses.count - index
      let end = rest == 1 ? deadline : min(deadline, Deadline(after: deadline.remaining.map { $0 / rest }))
      do throws(DBError) {
        let socket = try await connect(to: address, until: end)
        return try await encrypted(socket)
      } catch {
        guard error.stage == .dial, error.code != .cancelled, !deadline.hasPassed else { throw error }
        failure = error
      }
    }
    throw failure
  }

  private func addresses() async throws(DBError) -> [SocketAddress] {
    if endpoint.isUnixSocket {
      guard let address = SocketAddress(path: endpoint.host) else {
        throw DBError(
          .invalidConnectionString, "the path of the unix socket is too long: \(endpoint.host)", stage: .resolve)
      }
      return [address]
    }
    let (host, port) = (endpoint.host, endpoint.port ?? defaultPort)
    let threads: BlockingThreads = SocketAddress.isNumeric(host) ? .dialling : .resolving
    let race = Race<Result<[SocketAddress], SocketAddress.ResolveFailure>>()
    let end = await race.run(until: deadline) {
      threads.submit { race.finish(SocketAddress.resolve(host, port: port)) }
    }
    switch end {
    case .finished(.success(let addresses)): return addresses
    case .finished(.failure(let failure)):
      throw failed("the host name \"\(host)\" could not be resolved: \(failure.message)", .resolve)
    case .deadline: throw timedOut(.resolve)
    case .cancelled: throw cancelled(.resolve)
    }
  }

  private func connect(to address: SocketAddress, until end: Deadline) async throws(DBError) -> StreamSocket {
    let socket: StreamSocket
    switch StreamSocket.connecting(to: address) {
    case .success(let connecting): socket = connecting
    case .failure(let failure): throw failed(failure.message, .dial, isLocal: failure.isOfThisSide)
    }
    try await wait(socket, for: .write, until: end, .dial)
    if let failure = socket.connectFailure { throw failed(failure.message, .dial) }
    return socket
  }

  private func encrypted(_ socket: StreamSocket) async throws(DBError) -> any ByteStream {
    guard let tls else { return socket }
    let stream = try TLSStream(socket, tls, host: endpoint.host)
    while let readiness = try stream.shakeHands() { try await wait(socket, for: readiness, until: deadline, .tls) }
    return stream
  }

  private func wait(
    _ socket: StreamSocket, for readiness: Readiness, until end: Deadline, _ stage: ConnectStage
  ) async throws(DBError) {
    switch await Race<Bool>.ready(socket.descriptor, for: readiness, until: end) {
    case .finished(true): return
    case .finished(false): throw failed("the system watches no more sockets", stage, isLocal: true)
    case .deadline: throw timedOut(stage)
    case .cancelled: throw cancelled(stage)
    }
  }

  private func failed(_ reason: String, _ stage: ConnectStage, isLocal: Bool = false) -> DBError {
    DBError(
      isLocal ? .resourceLimit : .connectionFailed, "no connection to \(endpoint): \(reason)", retry: .safe,
      endpoint: endpoint.description, stage: stage)
  }

  private func timedOut(_ stage: ConnectStage) -> DBError {
    DBError(
      .timeout, "no connection to \(endpoint) within \(limit.brief): still in stage \(stage.rawValue)", retry: .safe,
      endpoint: endpoint.description, stage: stage)
  }

  private func cancelled(_ stage: ConnectStage) -> DBError {
    DBError(
      .cancelled, "the task was cancelled while connecting", retry: .safe, stage: stage,
      underlying: CancellationError())
  }
}

/// One wait with several possible ends, of which the first counts.
final class Race<Value: Sendable>: EventHandler {
  enum End: Sendable { case finished(Value), deadline, cancelled }

  private enum Phase {
    case idle
    case waiting(UnsafeContinuation<End, Never>)
    case over(End)
  }

  private let phase = Locked(Phase.idle)
  private let deadline = Locked(Deadline.never)
  private let whenReady: Value?
  private let whenRefused: Value?

  /// - Parameters:
  ///   - whenReady: what a watched descriptor that is ready ends the race with.
  ///   - whenRefused: the same for one that the system does not watch.
  init(whenReady: Value? = nil, whenRefused: Value? = nil) {
    self.whenReady = whenReady
    self.whenRefused = whenRefused
  }

  /// Starts what is waited for, and waits for the first end.
  /// - Parameter watching: a descriptor that the race wants to be told of; -1 for none.
  func run(until end: Deadline, watching descriptor: Int32 = -1, _ start: (EventLoop.Token) -> Void) async -> End {
    deadline.withLock { $0 = end }
    let loop = EventLoop.shared
    let token = loop.register(descriptor, self)
    defer { loop.unregister(token) }
    if !end.isNever { loop.wake(token, at: end) }
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let early = phase.withLock { phase -> End? in
          if case .over(let end) = phase { return end }
          phase = .waiting(continuation)
          return nil
        }
        if let early { return continuation.resume(returning: early) }
        start(token)
      }
    } onCancel: {
      settle(.cancelled)
    }
  }

  func run(until end: Deadline, _ start: () -> Void) async -> End { await run(until: end) { _ in start() } }

  func finish(_ value: Value) { settle(.finished(value)) }

  private func settle(_ end: End) {
    let continuation = phase.withLock { phase -> UnsafeContinuation<End, Never>? in
      defer { if case .over = phase {} else { phase = .over(end) } }
      guard case .waiting(let continuation) = phase else { return nil }
      return continuation
    }
    continuation?.resume(returning: end)
  }

  func handleReady(_ readiness: Readiness) { if let whenReady { finish(whenReady) } }
  func handleRefusal() { if let whenRefused { finish(whenRefused) } }
  func handleDeadline(now: Deadline) { if now >= deadline.withLock({ $0 }) { settle(.deadline) } }
}

extension Race where Value == Bool {
  /// Waits until a socket is ready: `true`, or `false` when the system does not watch it.
  static func ready(_ descriptor: Int32, for readiness: Readiness, until end: Deadline) async -> End {
    let race = Race(whenReady: true, whenRefused: false)
    return await race.run(until: end, watching: descriptor) { EventLoop.shared.watch($0, for: readiness) }
  }
}
