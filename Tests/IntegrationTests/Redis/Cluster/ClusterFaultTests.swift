import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import RedisAdapter

/// A cluster that changes under load: every acknowledged write is found, once, every error is true, and nobody waits beyond his deadline.
@Suite(.serialized, .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct ClusterFaultTests {
  private func withCluster(_ body: (ThrowawayRedis, TestCluster) async throws -> Void) async throws {
    try await withThrowawayRedis(.cluster) { server in
      let test = try await TestCluster(server.url)
      try await body(server, test)
      test.cluster.close()
    }
  }

  private func isAcknowledged(_ fate: ClusterWriteLedger.Fate) -> Bool {
    if case .acknowledged = fate { true } else { false }
  }

  private func isConfirmed(_ fate: ClusterWriteLedger.Fate) -> Bool {
    if case .acknowledged(let replicas) = fate { replicas > 0 } else { false }
  }

  private func isServed(_ test: TestCluster, slot: Int) async throws {
    let command = RedisCommand("SET", TestCluster.tag(inSlot: slot), "1")
    try await eventually("slot \(slot) is served again", within: .seconds(12)) {
      await outcome { _ = try await test.cluster.send(command, until: Deadline(after: .seconds(2))) }.error == nil
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func noAcknowledgedWriteIsLostInAFailoverByCommand() async throws {
    try await withCluster { server, test in
      let ledger = ClusterWriteLedger()
      var failovers = 0
      try await ledger.write(to: test.cluster, TestCluster.tags) {
        for name in ["node4", "node5", "node6", "node1"] {
          let node = try await test.node(try server.node(name).port)
          try await eventually("\(name) is a replica") { try await node.role == "slave" }
          // A replica that is not up to date yet gives up after a while.
          var lastAttempt = Deadline(nanoseconds: 0)
          try await eventually("\(name) is the primary", within: .seconds(8)) {
            if lastAttempt.elapsed() > .seconds(1) {
              lastAttempt = .now()
              _ = try await node.send([RedisCommand("CLUSTER", "FAILOVER")], until: Deadline(after: .seconds(1)))
            }
            return try await node.role == "master"
          }
          failovers += 1
          try await Task.sleep(for: .milliseconds(200))
          node.close()
        }
      }
      #expect(failovers == 4 && ledger.acknowledged > 500, "\(ledger.summary)")
      try await ledger.verify(through: test.cluster, promising: isAcknowledged)
    }
  }

  /// Replication is asynchronous: a write that only the primary had is lost with it, acknowledged or not. What a replica has confirmed (`WAIT`)
  /// is kept.
  @Test(.timeLimit(.minutes(1)))
  func noWriteThatAReplicaConfirmedIsLostWithItsPrimary() async throws {
    try await withCluster { server, test in
      let ledger = ClusterWriteLedger(limit: .seconds(6))
      try await ledger.write(to: test.cluster, TestCluster.tags, waitingFor: 1) {
        try await Task.sleep(for: .seconds(1))
        try server.crash("node1")
        try await isServed(test, slot: 0)
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(ledger.confirmed > 200, "\(ledger.summary)")
      try await ledger.verify(through: test.cluster, promising: isConfirmed)
    }
  }

  /// A node that does not answer is no node that refuses: what it was sent stays unknown, and others take its place.
  @Test(.timeLimit(.minutes(1)))
  func aPrimaryThatFallsSilentKeepsNobodyWaiting() async throws {
    try await withCluster { server, test in
      let ledger = ClusterWriteLedger(limit: .seconds(1))
      try await ledger.write(to: test.cluster, TestCluster.tags, waitingFor: 1) {
        try await Task.sleep(for: .milliseconds(500))
        try server.pause("node2")
        try await isServed(test, slot: 8_000)
        try server.resume("node2")
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(ledger.confirmed > 200 && ledger.unknown > 0, "\(ledger.summary)")
      try await ledger.verify(through: test.cluster, promising: isConfirmed)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func noAcknowledgedWriteIsLostWhileSlotsMove() async throws {
    try await withCluster { server, test in
      let (first, second) = (try server.node("node1").port, try server.node("node2").port)
      let (source, target) = (try await test.node(first), try await test.node(second))
      let password = try #require(test.dialer.options.password).withExposed { $0 }
      let slots = Array(0..<12)
      let ledger = ClusterWriteLedger()
      let pairs = Locked(0)
      try await ledger.write(to: test.cluster, slots.map { TestCluster.tag(inSlot: $0) }) {
        // Two keys of one slot, which may be half-way when they are asked for together.
        let multiple = Task {
          while !Task.isCancelled {
            let tag = TestCluster.tag(inSlot: slots.randomElement() ?? 0)
            let reply = try? await test.send("MSET", tag + "x", "1", tag + "y", "2")
            if reply?.text == "OK" { pairs.withLock { $0 += 1 } }
          }
        }
        for _ in 0..<2 {
          try await SlotMigration(source: source, target: target, targetPort: second, password: password).move(slots)
          try await SlotMigration(source: target, target: source, targetPort: first, password: password).move(slots)
        }
        multiple.cancel()
        await _ = multiple.value
      }
      #expect(ledger.acknowledged > 500 && pairs.withLock { $0 } > 10, "\(ledger.summary)")
      #expect(ledger.refused == 0 && ledger.unknown == 0, "\(ledger.summary)")
      try await ledger.verify(through: test.cluster, promising: isAcknowledged)
    }
  }
}
