import DBAdapterCore
import DBAdapterService
import DBAdapterTesting
import Logging
import ServiceLifecycle
import Testing

/// A service that holds a session from its start until after the group has begun to shut down.
private struct User: Service {
  let manager: ConnectionManager
  let holds: AsyncStream<Void>.Continuation
  /// Whether its session was still good at the end.
  let wasServed = Locked(false)

  func run() async throws {
    try await manager.withSession("memory:") { session in
      holds.yield()
      try await gracefulShutdown()
      _ = try await session.execute("SELECT 1")
      wasServed.withLock { $0 = true }
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct ConnectionManagerServiceTests {
  private let server = InMemoryServer()

  private func group(_ services: [any Service]) -> ServiceGroup {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return ServiceGroup(configuration: .init(services: services, logger: logger))
  }

  @Test func shutsDownGracefullyAfterItsUsers() async throws {
    let manager = ConnectionManager(registry: try server.registry)
    let (holds, continuation) = AsyncStream<Void>.makeStream()
    let user = User(manager: manager, holds: continuation)
    let group = group([ConnectionManagerService(manager), user])
    async let running: Void = group.run()
    for await _ in holds { break }
    await group.triggerGracefulShutdown()
    try await running
    #expect(user.wasServed.withLock { $0 })
    #expect(server.openAdapters == 0 && server.calls.suffix(2) == ["close", "shutdown"])
    let late = await #expect(throws: DBError.self) { try await manager.withSession("memory:") { _ in } }
    #expect(late?.code == .poolClosed)
  }

  @Test func givesNoGraceWhenCancelled() async throws {
    let manager = ConnectionManager(registry: try server.registry)
    let (holds, continuation) = AsyncStream<Void>.makeStream()
    let (never, end) = AsyncStream<Void>.makeStream()
    let holder = Task {
      try await manager.withSession("memory:") { _ in
        continuation.yield()
        for await _ in never {}
      }
    }
    for await _ in holds { break }
    let service = Task { await ConnectionManagerService(manager, grace: .seconds(3_600)).run() }
    service.cancel()
    await service.value
    #expect(server.openAdapters == 0, "the session is still lent, and its connection closed all the same")
    end.finish()
    try await holder.value
  }
}
