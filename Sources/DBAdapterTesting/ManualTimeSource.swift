package import DBAdapterCore

/// A clock that stands still until a test moves it.
///
/// Time passes in ``advance(by:)`` and ``advance(to:)`` only. They ring the alarms that are due on the caller's thread,
/// the earliest first and of equals the one set first; while one rings, ``now()`` is the moment it was set to. An alarm
/// that is set for the past rings with the next advance, even one of no time. Any thread may set alarms and look at the
/// clock; one at a time should advance it.
package final class ManualTimeSource: TimeSource {
  private struct Setting {
    let moment: Deadline
    /// Rises with every setting, so that equals keep their order.
    let order: UInt64
    let ring: @Sendable () -> Void
  }

  private struct State {
    var now: Deadline
    var settings: [UInt64: Setting] = [:]
    var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var lastNumber: UInt64 = 0

    var earliest: (number: UInt64, setting: Setting)? {
      settings.min { ($0.value.moment, $0.value.order) < ($1.value.moment, $1.value.order) }.map { ($0.key, $0.value) }
    }

    mutating func nextNumber() -> UInt64 {
      lastNumber += 1
      return lastNumber
    }
  }

  private let state: Locked<State>

  /// - Parameter start: the first moment. Default: one hour after the clock's zero, so that a test can look back.
  package init(startingAt start: Deadline = Deadline(nanoseconds: 3_600_000_000_000)) {
    state = Locked(State(now: start))
  }

  package func now() -> Deadline { state.withLock { $0.now } }

  /// The earliest moment an alarm is set to, `nil` when none is set.
  package var nextAlarm: Deadline? { state.withLock { $0.earliest?.setting.moment } }

  /// How many alarms are set.
  package var alarmCount: Int { state.withLock { $0.settings.count } }

  package func alarm(_ ring: @escaping @Sendable () -> Void) -> any Alarm {
    ManualAlarm(self, state.withLock { $0.nextNumber() }, ring)
  }

  /// Lets time pass, and rings what becomes due.
  package func advance(by duration: Duration) { advance(to: now() + duration) }

  /// Lets time pass up to a moment, and rings what becomes due. Time never goes back: a moment in the past is the
  /// present one.
  package func advance(to moment: Deadline) {
    while let ring = nextDue(by: moment) { ring() }
  }

  /// Lets time pass up to the earliest alarm and rings it, and what is set to the same moment.
  /// - Returns: `false` when none is set.
  @discardableResult
  package func advanceToNextAlarm() -> Bool {
    guard let moment = nextAlarm else { return false }
    advance(to: moment)
    return true
  }

  /// Waits until an alarm is set to a moment or an earlier one; returns at once when one is, and when the task is
  /// cancelled.
  package func waitForAlarm(by moment: Deadline = .never) async {
    let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      let number = state.nextNumber()
      state.listeners[number] = continuation
      return number
    }
    defer { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
    if let next = nextAlarm, next <= moment { return }
    for await _ in changes {
      if let next = nextAlarm, next <= moment { return }
    }
  }

  /// Takes the next alarm that is due and moves the clock to it, or to `moment` when none is left.
  private func nextDue(by moment: Deadline) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard let (number, setting) = state.earliest, setting.moment <= max(moment, state.now) else {
        state.now = max(state.now, moment)
        return nil
      }
      state.settings[number] = nil
      state.now = max(state.now, setting.moment)
      return setting.ring
    }
  }

  fileprivate func set(_ number: UInt64, _ moment: Deadline, _ ring: @escaping @Sendable () -> Void) {
    let listeners = state.withLock { state -> [AsyncStream<Void>.Continuation] in
      if let known = state.settings[number], known.moment <= moment { return [] }
      state.settings[number] = Setting(moment: moment, order: state.nextNumber(), ring: ring)
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.yield() }
  }

  fileprivate func remove(_ number: UInt64) { state.withLock { _ = $0.settings.removeValue(forKey: number) } }
}

private final class ManualAlarm: Alarm {
  private let source: ManualTimeSource
  private let number: UInt64
  private let ring: @Sendable () -> Void
  private let isCancelled = Locked(false)

  init(_ source: ManualTimeSource, _ number: UInt64, _ ring: @escaping @Sendable () -> Void) {
    self.source = source
    self.number = number
    self.ring = ring
  }

  deinit { cancel() }

  func set(_ moment: Deadline) {
    // As the system's: an alarm that was cancelled stays silent, and never is no moment.
    isCancelled.withLock { isCancelled in
      if !isCancelled, !moment.isNever { source.set(number, moment, ring) }
    }
  }

  func cancel() {
    isCancelled.withLock { isCancelled in
      isCancelled = true
      source.remove(number)
    }
  }
}
