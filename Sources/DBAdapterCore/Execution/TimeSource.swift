/// The only clock of pools: the present moment, and alarms. Tests own one that they advance themselves.
package protocol TimeSource: Sendable {
  func now() -> Deadline
  /// An alarm that is not set yet.
  /// - Parameter ring: called at or after a moment it was set to, on a thread of the time source. It must not block.
  func alarm(_ ring: @escaping @Sendable () -> Void) -> any Alarm
}

extension TimeSource {
  /// Returns at a moment, or as soon as the task is cancelled.
  package func sleep(until moment: Deadline) async {
    let sleeper = Sleeper()
    let alarm = alarm { sleeper.wake() }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        sleeper.start(continuation)
        alarm.set(moment)
      }
    } onCancel: {
      sleeper.wake()
    }
    alarm.cancel()
  }
}

/// One sleep: woken by whoever comes first.
private final class Sleeper: Sendable {
  private enum State: Sendable {
    case awake
    case asleep(UnsafeContinuation<Void, Never>)
    case woken
  }

  private let state = Locked(State.awake)

  func start(_ continuation: UnsafeContinuation<Void, Never>) {
    let isWoken = state.withLock { state in
      if case .woken = state { return true }
      state = .asleep(continuation)
      return false
    }
    if isWoken { continuation.resume() }
  }

  func wake() {
    let sleeping = state.withLock { state -> UnsafeContinuation<Void, Never>? in
      defer { state = .woken }
      return if case .asleep(let continuation) = state { continuation } else { nil }
    }
    sleeping?.resume()
  }
}

package protocol Alarm: Sendable {
  /// Rings at a moment, or earlier if it was set to an earlier one since it last rang.
  func set(_ moment: Deadline)
  func cancel()
}

/// The system's monotonic clock; alarms ring on the event loop's thread.
package struct SystemTimeSource: TimeSource {
  package init() {}

  package func now() -> Deadline { .now() }
  package func alarm(_ ring: @escaping @Sendable () -> Void) -> any Alarm { LoopAlarm(ring) }
}

private final class LoopAlarm: Alarm {
  private let bell: Bell
  private let token: EventLoop.Token

  init(_ ring: @escaping @Sendable () -> Void) {
    bell = Bell(ring)
    token = EventLoop.shared.register(-1, bell)
  }

  deinit { cancel() }

  func set(_ moment: Deadline) { EventLoop.shared.wake(token, at: moment) }
  func cancel() { EventLoop.shared.unregister(token) }
}

private final class Bell: EventHandler {
  private let ring: @Sendable () -> Void

  init(_ ring: @escaping @Sendable () -> Void) { self.ring = ring }

  func handleReady(_ readiness: Readiness) {}
  func handleDeadline(now: Deadline) { ring() }
}
