/// Helper threads for C calls that can only block.
///
/// Threads are made when work waits and none is idle, up to a maximum; they stay for reuse. Work beyond the maximum queues. What can be stuck for
/// long has threads of its own, so that it keeps nothing else waiting.
package final class BlockingThreads: Sendable {
  /// For calls that end soon.
  package static let shared = BlockingThreads(maximum: 64)
  /// For what may resolve a host's name, which ends when the resolver says so.
  package static let resolving = BlockingThreads(maximum: 64)
  /// For the steps of a dial to an address: none of them waits for the network.
  package static let dialling = BlockingThreads(maximum: 16)
  /// For cancel requests, which wait for a server's answer.
  package static let cancelling = BlockingThreads(maximum: 64)

  private struct State {
    var work: [@Sendable () -> Void] = []
    var idle = 0
    var count = 0
  }

  private let maximum: Int
  private let state = Locked(State())
  private let workArrived = ConditionVariable()

  package init(maximum: Int) { self.maximum = maximum }

  /// Runs a call on a helper thread, later, without waiting for it.
  package func submit(_ call: @escaping @Sendable () -> Void) {
    let needsThread = state.withLock { state in
      state.work.append(call)
      guard state.idle < state.work.count, state.count < maximum else { return false }
      state.count += 1
      return true
    }
    workArrived.signal()
    guard needsThread, !NativeThread.start(named: "bosdb-blocking", { self.serve() }) else { return }
    // Without a thread the work stays queued for those there are; with none at all it has to run here.
    let stranded = state.withLock { state in
      state.count -= 1
      defer { if state.count == 0 { state.work = [] } }
      return state.count == 0 ? state.work : []
    }
    stranded.forEach { $0() }
  }

  /// Runs a blocking call on a helper thread and waits for its result. Not cancellable: `body` ends when it ends.
  package func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await withUnsafeContinuation { continuation in
      submit { continuation.resume(returning: body()) }
    }
  }

  private func serve() {
    while true {
      state.withLock { $0.idle += 1 }
      let call = state.withLock(waitingOn: workArrived) { state -> (@Sendable () -> Void)? in
        guard !state.work.isEmpty else { return nil }
        state.idle -= 1
        return state.work.removeFirst()
      }
      call()
    }
  }
}
