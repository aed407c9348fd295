internal import DBAdapterCore

/// Many tasks that lease a session, run a statement and give the session back, over and over.
struct PoolLoad: Sendable {
  let manager: ConnectionManager
  let target: ConnectionString
  let policy: AccessPolicy
  let request: QueryRequest
  private let recorder = LatencyRecorder()
  private let failed = Locked<[String: Int]>([:])

  init(manager: ConnectionManager, target: ConnectionString, policy: AccessPolicy, request: QueryRequest) {
    self.manager = manager
    self.target = target
    self.policy = policy
    self.request = request
  }

  var latency: LatencySummary { recorder.summary }
  var failures: [String: Int] { failed.withLock { $0 } }

  /// - Throws: `CancellationError` when the task is cancelled; what fails otherwise is counted.
  func run(tasks: Int, until end: Deadline) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<tasks {
        group.addTask { while !end.hasPassed { try await runOnce() } }
      }
      try await group.waitForAll()
    }
  }

  private func runOnce() async throws {
    let start = Deadline.now()
    do {
      try await manager.withSession(target, policy: policy) { session in
        _ = try await session.execute(request)
      }
      recorder.record(start.elapsed())
    } catch let error as DBError where error.code != .cancelled {
      failed.withLock { $0[error.code.rawValue, default: 0] += 1 }
      // Refused at once, a task would do nothing but ask again.
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
