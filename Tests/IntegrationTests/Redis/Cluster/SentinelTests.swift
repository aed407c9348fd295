import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import RedisAdapter

@Suite(.enabled(if: TestServers.canTest(.redisSentinel), Comment(rawValue: TestServers.missing(.redisSentinel))))
struct SentinelTests {
  private let soon = Deadline(after: .seconds(5))

  private func dialer(_ change: (inout RedisOptions) -> Void = { _ in }) throws -> RedisDialer {
    let string = try ConnectionString(TestServers.require(.redisSentinel))
    var options = try RedisOptions(ConnectionConfiguration(string))
    change(&options)
    return try RedisDialer(options)
  }

  @Test func findsThePrimaryAndItsReplicas() async throws {
    let sentinel = try RedisSentinel(service: "bosdb", try dialer())
    let (primary, _) = try await sentinel.openPrimary(until: soon)
    #expect(try await primary.role == "master")
    let (replica, _) = try await sentinel.openReplica(until: soon)
    #expect(try await replica.role == "slave")
    #expect(try await sentinel.replicas(until: soon) == [replica.endpoint])
    #expect(try await sentinel.primary(until: soon) == primary.endpoint)
    primary.close()
    replica.close()
  }

  @Test func aServiceThatNobodyKnowsIsSaid() async throws {
    let sentinel = try RedisSentinel(service: "nosuch", try dialer())
    for call in [
      { _ = try await sentinel.openPrimary(until: soon) }, { _ = try await sentinel.replicas(until: soon) },
    ] as [() async throws -> Void] {
      let error = await outcome(call).error as? DBError
      #expect(error?.code == .objectNotFound && error?.message.contains("nosuch") == true)
    }
  }

  @Test func aWrongPasswordIsSaid() async throws {
    let wrong = try dialer { $0.sentinelPassword = Secret("wrong") }
    let error =
      await outcome {
        _ = try await RedisSentinel(service: "bosdb", wrong).openPrimary(until: soon)
      }.error as? DBError
    #expect(error?.code == .authenticationFailed && error?.retry == .never)
  }

  @Test func sentinelsThatAreDownArePassedOver() async throws {
    var options = try dialer().options
    options.endpoints.insert(Endpoint(host: "127.0.0.1", port: 1), at: 0)
    let sentinel = try RedisSentinel(service: "bosdb", RedisDialer(options))
    let (primary, _) = try await sentinel.openPrimary(until: soon)
    primary.close()
    options.endpoints = [Endpoint(host: "127.0.0.1", port: 1)]
    let lost = try RedisSentinel(service: "bosdb", RedisDialer(options))
    let (error, time) = await outcome { _ = try await lost.openPrimary(until: Deadline(after: .milliseconds(300))) }
    #expect((error as? DBError)?.code == .connectionFailed && (error as? DBError)?.retry == .safe)
    #expect(time.own < .seconds(2))
  }
}

/// The primary of a service, found again by its Sentinels whenever it is lost, as an adapter does it at each dial.
private final class SentinelLink: RedisCommanding {
  private let sentinel: RedisSentinel
  private let node: Locked<ClusterNode>

  init(_ sentinel: RedisSentinel) {
    self.sentinel = sentinel
    node = Locked(Self.node(sentinel))
  }

  private static func node(_ sentinel: RedisSentinel) -> ClusterNode {
    ClusterNode(Endpoint(host: "sentinel")) { _ throws(DBError) in
      try await sentinel.openPrimary(until: Deadline(after: .seconds(10))).connection
    }
  }

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    let node = node.withLock { $0 }
    let replies = try await node.send(commands, until: deadline)
    if replies.contains(where: { $0.kind == .error && $0.text?.hasPrefix("READONLY") == true }) {
      // It leads to a server that is no primary any more.
      self.node.withLock { if $0 === node { $0 = Self.node(sentinel) } }
    }
    return replies
  }
}

@Suite(.serialized, .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct SentinelFaultTests {
  /// Replication is asynchronous: what only the primary had is lost with it. What a replica has confirmed (`WAIT`) is kept.
  @Test(.timeLimit(.minutes(1)), arguments: [true, false])
  func noWriteThatAReplicaConfirmedIsLostInAFailover(byCrash: Bool) async throws {
    try await withThrowawayRedis(.sentinel) { server in
      let dialer = try RedisDialer(RedisOptions(ConnectionConfiguration(ConnectionString(server.url))))
      let sentinel = try RedisSentinel(service: "bosdb", dialer)
      let link = SentinelLink(sentinel)
      let before = try await sentinel.primary(until: Deadline(after: .seconds(5)))
      let ledger = ClusterWriteLedger(limit: .seconds(2))
      try await ledger.write(to: link, ["list"], waitingFor: 1) {
        try await Task.sleep(for: .milliseconds(700))
        if byCrash {
          try server.crash("primary")
        } else {
          try await failOver(dialer)
        }
        try await eventually("another primary is found", within: .seconds(14)) {
          try await sentinel.primary(until: Deadline(after: .seconds(5))) != before
        }
        try await eventually("it takes writes", within: .seconds(8)) {
          let reply = try? await link.send([RedisCommand("SET", "x", "1")], until: Deadline(after: .seconds(2)))
          return reply?[0].text == "OK"
        }
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(ledger.confirmed > 100, "\(ledger.summary)")
      try await ledger.verify(through: link) { fate in
        if case .acknowledged(let replicas) = fate { replicas > 0 } else { false }
      }
    }
  }

  private func failOver(_ dialer: RedisDialer) async throws {
    var options = dialer.options
    options.database = 0
    let credentials = RedisDialer.Credentials(user: options.sentinelUser, password: options.sentinelPassword)
    let (connection, _) = try await RedisDialer(options).open(options.endpoints[0], as: credentials, limit: .seconds(2))
    try await connection.call("SENTINEL", "FAILOVER", "bosdb")
    connection.close()
  }
}
