import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

@Suite(.serialized, .enabled(if: TestServers.canTest(.postgres), Comment(rawValue: TestServers.missing(.postgres))))
struct PostgresFaultTests {
  private func expectLost(
    _ thrown: (any Error)?, _ what: String, retry: Set<RetrySafety> = [.ifIdempotent], _ fixture: PostgresFaultFixture,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    guard let error = thrown as? DBError else {
      Issue.record("\(what): \(String(describing: thrown))", sourceLocation: sourceLocation)
      return
    }
    #expect(error.code == .connectionLost, "\(what): \(error)", sourceLocation: sourceLocation)
    #expect(retry.contains(error.retry), "\(what): \(error.debugDescription)", sourceLocation: sourceLocation)
    #expect(!error.debugDescription.contains(fixture.password), sourceLocation: sourceLocation)
  }

  @Test(
    arguments: [
      (FaultProxy.Fault.cut(.fromClient, after: 0, .close), "before sending"),
      (.cut(.fromClient, after: 0, .reset), "before sending"),
      (.cut(.fromClient, after: 12, .close), "while sending"), (.cut(.fromClient, after: 12, .reset), "while sending"),
      (.cut(.fromServer, after: 0, .close), "before the reply"),
      (.cut(.fromServer, after: 0, .reset), "before the reply"),
      (.cut(.fromServer, after: 7, .close), "in the reply"), (.cut(.fromServer, after: 7, .reset), "in the reply"),
      (.halfClose(.fromServer, after: 3), "half closed in the reply"),
    ] as [(FaultProxy.Fault, String)])
  func aStatementLosesItsConnection(_ fault: FaultProxy.Fault, _ stage: String) async throws {
    let fixture = try PostgresFaultFixture()
    try await fixture.withSession { session in
      // Prepared already, so that the fault meets the statement itself.
      _ = try await session.execute("SELECT 42")
      fixture.proxy.fault = fault
      let (thrown, time) = await outcome { _ = try await session.execute("SELECT 42") }
      expectLost(thrown, stage, fixture)
      #expect(time.own < .milliseconds(250), "\(stage) took \(time)")
      fixture.proxy.fault = .none
      let again = await outcome { _ = try await session.execute("SELECT 42") }
      expectLost(again.error, "the statement after it", retry: [.safe], fixture)
    }
    try await fixture.expectNothingLeft(stage)
  }

  @Test(.timeLimit(.minutes(1)), arguments: [FaultProxy.Ending.close, .reset])
  func aStreamLosesItsConnection(_ ending: FaultProxy.Ending) async throws {
    let fixture = try PostgresFaultFixture()
    try await mustEnd("a stream that was cut") {
      try await fixture.withSession { session in
        var rows = 0
        let (thrown, _) = await outcome {
          try await session.withRows("SELECT generate_series(1, 10000000) AS n, repeat('x', 100) AS t") { stream in
            for try await _ in stream {
              rows += 1
              if rows == 1 { fixture.proxy.fault = .cut(.fromServer, after: 300_000, ending) }
            }
          }
        }
        expectLost(thrown, "a stream", fixture)
        #expect(rows > 0 && rows < 10_000_000)
      }
    }
    try await fixture.expectNothingLeft("a stream that was cut")
  }

  @Test(.timeLimit(.minutes(1)), arguments: [FaultProxy.Ending.close, .reset])
  func anIdleSessionLosesItsConnection(_ ending: FaultProxy.Ending) async throws {
    let fixture = try PostgresFaultFixture()
    try await fixture.withSession { session in
      _ = try await session.execute("SELECT 1")
      fixture.proxy.cutAll(ending)
      try await eventually("the proxy still has connections") { fixture.proxy.openConnections == 0 }
      let (thrown, time) = await outcome { _ = try await session.execute("SELECT 1") }
      expectLost(thrown, "an idle session", retry: [.safe, .ifIdempotent], fixture)
      #expect(time.own < .milliseconds(250), "\(time)")
      let ping = await outcome { try await session.ping() }
      expectLost(ping.error, "a ping after it", retry: [.safe, .ifIdempotent], fixture)
    }
    try await fixture.expectNothingLeft("an idle session that was cut")
  }

  /// The network goes silent: the cancel request does not get through either.
  @Test(arguments: [FaultProxy.Fault.blackHole, .stall(.fromServer, after: 0)])
  func aStatementIntoSilenceEndsOnTime(_ fault: FaultProxy.Fault) async throws {
    let fixture = try PostgresFaultFixture()
    try await fixture.withSession { session in
      _ = try await session.execute("SELECT 1")
      fixture.proxy.fault = fault
      let limit = Duration.milliseconds(300)
      let (thrown, time) = await outcome { _ = try await session.execute(QueryRequest("SELECT 1").timeout(limit)) }
      let error = try #require(thrown as? DBError, "\(String(describing: thrown))")
      #expect(error.code == .timeout && error.retry == .ifIdempotent, "\(error.debugDescription)")
      #expect(time.own < limit + .milliseconds(250), "\(time)")
      let again = await outcome { _ = try await session.execute("SELECT 1") }
      expectLost(again.error, "the statement after it", retry: [.safe], fixture)
    }
    try await fixture.expectNothingLeft("silence")
  }

  @Test func cancellingIntoSilenceEndsOnTime() async throws {
    let fixture = try PostgresFaultFixture()
    let closing = try await fixture.withSession { session in
      _ = try await session.execute("SELECT 1")
      fixture.proxy.fault = .stall(.fromServer, after: 0)
      let task = Task { await outcome { _ = try await session.execute("SELECT 'unheard'") } }
      try await fixture.untilTheServerHas("SELECT 'unheard'")
      fixture.proxy.fault = .blackHole
      let watch = Stopwatch()
      task.cancel()
      let error = await task.value.error as? DBError
      #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
      #expect(error?.code == .cancelled && error?.retry == .ifIdempotent, "\(error.debugDescription)")
      return Stopwatch()
    }
    #expect(closing.time.own < .milliseconds(250), "closing took \(closing.time)")
    try await fixture.expectNothingLeft("a cancel into silence")
  }

  @Test func aStatementInSilenceIsEndedByTheServerItself() async throws {
    let fixture = try PostgresFaultFixture()
    try await fixture.withSession { session in
      _ = try await session.execute("SELECT 1")
      let task = Task {
        await outcome { _ = try await session.execute(QueryRequest("SELECT pg_sleep(60)").timeout(.seconds(1))) }
      }
      try await fixture.untilTheServerHas("SELECT pg_sleep(60)")
      fixture.proxy.fault = .blackHole
      #expect((await task.value.error as? DBError)?.code == .timeout)
    }
    // Nobody could tell the server; its own limit on the statement has to.
    try await fixture.expectNothingLeft("a statement that nobody could cancel")
  }

  @Test func aCommitThatIsCutIsUnknown() async throws {
    let fixture = try PostgresFaultFixture()
    try await fixture.withSession { session in
      let error = await #expect(throws: TransactionError.self) {
        try await session.withTransaction { inner in
          _ = try await inner.execute("SELECT 1")
          fixture.proxy.fault = .cut(.fromServer, after: 0, .reset)
        }
      }
      #expect(error?.outcome == .unknown && error?.commitError?.code == .connectionLost, "\(String(describing: error))")
    }
    try await fixture.expectNothingLeft("a commit that was cut")
  }

  /// Every acknowledged write is there exactly once, and every error says honestly whether its write may be.
  @Test func writesUnderFaultsAreHonest() async throws {
    let fixture = try PostgresFaultFixture()
    let table = TestServers.uniqueName()
    let direct = ConnectionManager(registry: try AdapterRegistry([.postgres]), policy: .readWrite)
    let target = try ConnectionString(TestServers.require(.postgres))
    try await direct.withSession(target) { _ = try await $0.execute("CREATE TABLE \(identifier: table) (n bigint)") }
    var generator = SystemRandomNumberGenerator()
    var acknowledged: Set<Int64> = []
    var impossible: Set<Int64> = []
    for number in 1...60 as ClosedRange<Int64> {
      let ending = Bool.random(using: &generator) ? FaultProxy.Ending.close : .reset
      let direction = Bool.random(using: &generator) ? FaultProxy.Direction.fromClient : .fromServer
      let after = Int.random(in: 0...120, using: &generator)
      fixture.proxy.fault = .none
      let (thrown, _) = await outcome {
        try await fixture.withSession { session in
          fixture.proxy.fault = .cut(direction, after: after, ending)
          _ = try await session.execute("INSERT INTO \(identifier: table) VALUES (\(number))")
        }
      }
      guard let thrown else {
        acknowledged.insert(number)
        continue
      }
      let error = try #require(thrown as? DBError)
      #expect(error.retry != .never, "\(error.debugDescription)")
      if error.retry == .safe { impossible.insert(number) }
    }
    let stored = try await direct.withSession(target) { session in
      let rows = try await session.execute("SELECT n FROM \(identifier: table)").rows
      _ = try await session.execute("DROP TABLE \(identifier: table)")
      return try rows.map { try $0.decode(Int64.self, at: 0) }
    }
    #expect(stored.count == Set(stored).count, "a write was stored twice")
    #expect(acknowledged.isSubset(of: stored), "acknowledged and lost: \(acknowledged.subtracting(stored))")
    #expect(impossible.isDisjoint(with: stored), "called impossible and stored: \(impossible.intersection(stored))")
    try await fixture.expectNothingLeft("writes under faults")
  }

  @Test func blockedSessionsDelayNobody() async throws {
    let manager = ConnectionManager(registry: try AdapterRegistry([.postgres]), policy: .readWrite)
    let target = try ConnectionString(TestServers.require(.postgres))
    try await manager.withSession(target) { session in
      _ = try await session.execute("SELECT 1")
      let started = AsyncStream<Void>.makeStream()
      let sleepers = (1...8).map { _ in
        Task {
          try await manager.withSession(target) { sleeper in
            started.continuation.yield()
            _ = try await sleeper.execute("SELECT pg_sleep(1.5)")
          }
        }
      }
      var waiting = started.stream.makeAsyncIterator()
      for _ in sleepers { await waiting.next() }
      for number in 1...100 {
        let (_, time) = try await Stopwatch.measure { try await session.ping() }
        #expect(time.own < .milliseconds(250), "ping \(number) took \(time)")
      }
      for sleeper in sleepers { try await sleeper.value }
    }
  }
}
