import DBAdapterCore
import DBAdapterTesting
import Testing

/// Which statements a manager runs again, and how often.
@Suite(.timeLimit(.minutes(2))) struct RetryTests {
  private static func error(_ retry: RetrySafety) -> DBError { DBError(.serverError, "not now", retry: retry) }

  private func attempts(
    _ request: QueryRequest, _ error: DBError, failing times: Int, policy: RetryPolicy = RetryPolicy()
  ) async throws -> (count: Int, error: DBError?) {
    var fixture = PoolFixture()
    fixture.configuration.retry = policy
    // The clock runs on however long a task takes.
    fixture.settings.leaseTimeout = .seconds(86_400)
    let server = fixture.server
    server.fail("execute", with: error, times: times)
    let manager = try fixture.manager()
    let target = try ConnectionString(PoolFixture.target)
    try await manager.withSession(target) { _ in }
    let time = fixture.time
    let call = Task<DBError?, Never> {
      do throws(DBError) {
        _ = try await manager.execute(request, on: target)
        return nil
      } catch {
        return error
      }
    }
    let isOver = Locked(false)
    let clock = Task {
      while !isOver.withLock({ $0 }) {
        time.advance(by: .milliseconds(50))
        await Task.yield()
      }
    }
    let failure = await call.value
    isOver.withLock { $0 = true }
    await clock.value
    await manager.shutdown(grace: .zero)
    return (server.calls.count { $0.hasPrefix("execute") }, failure)
  }

  @Test func whatCannotHaveActedIsRepeatedThreeTimes() async throws {
    let (count, error) = try await attempts("UPDATE", Self.error(.safe), failing: 3)
    #expect(count == 4 && error == nil)
    let (most, last) = try await attempts("UPDATE", Self.error(.safe), failing: .max)
    #expect(most == 4 && last?.message == "not now")
  }

  @Test func whatMayHaveActedIsRepeatedOnlyIfThatDoesNoHarm() async throws {
    let write = QueryRequest(.text("UPDATE"), intent: .write)
    #expect(try await attempts(write, Self.error(.ifIdempotent), failing: 1).count == 1)
    let read = QueryRequest(.text("SELECT"), intent: .read)
    let (count, error) = try await attempts(read, Self.error(.ifIdempotent), failing: 2)
    #expect(count == 3 && error == nil)
  }

  @Test func whatARetryCannotMendIsNotRepeated() async throws {
    #expect(try await attempts("SELECT", Self.error(.never), failing: 1).count == 1)
    let timeout = DBError(.timeout, "too slow", retry: .safe)
    #expect(try await attempts("SELECT", timeout, failing: 1).count == 1)
  }

  @Test func aPolicyOfNeverRunsEverythingOnce() async throws {
    #expect(try await attempts("SELECT", Self.error(.safe), failing: 1, policy: .never).count == 1)
  }

  @Test func theRequestsTimeLimitHoldsForAllAttempts() async throws {
    var request: QueryRequest = "SELECT"
    request.timeout = .milliseconds(120)
    let (count, error) = try await attempts(request, Self.error(.safe), failing: .max)
    #expect(count <= 2 && error?.message == "not now")
  }

  @Test func sessionsTransactionsAndStreamsAreNeverRepeated() async throws {
    let fixture = PoolFixture()
    let server = fixture.server
    let manager = try fixture.manager()
    for call in ["execute", "begin", "commit", "nextBatch"] {
      server.fail(call, with: Self.error(.safe), times: 1)
      let before = server.calls.count { $0.hasPrefix("execute") }
      await #expect(throws: (any Error).self) {
        try await manager.withSession(PoolFixture.target) { session in
          if call == "nextBatch" {
            try await session.withRows("SELECT") { rows in for try await _ in rows {} }
          } else {
            try await session.withTransaction { _ = try await $0.execute("UPDATE") }
          }
        }
      }
      #expect(server.calls.count { $0.hasPrefix("execute") } - before <= 1)
    }
    await manager.shutdown(grace: .zero)
  }

  @Test func waitingForASessionIsBoundedByThePoolThoughTheStatementMayTakeLonger() async throws {
    var fixture = PoolFixture()
    fixture.settings.maximumConnections = 1
    fixture.settings.leaseTimeout = .seconds(1)
    let manager = try fixture.manager()
    let holder = Holder()
    await holder.borrow(1, manager)
    var request: QueryRequest = "SELECT"
    request.timeout = .seconds(60)
    let patient = request
    let call = Task {
      await failure {
        _ = try await manager.execute(patient, on: try ConnectionString(PoolFixture.target), policy: .readWrite)
      }
    }
    await until("it waits") { manager.snapshot().first?.waiting == 1 }
    fixture.time.advance(by: .seconds(1))
    #expect(await call.value?.code == .leaseTimeout)
    await holder.giveBack()
    await manager.shutdown(grace: .zero)
  }
}
