internal import CLibPQ
internal import DBAdapterCore
internal import Glibc

/// Opens one connection on a helper thread, because libpq resolves names, and may do more, by blocking.
///
/// The caller does not wait for the thread: at the deadline, or when its task is cancelled, it goes on at once, and the thread throws
/// away what it gets.
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
  }

  private let parameters: PGConnectionParameters
  private let deadline: Deadline
  private let limit: Duration
  private let state = Locked(State())

  init(_ parameters: PGConnectionParameters, limit: Duration) {
    self.parameters = parameters
    self.limit = limit
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
        BlockingThreads.shared.submit { self.dial() }
      }
    } onCancel: {
      finish(.failure(cancelled))
    }
  }

  func handleReady(_ readiness: Readiness) {}

  func handleDeadline(now: Deadline) { if now >= deadline { finish(.failure(timedOut)) } }

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
    continuation?.resume(returning: outcome)
  }

  private var isOver: Bool { state.withLock { if case .over = $0.phase { true } else { false } } }

  // MARK: On the helper thread

  private func dial() {
    var remaining = parameters
    // Given up while it queued for a thread; otherwise a failed attempt ends the loop.
    while !isOver {
      switch attempt(remaining) {
      case .done(let outcome): return finish(outcome)
      case .hostTimedOut(let host, let port):
        // libpq leaves its asynchronous dial without a limit a host; go on with the others.
        remaining = remaining.without(host: host, port: port)
      }
    }
  }

  private enum Attempt {
    case done(Outcome)
    case hostTimedOut(String, port: String)
  }

  private func attempt(_ parameters: PGConnectionParameters) -> Attempt {
    state.withLock { $0.stage = .resolve }
    guard let connection = parameters.withPointers({ PQconnectStartParams($0, $1, 0) }) else {
      return .done(.failure(DBError(.resourceLimit, "out of memory for a connection", retry: .safe)))
    }
    var isHandedOver = false
    defer { if !isHandedOver { PQfinish(connection) } }
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    var waitsFor = PGRES_POLLING_WRITING
    var share = HostShare(hosts: parameters.hostCount, deadline: deadline)
    while PQstatus(connection) != CONNECTION_BAD {
      note(connection)
      let ready = wait(connection, for: waitsFor)
      if isOver || deadline.hasPassed { return .done(.failure(timedOut)) }
      if !ready {
        let (host, port) = (String(cString: PQhost(connection)), String(cString: PQport(connection)))
        if share.isUsedUp(by: host + ":" + port), hasNotAnswered(connection) {
          return .hostTimedOut(host, port: port)
        }
        continue
      }
      waitsFor = PQconnectPoll(connection)
      if waitsFor == PGRES_POLLING_OK {
        PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        guard let handle = PGConnectionHandle(connection) else {
          return .done(.failure(DBError(.resourceLimit, "the process has no file descriptor to give", retry: .safe)))
        }
        isHandedOver = true
        return .done(.success(handle))
      }
      if waitsFor == PGRES_POLLING_FAILED { break }
    }
    return .done(
      .failure(
        PGConnectFailure.error(String(cString: PQerrorMessage(connection)), state.withLock { $0.stage }, parameters)))
  }

  /// Notes how far the dial is before the next step, which may fail and leave no trace of it.
  private func note(_ connection: OpaquePointer) {
    let stage: ConnectStage? =
      switch PQstatus(connection) {
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
    if let stage { state.withLock { $0.stage = stage } }
  }

  /// Whether the server has said nothing yet of who asks: another host may be tried as well.
  private func hasNotAnswered(_ connection: OpaquePointer) -> Bool {
    switch PQstatus(connection) {
    case CONNECTION_STARTED, CONNECTION_MADE, CONNECTION_SSL_STARTUP, CONNECTION_GSS_STARTUP,
      CONNECTION_AWAITING_RESPONSE:
      true
    default: false
    }
  }

  /// Waits a short slice for the socket, so that an abandoned dial ends soon.
  private func wait(_ connection: OpaquePointer, for direction: PostgresPollingStatusType) -> Bool {
    let descriptor = PQsocket(connection)
    guard descriptor >= 0 else { return true }
    var request = pollfd(
      fd: descriptor, events: Int16(direction == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
    let left = deadline.remaining.map { $0.nanoseconds / 1_000_000 } ?? 25
    return poll(&request, 1, Int32(min(25, max(1, left)))) > 0
  }
}

/// The share of the time that one of several hosts may take to answer the dial.
private struct HostShare {
  private let length: Duration?
  private var host: String?
  private var end = Deadline.never

  init(hosts: Int, deadline: Deadline) {
    length = hosts > 1 ? deadline.remaining.map { $0 / hosts } : nil
  }

  mutating func isUsedUp(by current: String) -> Bool {
    guard let length else { return false }
    if host != current {
      host = current
      end = Deadline(after: length)
    }
    return end.hasPassed
  }
}
