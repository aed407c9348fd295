#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What a file descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let read = Readiness(rawValue: 1)
  package static let write = Readiness(rawValue: 2)
}

/// What a registration is told, on the loop's thread. Neither call may block.
package protocol EventHandler: AnyObject, Sendable {
  func handleReady(_ readiness: Readiness)
  /// At or after a moment asked for with ``EventLoop/wake(_:at:)``; it may come early, so look at the clock.
  func handleDeadline(now: Deadline)
  /// The system does not watch the descriptor as asked: no more of them, or no memory (epoll_ctl(2)). Nothing else will be told of it.
  func handleRefusal()
}

extension EventHandler {
  package func handleRefusal() {}
}

/// One thread that waits for sockets and moments, and a `TaskExecutor`.
///
/// Sockets are registered once and watched level-triggered: a C library may leave bytes in the socket after reading once, and
/// an edge would be lost. A task that prefers the loop as executor crosses no thread between sending and receiving.
package final class EventLoop: TaskExecutor, Sendable {
  /// The process's loop. One is enough: handlers only move bytes, results are decoded by whoever asked for them.
  package static let shared = EventLoop()

  /// Names a registration; never reused.
  package struct Token: Hashable, Sendable { fileprivate let number: UInt64 }

  fileprivate struct Registration {
    let handler: any EventHandler
    let descriptor: Int32
    var watched: Readiness = []
    var wakeAt = Deadline.never
  }

  fileprivate struct State {
    var registrations: [UInt64: Registration] = [:]
    var nextNumber: UInt64 = 1
    var jobs: [UnownedJob] = []
    /// What the system would not watch, for the thread to report.
    var refused: [UInt64] = []
    var timers = DeadlineQueue()
    /// When the thread, if it waits, means to wake; `nil` while it runs.
    var waitsUntil: Deadline?
    var thread: UInt = 0
  }

  private let state = Locked(State())
  private let poller = ReadinessPoller()

  private init() {
    let started = NativeThread.start(named: "bosdb-loop") { [self] in run() }
    precondition(started, "the system has no thread for the event loop")
  }

  // MARK: Registrations

  /// Watches a descriptor, at first for nothing.
  package func register(_ descriptor: Int32, _ handler: any EventHandler) -> Token {
    let number = state.withLock { state in
      defer { state.nextNumber += 1 }
      state.registrations[state.nextNumber] = Registration(handler: handler, descriptor: descriptor)
      return state.nextNumber
    }
    return Token(number: number)
  }

  /// Changes what a descriptor is watched for. From any thread. Watched for nothing it is left alone altogether, hang-ups
  /// included: epoll would report those for ever.
  package func watch(_ token: Token, for readiness: Readiness) {
    let isRefused = state.withLock { state in
      guard let known = state.registrations[token.number], known.watched != readiness else { return false }
      if poller.change(known.descriptor, tag: token.number, from: known.watched, to: readiness) {
        state.registrations[token.number]?.watched = readiness
        return false
      }
      // What is not watched any more needs nobody to be told.
      if readiness.isEmpty {
        state.registrations[token.number]?.watched = []
        return false
      }
      state.refused.append(token.number)
      defer { state.waitsUntil = nil }
      return state.waitsUntil != nil
    }
    if isRefused { poller.interrupt() }
  }

  /// Forgets a registration; call it before the descriptor is closed. An event on its way may still be delivered.
  package func unregister(_ token: Token) {
    state.withLock { state in
      guard let removed = state.registrations.removeValue(forKey: token.number) else { return }
      _ = poller.change(removed.descriptor, tag: token.number, from: removed.watched, to: [])
    }
  }

  /// Calls the handler at a moment. A registration has one such moment: the earliest asked for since the last call.
  package func wake(_ token: Token, at deadline: Deadline) {
    let mustInterrupt = state.withLock { state in
      guard let known = state.registrations[token.number]?.wakeAt, deadline < known else { return false }
      state.registrations[token.number]?.wakeAt = deadline
      state.timers.insert(deadline, token.number)
      guard let until = state.waitsUntil, deadline < until else { return false }
      state.waitsUntil = nil
      return true
    }
    if mustInterrupt { poller.interrupt() }
  }

  // MARK: Executor

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustInterrupt = state.withLock { state in
      state.jobs.append(job)
      defer { state.waitsUntil = nil }
      return state.waitsUntil != nil
    }
    if mustInterrupt { poller.interrupt() }
  }

  // MARK: The thread

  private func run() {
    var events = ReadinessPoller.Events()
    var jobs: [UnownedJob] = []
    while true {
      swapJobs(&jobs)
      let until = state.withLock { state -> Deadline? in
        guard state.jobs.isEmpty, state.refused.isEmpty else { return nil }
        state.waitsUntil = state.timers.earliest ?? .never
        return state.waitsUntil
      }
      poller.wait(until: until, &events)
      state.withLock { $0.waitsUntil = nil }
      events.forEach { number, readiness in
        state.withLock { $0.registrations[number]?.handler }?.handleReady(readiness)
      }
      reportRefusals()
      fireTimers()
    }
  }

  private func reportRefusals() {
    let handlers = state.withLock { state in
      defer { state.refused = [] }
      return state.refused.isEmpty ? [] : state.refused.compactMap { state.registrations[$0]?.handler }
    }
    for handler in handlers { handler.handleRefusal() }
  }

  private func swapJobs(_ jobs: inout [UnownedJob]) {
    state.withLock { swap(&$0.jobs, &jobs) }
    for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    jobs.removeAll(keepingCapacity: true)
  }

  private func fireTimers() {
    guard state.withLock({ $0.timers.earliest }) != nil else { return }
    let now = Deadline.now()
    // All that is due is taken first: a handler that asks for a moment already past is called in the next round.
    var due: [any EventHandler] = []
    state.withLock { state in
      while let handler = state.takeDue(now) { due.append(handler) }
    }
    for handler in due { handler.handleDeadline(now: now) }
  }
}

extension EventLoop.State {
  fileprivate mutating func takeDue(_ now: Deadline) -> (any EventHandler)? {
    while let (deadline, number) = timers.popDue(now) {
      // An entry that a later call replaced by an earlier moment is stale.
      guard registrations[number]?.wakeAt == deadline else { continue }
      registrations[number]?.wakeAt = .never
      return registrations[number]?.handler
    }
    return nil
  }
}
