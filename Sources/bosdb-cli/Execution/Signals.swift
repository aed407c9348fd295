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

  /// The signal that came first.
  private static let first = Locked<Int32?>(nil)

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
    first.withLock { $0 }.map { $0 == SIGINT ? .interrupted : .terminated }
  }

  /// Waits for signals; never returns.
  func wait(cancelling task: Task<Void, Never>) -> Never {
    var awaited = awaited
    while true {
      var signal: Int32 = 0
      guard sigwait(&awaited, &signal) == 0 else { continue }
      let isFirst = Signals.first.withLock { first in
        defer { first = first ?? signal }
        return first == nil
      }
      guard isFirst else { _exit((Signals.status ?? .interrupted).rawValue) }
      task.cancel()
    }
  }
}
