internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Ctrl-C and termination: the first signal cancels the running command, which stops its statement on the server; the second ends the
/// process at once.
struct Signals {
  private var awaited = sigset_t()

  private struct State {
    /// The signal that came first.
    var first: Int32?
    /// Whether the command waits in a call that cancelling does not end.
    var isBlocked = false
  }

  private static let state = Locked(State())

  /// Blocks the signals in this thread and in those it starts, so that only ``wait(cancelling:)`` sees them.
  init() {
    sigemptyset(&awaited)
    for signal in [SIGINT, SIGTERM] { sigaddset(&awaited, signal) }
    // nohup(1) asks for hang-ups to be ignored.
    var hangUp = sigaction()
    sigaction(SIGHUP, nil, &hangUp)
    if !Self.isIgnored(hangUp) { sigaddset(&awaited, SIGHUP) }
    var blocked = awaited
    // A closed pipe is an error of write(2), not a signal.
    sigaddset(&blocked, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &blocked, nil)
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
    unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
    #else
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    #endif
  }

  /// How a cancelled command ends, once a signal has come.
  static var status: ExitStatus? {
    state.withLock { $0.first }.map { $0 == SIGINT ? .interrupted : .terminated }
  }

  /// Runs a call that may wait for ever and that cancelling does not end, such as read(2): a signal meanwhile ends the process.
  /// - Throws: ``DBError/Code-swift.struct/cancelled`` when a signal has come already.
  static func whileBlocked<R>(_ body: () throws(DBError) -> R) throws(DBError) -> R {
    let hasCome = state.withLock { state in
      state.isBlocked = state.first == nil
      return state.first != nil
    }
    guard !hasCome else { throw DBError(.cancelled, Messages.interrupted) }
    defer { state.withLock { $0.isBlocked = false } }
    return try body()
  }

  /// Waits for signals; never returns.
  func wait(cancelling task: Task<Void, Never>) -> Never {
    var awaited = awaited
    while true {
      var signal: Int32 = 0
      guard sigwait(&awaited, &signal) == 0 else { continue }
      let canCancel = Signals.state.withLock { state in
        defer { state.first = state.first ?? signal }
        return state.first == nil && !state.isBlocked
      }
      guard canCancel else { _exit((Signals.status ?? .interrupted).rawValue) }
      task.cancel()
    }
  }
}
