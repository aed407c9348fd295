import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import PostgresAdapter

/// Dials that hang must not keep others waiting.
@Suite(.requires(.postgres)) struct PostgresDialTests {
  private func connect(_ url: String, timeout: Duration = .seconds(10)) async throws -> Duration {
    let configuration = ConnectionConfiguration(try ConnectionString(url), connectTimeout: timeout)
    let adapter = try AdapterRegistration.postgres.connector(configuration).makeAdapter()
    let start = Deadline.now()
    do {
      try await adapter.connect()
    } catch {
      await adapter.close()
      throw error
    }
    let elapsed = start.elapsed()
    await adapter.close()
    return elapsed
  }

  @Test func hangingServersHoldNoThread() async throws {
    let url = try TestServers.require(.postgres)
    let hole = try FaultProxy(toPort: ConnectionString(url).endpoints[0].port ?? 0, fault: .blackHole)
    defer { hole.stop() }
    let dead = "postgres://u@127.0.0.1:\(hole.port)/d"
    let hanging = (0..<200).map { _ in Task { try await connect(dead) } }
    try await Task.sleep(for: .milliseconds(200))
    let elapsed = try await connect(url)
    #expect(elapsed < .seconds(2))
    let start = Deadline.now()
    for task in hanging { task.cancel() }
    for task in hanging {
      let error = await #expect(throws: DBError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
    #expect(start.elapsed() < .seconds(2))
  }

  @Test func stuckResolversDoNotStopADialToAnAddress() async throws {
    let isOver = Locked(false)
    let changed = ConditionVariable()
    for _ in 0..<200 {
      BlockingThreads.resolving.submit {
        isOver.withLock(waitingOn: changed) { $0 ? () : nil }
        changed.signal()
      }
    }
    defer {
      isOver.withLock { $0 = true }
      changed.signal()
    }
    let url = try TestServers.require(.postgres)
    #expect(try await connect(url) < .seconds(2))
    let socket = try TestServers.require(.postgresSocket)
    #expect(try await connect(socket) < .seconds(2))
    // A name needs the resolver, and ends at its own limit.
    let named = url.replacing("127.0.0.1", with: "localhost")
    let error = await #expect(throws: DBError.self) { try await connect(named, timeout: .milliseconds(200)) }
    #expect(error?.code == .timeout && error?.stage == .resolve)
  }

  @Test(arguments: [
    ("postgres://127.0.0.1/d", false), ("postgres://[::1]/d", false), ("postgres://%2Frun%2Fpg/d", false),
    ("postgres://h/d", true), ("postgres://127.0.0.1,h/d", true), ("postgres:///d", true),
    ("host=h hostaddr=1.2.3.4", false),
    ("postgres://h/d?hostaddr=1.2.3.4", false), ("postgres://?service=s", true),
  ])
  func onlyNamesNeedTheResolver(_ text: String, _ needsResolving: Bool) throws {
    let parameters = try PGConnectionParameters(ConnectionConfiguration(try ConnectionString(text)))
    #expect(parameters.needsResolving == needsResolving)
  }
}
