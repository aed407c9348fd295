import DBAdapterCore
import DBAdapterService
import DBAdapterTesting
import Logging
import ServiceLifecycle
import Testing

/// Stands for a manager, and writes down what is asked of it.
private final class RecordingManager: Sendable {
  private let recorded = Locked<[String]>([])
  let hasStarted: AsyncStream<Void>
  let started: AsyncStream<Void>.Continuation

  init() { (hasStarted, started) = AsyncStream.makeStream() }

  var lines: [String] { recorded.withLock { $0 } }
  func record(_ line: String) { recorded.withLock { $0.append(line) } }

  func service(grace: Duration) -> ConnectionManagerService {
    ConnectionManagerService(
      grace: grace,
      run: { [self] in
        record("runs")
        started.yield()
        let (never, continuation) = AsyncStream<Never>.makeStream()
        for await _ in never {}
        withExtendedLifetime(continuation) {}
        record("has run")
      },
      shutdown: { [self] grace in record("shut down with \(grace)") })
  }
}

/// A service that uses the manager, and ends at a graceful shutdown.
private struct User: Service {
  let manager: RecordingManager

  func run() async throws {
    manager.started.yield()
    try await gracefulShutdown()
    manager.record("user is done")
  }
}

@Suite struct ConnectionManagerServiceTests {
  private func group(_ services: [any Service]) -> ServiceGroup {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return ServiceGroup(configuration: .init(services: services, logger: logger))
  }

  @Test(.timeLimit(.minutes(1))) func shutsDownGracefullyAfterItsUsers() async throws {
    let manager = RecordingManager()
    let group = group([manager.service(grace: .seconds(7)), User(manager: manager)])
    async let running: Void = group.run()
    // Both have to run, or the group ends before it began.
    var starts = manager.hasStarted.makeAsyncIterator()
    await starts.next()
    await starts.next()
    await group.triggerGracefulShutdown()
    try await running
    #expect(manager.lines == ["runs", "user is done", "has run", "shut down with \(Duration.seconds(7))"])
  }

  @Test(.timeLimit(.minutes(1))) func givesNoGraceWhenCancelled() async {
    let manager = RecordingManager()
    let running = Task { await manager.service(grace: .seconds(7)).run() }
    for await _ in manager.hasStarted { break }
    running.cancel()
    await running.value
    #expect(manager.lines == ["runs", "has run", "shut down with \(Duration.zero)"])
  }

  @Test(.timeLimit(.minutes(1))) func runsARealManager() async throws {
    let users = RecordingManager()
    let manager = ConnectionManager(registry: try InMemoryServer().registry)
    let group = group([ConnectionManagerService(manager), User(manager: users)])
    async let running: Void = group.run()
    for await _ in users.hasStarted { break }
    await group.triggerGracefulShutdown()
    try await running
    #expect(users.lines == ["user is done"])
  }
}
