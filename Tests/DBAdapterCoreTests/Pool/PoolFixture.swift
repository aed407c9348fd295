import DBAdapterCore
import DBAdapterTesting
import Logging
import Testing

/// A manager over an ``InMemoryServer``, with settings that a test changes.
struct PoolFixture {
  static let target = "memory:shop"

  let server: InMemoryServer
  let time = ManualTimeSource()
  let observer = RecordingObserver()
  var settings = PoolConfiguration()
  var configuration = ConnectionManagerConfiguration()

  init(
    _ mode: LeaseMode = .exclusive, answer: @escaping InMemoryServer.Answer = { _ in .empty() }
  ) {
    server = InMemoryServer(poolTraits: PoolTraits(leaseMode: mode), answer: answer)
  }

  /// With a clock that the test moves.
  func manager() throws(DBError) -> ConnectionManager { try manager(time) }

  func manager(_ time: any TimeSource) throws(DBError) -> ConnectionManager {
    var configuration = configuration
    configuration.pool = settings
    return ConnectionManager(
      registry: try server.registry, configuration: configuration, policy: .readWrite,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, observer: observer, time: time)
  }
}

final class RecordingObserver: PoolObserver {
  private let record = Locked<[PoolEvent]>([])

  var events: [PoolEvent] { record.withLock { $0 } }
  func pool(_ pool: PoolIdentity, _ event: PoolEvent) { record.withLock { $0.append(event) } }
  func count(_ isMeant: (PoolEvent) -> Bool) -> Int { events.count(where: isMeant) }
}

/// Waits for a fact; gives up only when it has been waiting for so long that it will not come.
func until(
  _ fact: String, sourceLocation: Testing.SourceLocation = #_sourceLocation, _ isTrue: () async throws -> Bool
) async rethrows {
  let deadline = Deadline(after: .seconds(60))
  while try await !isTrue() {
    if deadline.hasPassed {
      Issue.record("still not true: \(fact)", sourceLocation: sourceLocation)
      return
    }
    await Task.yield()
  }
}

/// Sessions that stay lent until the test gives them back.
final class Holder: Sendable {
  private let tasks = Locked<[Task<Void, any Error>]>([])
  private let open = Locked<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
  private let held = Locked(0)

  /// Borrows in the background; returns when the sessions are there.
  func borrow(_ count: Int = 1, _ manager: ConnectionManager, _ target: String = PoolFixture.target) async {
    let wanted = held.withLock { $0 } + count
    for _ in 0..<count {
      let task = Task {
        try await manager.withSession(target) { _ in
          held.withLock { $0 += 1 }
          await wait()
        }
      }
      tasks.withLock { $0.append(task) }
    }
    await until("\(wanted) sessions are lent") { held.withLock { $0 } >= wanted }
  }

  /// Gives all back, and returns when they are.
  func giveBack() async {
    let waiting = open.withLock { state in
      state.isOver = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
    for task in tasks.withLock({ $0 }) { _ = await task.result }
  }

  private func wait() async {
    await withCheckedContinuation { continuation in
      let isOver = open.withLock { state in
        if !state.isOver { state.waiting.append(continuation) }
        return state.isOver
      }
      if isOver { continuation.resume() }
    }
  }
}

/// The error of a call that must fail.
func failure(
  sourceLocation: Testing.SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> DBError? {
  await #expect(throws: DBError.self, sourceLocation: sourceLocation) { try await body() }
}
