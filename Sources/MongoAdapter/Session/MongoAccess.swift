internal import DBAdapterCore

/// The way to the session's thread: one user at a time, and every call stoppable.
final class MongoAccess: Sendable {
  let worker: WorkerThread
  private let stopper: MongoStopper
  private let session: WorkerConfined<MongoSession>
  private let standing = Locked(Standing())

  private struct Standing {
    var isOpen = false
    var isClosed = false
    /// A call has it, or a stream.
    var isBusy = false
    /// A call did not come back, or the connection broke.
    var isDamaged = false
    var needsReset = false
  }

  init(_ options: MongoOptions, _ pool: MongoClientPool) throws(DBError) {
    worker = try WorkerThread(name: "bosdb-mongo")
    stopper = MongoStopper(pool)
    session = WorkerConfined(MongoSession(options, pool, stopper))
  }

  var isReusable: Bool { standing.withLock { $0.isOpen && !$0.isClosed && !$0.isBusy && !$0.isDamaged } }

  var needsReset: Bool { standing.withLock { $0.needsReset || $0.isBusy } }

  // MARK: Calls

  /// Runs a call on the session's thread.
  /// - Parameters:
  ///   - isExclusive: whether the session has to be free.
  ///   - isStoppable: `false` for what has to happen even though the task is cancelled: a roll-back.
  func perform<R: Sendable>(
    timeout: Duration? = nil, isStoppable: Bool = true, isConnecting: Bool = false,
    _ body: @escaping @Sendable (MongoSession, MongoOperation) throws(DBError) -> R
  ) async throws(DBError) -> R {
    let operation = MongoOperation(timeout: timeout, isConnecting: isConnecting)
    try enter()
    defer { leave() }
    return try await run(operation, isStoppable: isStoppable, body).get()
  }

  /// Runs a part of a call that holds the session already: a batch of a cursor.
  func run<R: Sendable>(
    _ operation: MongoOperation, isStoppable: Bool = true,
    _ body: @escaping @Sendable (MongoSession, MongoOperation) throws(DBError) -> R
  ) async -> Result<R, DBError> {
    if worker.isCurrent {
      guard isStoppable else { return call(operation, abandon: {}, body) }
      return await withTaskCancellationHandler {
        call(operation, abandon: {}, body)
      } onCancel: {
        stop(operation)
      }
    }
    // The worker may be faster than the handler of a task that was cancelled before.
    if isStoppable, Task.isCancelled { stop(operation) }
    let answer = start(operation, body)
    return isStoppable ? await result(of: answer, operation) : await answer.value
  }

  /// Begins a part of a call, whose answer is waited for later.
  func start<R: Sendable>(
    _ operation: MongoOperation, _ body: @escaping @Sendable (MongoSession, MongoOperation) throws(DBError) -> R
  ) -> MongoAnswer<R> {
    let answer = MongoAnswer<R>()
    worker.submit { [self] in
      answer.resolve(
        call(
          operation,
          abandon: { [self] in
            // Damaged first: whoever is freed may ask.
            standing.withLock { $0.isDamaged = true }
            answer.resolve(.failure(MongoErrors.abandoned(operation)))
          }, body))
    }
    return answer
  }

  /// Waits for the answer; when the task is cancelled the call is stopped.
  func result<R: Sendable>(of answer: MongoAnswer<R>, _ operation: MongoOperation) async -> Result<R, DBError> {
    await withTaskCancellationHandler {
      await answer.value
    } onCancel: {
      stop(operation)
    }
  }

  /// Marks a call as cancelled, and stops it where it is running.
  func stop(_ operation: MongoOperation) { stopper.stop(operation, .cancelled) }

  /// Ends a stream and frees the session. A server that is silent is not waited for longer than two seconds, and no longer at all where
  /// a call was left alone before.
  /// - Parameter body: on the worker, and at worst twice, lets go of what the stream has on the server.
  func finish(_ body: @escaping @Sendable () -> Void) async {
    if standing.withLock({ $0.isDamaged }) {
      worker.submit(body)
    } else if case .failure = await run(
      MongoOperation(timeout: .seconds(2)), isStoppable: false, { _, _ throws(DBError) in body() })
    {
      worker.submit(body)
    }
    leave()
  }

  /// On the worker.
  private func call<R>(
    _ operation: MongoOperation, abandon: @escaping @Sendable () -> Void,
    _ body: (MongoSession, MongoOperation) throws(DBError) -> R
  ) -> Result<R, DBError> {
    let session = session.onWorker
    guard !operation.mustStop else { return .failure(MongoErrors.stopped(operation)) }
    guard !standing.withLock({ $0.isClosed }) else { return .failure(Self.closed) }
    stopper.begin(operation, abandon: abandon)
    // Whoever closes meanwhile stops what runs: this call may have begun just after that.
    if standing.withLock({ $0.isClosed }) { stopper.stopRunning() }
    let result: Result<R, DBError>
    do throws(DBError) {
      result = .success(try body(session, operation))
    } catch {
      result = .failure(error)
    }
    let isClean = stopper.end()
    standing.withLock { standing in
      standing.needsReset = session.needsReset
      if !isClean || session.isDamaged { standing.isDamaged = true }
    }
    return result
  }

  func connect(timeout: Duration) async throws(DBError) {
    let isClosed = standing.withLock { standing in
      standing.isOpen = !standing.isClosed
      return standing.isClosed
    }
    if isClosed { throw Self.closed }
    do throws(DBError) {
      try await perform(timeout: timeout, isConnecting: true) { session, operation throws(DBError) in
        try session.connect(operation)
      }
    } catch {
      if error.code != .connectionBusy { standing.withLock { $0.isOpen = false } }
      throw error
    }
  }

  /// Takes the session for one user.
  func enter() throws(DBError) {
    try standing.withLock { standing throws(DBError) in
      guard standing.isOpen, !standing.isClosed else { throw Self.closed }
      guard !standing.isBusy else { throw Self.busy }
      guard !standing.isDamaged else { throw Self.broken }
      standing.isBusy = true
    }
  }

  func leave() { standing.withLock { $0.isBusy = false } }

  static var closed: DBError { DBError(.connectionLost, "the session is not open", retry: .safe, adapter: .mongodb) }

  private static var broken: DBError {
    DBError(
      .connectionLost, "the session is lost: an earlier call was stopped and the server never answered it",
      retry: .safe,
      adapter: .mongodb)
  }

  static var busy: DBError {
    DBError(
      .connectionBusy, "the session is running another command, or a row stream of it is still open", adapter: .mongodb)
  }

  // MARK: The end

  /// Stops what is running, gives the client back and ends the thread. A thread that waits for a silent server is not waited for longer than
  /// two seconds; it ends when the network does.
  func close() async {
    let wasClosed = standing.withLock { standing in
      defer { standing.isClosed = true }
      return standing.isClosed
    }
    if wasClosed { return }
    stopper.stopRunning()
    let answer = MongoAnswer<Void>()
    let isStuck = standing.withLock { $0.isDamaged }
    worker.submit { [self] in
      end()
      answer.resolve(.success(()))
    }
    worker.stop()
    if isStuck { return }
    let alarm = SystemTimeSource().alarm { answer.resolve(.success(())) }
    alarm.set(Deadline(after: .seconds(2)))
    _ = await answer.value
    alarm.cancel()
  }

  /// For a session that nobody closed.
  func abandon() {
    let wasClosed = standing.withLock { standing in
      defer { standing.isClosed = true }
      return standing.isClosed
    }
    if wasClosed { return }
    worker.submit { [self] in end() }
    worker.stop()
  }

  /// On the worker. libmongoc lends the logical session's number again, so it is kept until nobody is told any more to end what it does.
  private func end() {
    stopper.drain()
    session.onWorker.close()
    stopper.retire()
  }
}
