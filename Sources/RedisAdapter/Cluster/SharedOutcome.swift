internal import DBAdapterCore

/// One outcome that several tasks wait for, each until its own deadline.
final class SharedOutcome<Value: Sendable>: Sendable {
  private struct State {
    var outcome: Result<Value, DBError>?
    var waiting: [ObjectIdentifier: Race<Result<Value, DBError>>] = [:]
  }

  private let state = Locked(State())

  func finish(_ outcome: Result<Value, DBError>) {
    let waiting = state.withLock { state in
      state.outcome = state.outcome ?? outcome
      defer { state.waiting = [:] }
      return state.waiting
    }
    for race in waiting.values { race.finish(outcome) }
  }

  /// Waits for the outcome. A caller that goes leaves the others waiting.
  func wait(until deadline: Deadline) async -> Race<Result<Value, DBError>>.End {
    let race = Race<Result<Value, DBError>>()
    defer { state.withLock { _ = $0.waiting.removeValue(forKey: ObjectIdentifier(race)) } }
    return await race.run(until: deadline) {
      let known = state.withLock { state in
        if state.outcome == nil { state.waiting[ObjectIdentifier(race)] = race }
        return state.outcome
      }
      if let known { race.finish(known) }
    }
  }
}
