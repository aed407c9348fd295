internal import CLibPQ
internal import DBAdapterCore
internal import Glibc

/// Opens one connection. Its steps run on helper threads, because libpq resolves names, computes keys and reads files there; between them the
/// event loop waits for the socket, so that a server that does not answer holds no thread.
///
/// The caller does not wait for a step: at the deadline, or when its task is cancelled, it goes on at once, and what the step gets is thrown
/// away.
final class PGDial: EventHandler {
  typealias Outcome = Result<PGConnectionHandle, DBError>

  private enum Phase {
    case idle
    case dialling(UnsafeContinuation<Outcome, Never>)
    case over
  }

  private struct State {
    var phase = Phase.idle
    var stage = ConnectStage.resolve
    /// What the loop waits for; `nil` while a step runs.
    var waiting: (attempt: Attempt, token: EventLoop.Token)?
  }

  private let parameters: PGConnectionParameters
  private let threads: BlockingThreads
  private let deadline: Deadline
  private let limit: Duration
  private let state = Locked(State())

  init(_ parameters: PGConnectionParameters, limit: Duration) {
    self.parameters = parameters
    self.limit = limit
    threads = parameters.needsResolving ? .resolving : .dialling
    deadline = Deadline(after: limit)
  }

  func run() async -> Outcome {
    let timer = EventLoop.shared.register(-1, self)
    defer { EventLoop.shared.unregister(timer) }
    EventLoop.shared.wake(timer, at: deadline)
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        state.withLock { $0.phase = .dialling(continuation) }
        if Task.isCancelled { return finish(.failure(cancelled)) }
        // The timer may have gone off before there was anybody to tell.
        if deadline.hasPassed { return finish(.failure(timedOut)) }
        threads.submit { self.begin(self.parameters) }
      }
    } onCancel: {
      finish(.failure(cancelled))
    }
  }

  // MARK: On the loop

  func handleReady(_ readiness: Readiness) {
    // An event of the step before may come late, and libpq must not be called before its socket is ready.
    guard let attempt = takeWaiting(where: { $0.isReady }) else { return }
    threads.submit { self.poll(attempt) }
  }

  func handleDeadline(now: Deadline) {
    if now >= deadline { return finish(.failure(timedOut)) }
    guard let attempt = takeWaiting(where: { $0.share.isUsedUp }) else { return }
    threads.submit { self.giveUpHost(attempt) }
  }

  func handleRefusal() {
    finish(.failure(DBError(.resourceLimit, "the system watches no more sockets", retry: .safe, stage: .dial)))
  }

  /// Takes the attempt that the loop waits for, when it is so far.
  private func takeWaiting(where isDue: (Attempt) -> Bool = { _ in true }) -> Attempt? {
    let taken = state.withLock { state -> (attempt: Attempt, token: EventLoop.Token)? in
      guard let waiting = state.waiting, isDue(waiting.attempt) else { return nil }
      state.waiting = nil
      return waiting
    }
    if let taken { EventLoop.shared.unregister(taken.token) }
    return taken?.attempt
  }

  // MARK: The end

  private var cancelled: DBError {
    DBError(.cancelled, "the task was cancelled while connecting", retry: .safe, underlying: CancellationError())
  }

  private var timedOut: DBError {
    let stage = state.withLock { $0.stage }
    return DBError(
      .timeout, "no connection within \(limit.brief): still in stage \(stage.rawValue)", retry: .safe, stage: stage)
  }

  /// Resumes the caller, once.
  private func finish(_ outcome: Outcome) {
    let continuation = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
      guard case .dialling(let continuation) = state.phase else { return nil }
      state.phase = .over
      return continuation
    }
    // Closing an encrypted connection takes its time, too.
    if let attempt = takeWaiting() { threads.submit { attempt.close() } }
    continuation?.resume(returning: outcome)
  }

  private var isOver: Bool { state.withLock { if case .over = $0.phase { true } else { false } } }

  // MARK: On a helper thread

  private func begin(_ parameters: PGConnectionParameters) {
    if isOver { return }
    state.withLock { $0.stage = .resolve }
    guard let attempt = Attempt(parameters, deadline: deadline) else {
      return finish(.failure(DBError(.resourceLimit, "out of memory for a connection", retry: .safe)))
    }
    proceed(attempt)
  }

  /// One step of libpq's, for which its socket is ready.
  private func poll(_ attempt: Attempt) {
    if isOver || deadline.hasPassed {
      attempt.close()
      return finish(.failure(timedOut))
    }
    attempt.poll()
    proceed(attempt)
  }

  /// Waits for the socket, or ends the dial.
  private func proceed(_ attempt: Attempt) {
    switch attempt.status {
    case .done(let handle): return finish(.success(handle))
    case .noDescriptor:
      return finish(
        .failure(DBError(.resourceLimit, "the process has no file descriptor to give", retry: .safe)))
    case .failed(let message):
      attempt.close()
      return finish(.failure(PGConnectFailure.error(message, state.withLock { $0.stage }, attempt.parameters)))
    case .waits(let readiness):
      if let stage = attempt.stage { state.withLock { $0.stage = stage } }
      attempt.share.note(attempt.host)
      wait(attempt, for: readiness)
    }
  }

  private func wait(_ attempt: Attempt, for readiness: Readiness) {
    guard attempt.descriptor >= 0 else { return threads.submit { self.poll(attempt) } }
    let loop = EventLoop.shared
    let token = loop.register(attempt.descriptor, self)
    // Once the attempt is given away a step on another thread may have it.
    let end = attempt.share.end
    let isWaiting = state.withLock { state in
      guard case .dialling = state.phase else { return false }
      state.waiting = (attempt, token)
      return true
    }
    guard isWaiting else {
      loop.unregister(token)
      return attempt.close()
    }
    loop.wake(token, at: end)
    loop.watch(token, for: readiness)
  }

  private func giveUpHost(_ attempt: Attempt) {
    guard attempt.hasNotAnswered else {
      // It has begun to answer: the time that is left is its own.
      attempt.share = HostShare(hosts: 1, deadline: deadline)
      return proceed(attempt)
    }
    // libpq leaves its asynchronous dial without a limit a host; go on with the others.
    let rest = attempt.parameters.without(host: attempt.host.name, port: attempt.host.port)
    attempt.close()
    begin(rest)
  }
}

/// One `PGconn` on its way. A step and the event loop have it in turn.
///
/// Sendable: libpq is thread-safe as long as no two threads touch the same `PGconn` at once (PostgreSQL documentation 34.20).
private final class Attempt: @unchecked Sendable {
  let parameters: PGConnectionParameters
  var share: HostShare
  private var connection: OpaquePointer?
  private var waitsFor = PGRES_POLLING_WRITING

  init?(_ parameters: PGConnectionParameters, deadline: Deadline) {
    guard let connection = parameters.withPointers({ PQconnectStartParams($0, $1, 0) }) else { return nil }
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    self.connection = connection
    self.parameters = parameters
    share = HostShare(hosts: parameters.hostCount, deadline: deadline)
  }

  deinit { close() }

  func close() {
    if let connection { PQfinish(connection) }
    connection = nil
  }

  func poll() { if let connection { waitsFor = PQconnectPoll(connection) } }

  enum Status {
    case waits(Readiness)
    case done(PGConnectionHandle)
    case noDescriptor
    case failed(String)
  }

  var status: Status {
    let message = connection.map { String(cString: PQerrorMessage($0)) } ?? ""
    guard let connection, PQstatus(connection) != CONNECTION_BAD, waitsFor != PGRES_POLLING_FAILED else {
      return .failed(message)
    }
    guard waitsFor == PGRES_POLLING_OK else { return .waits(waitsFor == PGRES_POLLING_READING ? .read : .write) }
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
    guard let handle = PGConnectionHandle(connection) else { return .noDescriptor }
    self.connection = nil
    return .done(handle)
  }

  var descriptor: Int32 { connection.map { PQsocket($0) } ?? -1 }

  /// Whether the socket is what the next step waits for.
  var isReady: Bool {
    let events = Int16(waitsFor == PGRES_POLLING_READING ? POLLIN : POLLOUT)
    var request = pollfd(fd: descriptor, events: events, revents: 0)
    return Glibc.poll(&request, 1, 0) > 0
  }

  /// As libpq names the host it is at.
  var host: (name: String, port: String) {
    guard let connection else { return ("", "") }
    return (String(cString: PQhost(connection)), String(cString: PQport(connection)))
  }

  /// How far the dial is before the next step, which may fail and leave no trace of it.
  var stage: ConnectStage? {
    guard let connection else { return nil }
    return switch PQstatus(connection) {
    case CONNECTION_NEEDED: .resolve
    case CONNECTION_STARTED: .dial
    case CONNECTION_MADE: PQsslInUse(connection) != 0 ? .authentication : .dial
    case CONNECTION_SSL_STARTUP, CONNECTION_GSS_STARTUP: .tls
    case CONNECTION_AWAITING_RESPONSE: .authentication
    case CONNECTION_AUTH_OK, CONNECTION_SETENV, CONNECTION_CHECK_WRITABLE, CONNECTION_CHECK_TARGET,
      CONNECTION_CHECK_STANDBY, CONNECTION_CONSUME:
      .startup
    default: nil
    }
  }

  /// Whether the server has said nothing yet of who asks: another host may be tried as well.
  var hasNotAnswered: Bool {
    guard let connection else { return false }
    switch PQstatus(connection) {
    case CONNECTION_STARTED, CONNECTION_MADE, CONNECTION_SSL_STARTUP, CONNECTION_GSS_STARTUP,
      CONNECTION_AWAITING_RESPONSE:
      return true
    default: return false
    }
  }
}

/// The share of the time that one of several hosts may take to answer the dial.
private struct HostShare {
  private let length: Duration?
  private var host = ""
  private(set) var end = Deadline.never

  init(hosts: Int, deadline: Deadline) {
    length = hosts > 1 ? deadline.remaining.map { $0 / hosts } : nil
  }

  /// The share begins anew with each host.
  mutating func note(_ current: (name: String, port: String)) {
    let current = current.name + ":" + current.port
    guard let length, host != current else { return }
    host = current
    end = Deadline(after: length)
  }

  var isUsedUp: Bool { end.hasPassed }
}
