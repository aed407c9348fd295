import DBAdapterCore
import DBAdapterTesting
import Testing

/// Waits for what has no event to wait for: another process's bookkeeping.
func eventually(
  _ what: String, _ sourceLocation: Testing.SourceLocation = #_sourceLocation, within limit: Duration = .seconds(5),
  _ condition: () async throws -> Bool
) async throws {
  let deadline = Deadline(after: limit)
  while try await !condition() {
    if deadline.hasPassed {
      Issue.record("\(what) after \(limit)", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// Runs a call that might never end; then that is the failure, and the call is left behind.
func mustEnd(
  _ what: String, within limit: Duration = .seconds(10),
  sourceLocation: Testing.SourceLocation = #_sourceLocation, _ body: @escaping @Sendable () async throws -> Void
) async throws {
  let result = Locked<Result<Void, any Error>?>(nil)
  let task = Task {
    do {
      try await body()
      result.withLock { $0 = .success(()) }
    } catch {
      result.withLock { $0 = .failure(error) }
    }
  }
  try await eventually("\(what) hangs", sourceLocation, within: limit) { result.withLock { $0 } != nil }
  task.cancel()
  try result.withLock { $0 }?.get()
}

/// A call's error, and how long it took.
func outcome(_ body: () async throws -> Void) async -> (error: (any Error)?, time: MeasuredTime) {
  let watch = Stopwatch()
  do {
    try await body()
    return (nil, watch.time)
  } catch {
    return (error, watch.time)
  }
}
