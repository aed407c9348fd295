internal import Synchronization

/// One thread with a queue, for a C library that must be driven from a single thread and can only block.
///
/// It is a `TaskExecutor` too: a task that prefers it runs on the thread itself, and its calls cross no thread at all.
package final class WorkerThread: TaskExecutor, Sendable {
  private enum Work {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
  }

  private struct State {
    var queue: [Work] = []
    var isStopping = false
    var hasEnded = false
    var isDraining = false
  }

  private let state = Locked(State())
  /// The thread while it serves. Only the thread itself finds its own number here, so that no order of memory matters.
  private let thread = Atomic<UInt>(0)
  private let workArrived = ConditionVariable()

  /// Starts the thread.
  /// - Throws: ``DBError/Code-swift.struct/resourceLimit`` when the system has no thread to give.
  package init(name: String) throws(DBError) {
    guard NativeThread.start(named: name, { [self] in serve() }) else {
      throw DBError(.resourceLimit, "the system has no thread to give")
    }
  }

  package var isCurrent: Bool { thread.load(ordering: .relaxed) == NativeThread.current }

  /// Runs a blocking call on the thread, inline when the caller is there already.
  package func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    if isCurrent { return body() }
    return await withUnsafeContinuation { continuation in
      submit(.call { continuation.resume(returning: body()) })
    }
  }

  /// Runs a blocking call on the thread, later.
  package func submit(_ body: @escaping @Sendable () -> Void) { submit(.call(body)) }

  package func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

  /// Ends the thread after the work that is queued. Jobs that arrive later still run, on the thread's last round.
  package func stop() {
    state.withLock { $0.isStopping = true }
    workArrived.signal()
  }

  private func submit(_ work: Work) {
    let mustDrain = state.withLock { state in
      state.queue.append(work)
      guard state.hasEnded, !state.isDraining else { return false }
      state.isDraining = true
      return true
    }
    if mustDrain {
      // The thread has gone; a late continuation must still resume, and late work still runs one after the other.
      BlockingThreads.shared.submit { self.drain() }
    } else {
      workArrived.signal()
    }
  }

  private func serve() {
    thread.store(NativeThread.current, ordering: .relaxed)
    while true {
      let batch = state.withLock(waitingOn: workArrived) { state -> [Work]? in
        guard !state.queue.isEmpty || state.isStopping else { return nil }
        defer { state.queue = [] }
        if state.queue.isEmpty {
          thread.store(0, ordering: .relaxed)
          state.hasEnded = true
        }
        return state.queue
      }
      if batch.isEmpty { return }
      perform(batch)
    }
  }

  private func drain() {
    while true {
      let batch = state.withLock { state in
        defer { state.queue = [] }
        if state.queue.isEmpty { state.isDraining = false }
        return state.queue
      }
      if batch.isEmpty { return }
      perform(batch)
    }
  }

  private func perform(_ batch: [Work]) {
    for work in batch {
      switch work {
      case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
      case .call(let call): call()
      }
    }
  }
}
