import DBAdapterCore
import DBAdapterTesting
import Glibc
import Testing

/// Servers that do not answer, and servers that say no.
extension PoolingTests {
  /// 50 callers wait for each of two hosts that never answer; nobody else notices.
  @Test(.timeLimit(.minutes(1))) func aSilentHostDelaysNobodyElse() async throws {
    let healthy = try ConnectionString(TestServers.require(.postgres))
    let hole = try FaultProxy(toPort: healthy.endpoints[0].port ?? 5_432, fault: .blackHole)
    defer { hole.stop() }
    let full = try FullBacklog()
    let fixture = try PoolFixture()
    func lookUps(_ count: Int) async throws -> [Duration] {
      var times: [Duration] = []
      for number in 0..<count {
        let start = Deadline.now()
        let result = try await fixture.manager.execute("SELECT \(number)::int", on: fixture.target)
        times.append(start.elapsed())
        #expect(result.rows[0][0] == .int(Int64(number)))
        try await Task.sleep(for: .milliseconds(2))
      }
      return times
    }
    _ = try await lookUps(50)
    let before = try await lookUps(300)

    let limit = Duration.milliseconds(1_500)
    let ports = [hole.port, full.port]
    let waiting = Task {
      await allOutcomes(100) { number in
        let target = try ConnectionString(healthy.text(port: ports[number % 2]))
        if number < 80 { return try await fixture.manager.withSession(target, timeout: limit) { _ in } }
        let task = Task { try await fixture.manager.withSession(target, timeout: limit) { _ in } }
        try await Task.sleep(for: .milliseconds(300))
        let watch = Stopwatch()
        task.cancel()
        let error = await #expect(throws: DBError.self) { try await task.value }
        #expect(error?.code == .cancelled && error?.retry == .safe, "\(error.debugDescription)")
        #expect(watch.time.own < PoolFixture.slack, "cancelling took \(watch.time)")
      }
    }
    try await eventually("nobody waits for the silent hosts") {
      fixture.manager.snapshot().filter { $0.waiting > 0 }.count == 2
    }
    let during = try await lookUps(300)
    let outcomes = await waiting.value
    #expect(
      during.percentile(0.99) < before.percentile(0.99) * 3 + .milliseconds(30),
      "p99 \(before.percentile(0.99)) before, \(during.percentile(0.99)) with the silent hosts")
    print(
      "silent hosts: p50 \(before.percentile(0.5)) and p99 \(before.percentile(0.99)) before,",
      "p50 \(during.percentile(0.5)) and p99 \(during.percentile(0.99)) with them")
    let errors = outcomes.filter { $0.error != nil }
    #expect(errors.count == 80)
    for (error, time) in errors {
      let error = try #require(error as? DBError)
      #expect(error.code == .leaseTimeout && error.retry == .safe, "\(error.debugDescription)")
      #expect(error.message.contains("being opened (for 1.") && error.pool?.dialling == 2, "\(error.message)")
      #expect(time.total >= limit && time.own < limit + PoolFixture.slack, "\(time) instead of \(limit)")
    }
    for pool in fixture.manager.snapshot() { #expect(pool.waiting == 0, "\(pool)") }

    // Dials in progress hold nothing up either.
    let (_, time) = await Stopwatch.measure { await fixture.manager.shutdown(grace: .seconds(5)) }
    #expect(time.own < PoolFixture.slack, "shutting down took \(time)")
    try await fixture.untilBackends(0)
  }

  /// When the dial gives up before the callers do, all of them hear how far it came.
  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func aDialThatTimesOutSaysHowFarItCame(isAccepted: Bool) async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let hole = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432, fault: .blackHole)
    let full = try FullBacklog()
    defer { hole.stop() }
    let fixture = try PoolFixture { configuration, _ in configuration.connectTimeout = .milliseconds(400) }
    let target = try ConnectionString(server.text(port: isAccepted ? hole.port : full.port))
    let outcomes = await allOutcomes(50) { _ in try await fixture.manager.withSession(target) { _ in } }
    for (error, time) in outcomes {
      let error = try #require(error as? DBError)
      #expect(error.code == .timeout && error.retry == .safe, "\(error.debugDescription)")
      #expect(error.stage == (isAccepted ? .authentication : .dial), "\(error.debugDescription)")
      #expect(error.message.contains("still in stage"), "\(error.message)")
      #expect(time.own < .milliseconds(400) + PoolFixture.slack, "\(time)")
    }
    if isAccepted {
      #expect(hole.connectionCount <= 4)
      hole.fault = .none
      try await eventually("the pool has not recovered", within: .seconds(3)) {
        (try? await fixture.manager.withSession(target) { try await $0.ping() }) != nil
      }
    }
    try await fixture.end()
  }

  /// What waiting cannot mend is said to everybody at once, in the server's words, and not asked again for each of them.
  @Test(.timeLimit(.minutes(1)), arguments: ["password", "database"])
  func aRefusalReachesAllWaiters(_ wrong: String) async throws {
    let server = try ConnectionString(TestServers.require(.postgres))
    let proxy = try FaultProxy(toPort: server.endpoints[0].port ?? 5_432, fault: .delay(.milliseconds(30)))
    defer { proxy.stop() }
    let fixture = try PoolFixture(through: proxy)
    let target = try ConnectionString(
      server.text(
        port: proxy.port, password: wrong == "password" ? "wrong" : nil,
        database: wrong == "database" ? "nowhere" : nil))
    let outcomes = await allOutcomes(50) { _ in try await fixture.manager.withSession(target) { _ in } }
    for (error, time) in outcomes {
      let error = try #require(error as? DBError)
      if wrong == "password" {
        #expect(error.code == .authenticationFailed && error.stage == .authentication, "\(error.debugDescription)")
        #expect(error.message.contains("password authentication failed for user \"bosdb\""), "\(error.message)")
      } else {
        #expect(error.code == .objectNotFound && error.server?.sqlState == "3D000", "\(error.debugDescription)")
        #expect(error.message.contains("database \"nowhere\" does not exist"), "\(error.message)")
      }
      #expect(error.retry == .never && error.pool != nil, "\(error.debugDescription)")
      #expect(time.own < .seconds(1) + PoolFixture.slack, "\(time)")
    }
    #expect(proxy.connectionCount <= 4, "\(proxy.connectionCount) dials for 50 callers")
    try await fixture.end()
  }

  @Test(.timeLimit(.minutes(1))) func aChangedPasswordIsNoticedByNewDialsOnly() async throws {
    let fixture = try PoolFixture()
    let role = TestServers.uniqueName()
    _ = try await fixture.look(QueryRequest(unsafeText: "CREATE ROLE \(role) LOGIN PASSWORD 'old'"))
    let old = try ConnectionString(fixture.server.text(user: role, password: "old"))
    let new = try ConnectionString(fixture.server.text(user: role, password: "new"))
    do {
      try await fixture.openConnections(2, to: old)
      _ = try await fixture.look(QueryRequest(unsafeText: "ALTER ROLE \(role) PASSWORD 'new'"))
      try await fixture.manager.withSession(old) { one in
        try await fixture.manager.withSession(old) { two in
          let refused = await #expect(throws: DBError.self) { try await fixture.manager.withSession(old) { _ in } }
          #expect(refused?.code == .authenticationFailed && refused?.pool?.total == 2, "\(refused.debugDescription)")
          for session in [one, two] { _ = try await session.execute("SELECT 1") }
        }
      }
      #expect(try await fixture.manager.execute("SELECT 1", on: old).rows[0][0] == 1)
      try fixture.manager.evict(old)
      try await fixture.untilBackends(0)
      #expect(try await fixture.manager.execute("SELECT 1", on: new).rows[0][0] == 1)
      try await fixture.openConnections(3, to: new)
      let refused = await #expect(throws: DBError.self) { try await fixture.manager.withSession(old) { _ in } }
      #expect(refused?.code == .authenticationFailed)
      try await fixture.end()
    } catch {
      Issue.record(error)
    }
    await fixture.manager.shutdown(grace: .zero)
    _ = try await fixture.look(QueryRequest(unsafeText: "DROP ROLE \(role)"))
  }
}

/// A port of this machine on which a dial is neither accepted nor refused: its queue is full.
private final class FullBacklog: Sendable {
  let port: UInt16
  private let descriptors: [Int32]

  init() throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    func withAddress(_ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
      withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
    let listener = socket(AF_INET, type, 0)
    var descriptors = [listener]
    try #require(withAddress { bind(listener, $0, length) } == 0 && listen(listener, 0) == 0)
    try #require(withAddress { getsockname(listener, $0, &length) } == 0)
    port = UInt16(bigEndian: address.sin_port)
    for _ in 0..<8 {
      let dial = socket(AF_INET, type, 0)
      _ = withAddress { connect(dial, $0, length) }
      descriptors.append(dial)
    }
    self.descriptors = descriptors
  }

  deinit { descriptors.forEach { close($0) } }
}
