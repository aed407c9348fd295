internal import DBAdapterCore

/// A connection to one node.
protocol NodeConnection: RedisCommanding {
  /// Whether commands can still be sent.
  var isUsable: Bool { get }
  /// How many callers wait for replies.
  var pendingCount: Int { get }
  func close()
}

extension RedisConnection: NodeConnection {}

/// One node of a cluster: a connection that is opened when it is needed, once for all who need it, and opened again when it is lost.
final class ClusterNode: RedisCommanding {
  typealias Dialling = @Sendable (Endpoint) async throws(DBError) -> any NodeConnection

  private struct State {
    var connection: (any NodeConnection)?
    var dial: SharedOutcome<any NodeConnection>?
    /// Of no more use, but still answering.
    var retired: [any NodeConnection] = []
    var suspectUntil = Deadline(nanoseconds: 0)
    var isClosed = false
  }

  let endpoint: Endpoint
  private let dial: Dialling
  private let state = Locked(State())

  init(_ endpoint: Endpoint, _ dial: @escaping Dialling) {
    self.endpoint = endpoint
    self.dial = dial
  }

  deinit { close() }

  /// Whether it failed a moment ago, so that a read had better go elsewhere.
  var isSuspect: Bool { state.withLock { $0.suspectUntil } > .now() }

  func suspect(for time: Duration) { state.withLock { $0.suspectUntil = .now() + time } }

  /// Whether nobody waits for anything of it.
  var isIdle: Bool {
    state.withLock { state in
      state.dial == nil && state.connection?.pendingCount ?? 0 == 0 && state.retired.allSatisfy { $0.pendingCount == 0 }
    }
  }

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    try await send(commands, until: deadline, openUntil: deadline)
  }

  /// - Parameter opening: until when to wait for a connection.
  func send(
    _ commands: [RedisCommand], until deadline: Deadline, openUntil opening: Deadline
  ) async throws(DBError) -> [RedisReply] {
    let connection = try await connection(until: opening)
    do throws(DBError) {
      return try await connection.send(commands, until: deadline)
    } catch {
      throw error.completed(endpoint: endpoint.description)
    }
  }

  /// The connection, if there is one.
  var openConnection: (any NodeConnection)? {
    state.withLock { state in state.connection.flatMap { $0.isUsable ? $0 : nil } }
  }

  private enum Step {
    case use(any NodeConnection)
    case wait(SharedOutcome<any NodeConnection>)
    case open(SharedOutcome<any NodeConnection>)
    case refuse
  }

  /// The connection, opened if there is none.
  /// - Throws: what opening it failed with, or that it takes too long; nothing was sent.
  func connection(until deadline: Deadline) async throws(DBError) -> any NodeConnection {
    let step = state.withLock { state -> Step in
      if state.isClosed { return .refuse }
      if let connection = state.connection {
        if connection.isUsable { return .use(connection) }
        state.retired.append(connection)
        state.connection = nil
      }
      if let dial = state.dial { return .wait(dial) }
      let dial = SharedOutcome<any NodeConnection>()
      state.dial = dial
      return .open(dial)
    }
    closeRetired()
    switch step {
    case .use(let connection): return connection
    case .wait(let outcome): return try await opened(outcome, deadline)
    case .open(let outcome):
      // Whoever came first may go before it is open; the others still wait for it.
      Task.detached { await self.open(outcome) }
      return try await opened(outcome, deadline)
    case .refuse: throw RedisErrors.closed
    }
  }

  private func opened(
    _ outcome: SharedOutcome<any NodeConnection>, _ deadline: Deadline
  ) async throws(DBError) -> any NodeConnection {
    switch await outcome.wait(until: deadline) {
    case .finished(let result): return try result.get()
    case .deadline:
      throw DBError(
        .timeout, "\(endpoint) could not be connected to in time", retry: .safe, endpoint: endpoint.description,
        stage: .dial)
    case .cancelled: throw RedisConnection.cancelled(wasSent: false)
    }
  }

  private func open(_ outcome: SharedOutcome<any NodeConnection>) async {
    let result: Result<any NodeConnection, DBError>
    do throws(DBError) { result = .success(try await dial(endpoint)) } catch { result = .failure(error) }
    let isClosed = state.withLock { state in
      state.dial = nil
      if !state.isClosed { state.connection = try? result.get() }
      return state.isClosed
    }
    if isClosed { (try? result.get())?.close() }
    outcome.finish(isClosed ? .failure(RedisErrors.closed) : result)
  }

  /// Closes connections that are of no more use and have answered everybody.
  private func closeRetired() {
    let done = state.withLock { state in
      let done = state.retired.filter { $0.pendingCount == 0 }
      state.retired.removeAll { $0.pendingCount == 0 }
      return done
    }
    for connection in done { connection.close() }
  }

  func close() {
    let connections = state.withLock { state in
      state.isClosed = true
      defer {
        state.connection = nil
        state.retired = []
      }
      return state.retired + (state.connection.map { [$0] } ?? [])
    }
    for connection in connections { connection.close() }
  }
}
