import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite(
  "Redis inspection budgets", .serialized,
  .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct RedisInspectionBudgetTests {
  @Test("a user without MEMORY gets an estimate that says so, within a factor of two")
  func withoutMemory() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        2_000,
        """
        call('SET', 'text:' .. i, string.rep('x', i % 500)); call('SET', 'number:' .. i, i)
        call('HSET', 'user:' .. i, 'name', 'bob' .. i, 'mail', 'bob' .. i .. '@example.com')
        for j = 0, i % 30 do call('RPUSH', 'list:' .. i, 'element' .. j) end
        for j = 0, i % 30 do call('SADD', 'set:' .. i, 'member' .. j); call('ZADD', 'rank:' .. i, j, 'member' .. j) end
        """)
      try await keyspace.fill(
        3,
        "for j = 0, 2000 do call('HSET', 'big:' .. i, 'field' .. j, 'value') call('ZADD', 'bigrank:' .. i, j, 'm' .. j) end"
      )
      try await keyspace.command("ACL", "SETUSER", "poor", "on", ">secret", "~*", "+@all", "-memory")
      let options = ListOptions(sampling: .full)
      let exact = try await keyspace.describeAll(options)
      let poor = keyspace.user("poor", password: "secret")
      let estimated = try await poor.describeAll(options)
      #expect(estimated.coverage?.notes.contains { $0.hasPrefix("MEMORY USAGE is not permitted") } == true)
      #expect(estimated.items.count == exact.items.count)
      for table in estimated.items {
        let truth = try #require(exact.items.first { $0.table.reference == table.table.reference })
        #expect(truth.statistics?.memory?.isMeasured == true && table.statistics?.memory?.isMeasured == false)
        #expect(table.table.size?.isExact == false)
        let ratio = (table.statistics?.memory?.mean ?? 0) / (truth.statistics?.memory?.mean ?? 1)
        #expect(ratio > 0.5 && ratio < 2, "\(table.table.reference) \(ratio)")
      }
    }
  }

  @Test("a user who may read some of the keys learns that there are others")
  func someKeys() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(100, "call('SET', 'mine:' .. i, 1) call('SET', 'theirs:' .. i, 1)")
      try await keyspace.command("ACL", "SETUSER", "half", "on", ">secret", "~mine:*", "+@all")
      let half = keyspace.user("half", password: "secret")
      let tables = try await half.describeAll()
      #expect(
        tables.items.map(\.table.kind).sorted { "\($0)" < "\($1)" } == [.keyGroup("string"), .keyGroup("unknown")])
      #expect(tables.coverage?.notes.contains { $0.contains("may not be read by this user") } == true)
    }
  }

  @Test("keys that come and go meanwhile are no error", .timeLimit(.minutes(2)))
  func changes() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(30_000, "call('HSET', 'k:' .. i, 'a', 1)")
      let churn = Task {
        var round = 0
        while !Task.isCancelled {
          try await keyspace.fill(
            500,
            "local key = 'k:' .. ((i * 61 + seed * 977) % 30000); if i % 2 == 0 then call('DEL', key) else call('SET', key, 'x') end",
            seed: round)
          round += 1
        }
        return round
      }
      for _ in 0..<5 {
        let tables = try await keyspace.describeAll(
          ListOptions(sampling: SamplingBudget(items: 30_000, duration: .seconds(5))))
        #expect(tables.items.allSatisfy { $0.table.reference.name.hasPrefix("k:{int}") })
      }
      churn.cancel()
      let rounds = try? await churn.value
      #expect(rounds ?? 1 > 0)
    }
  }

  @Test("the pace is kept")
  func pace() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(2_000, "call('SET', 'k:' .. i, 1)")
      try await keyspace.command("CONFIG", "RESETSTAT")
      let start = Deadline.now()
      let tables = try await keyspace.describeAll(
        ListOptions(sampling: SamplingBudget(duration: .seconds(2), operationsPerSecond: 1_000)))
      let seconds = seconds(since: start)
      let commands = try await keyspace.info("commandstats")
      var calls = 0
      for line in commands.split(whereSeparator: \.isNewline) {
        guard let range = line.firstRange(of: "calls="), !line.contains("config"), !line.contains("info") else {
          continue
        }
        calls += Int(line[range.upperBound...].prefix { $0.isNumber }) ?? 0
      }
      // What opening the connection took, and the first pipeline, come on top.
      #expect(calls > 1_000 && Double(calls) < 1_000 * seconds + 200, "\(calls) in \(seconds) s")
      #expect(tables.coverage?.stoppedBy == .duration)
      #expect(seconds < 2.25)
    }
  }

  @Test("the time is kept", .timeLimit(.minutes(2)))
  func time() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(200_000, "call('SET', 'k:' .. i, 1)")
      for duration in [Duration.milliseconds(300), .milliseconds(800)] {
        let budget = SamplingBudget(items: 10_000_000, duration: duration)
        let start = Deadline.now()
        let tables = try await keyspace.describeAll(ListOptions(sampling: budget))
        #expect(start.elapsed() < duration + .milliseconds(250))
        #expect(tables.coverage?.stoppedBy == .duration)
        let rows = try #require(tables.items.first?.table.rows)
        #expect(rows.interval?.contains(200_000) == true)
        #expect(tables.items.first?.statistics?.elements?.unit == "bytes")
      }
      let start = Deadline.now()
      let table = try await keyspace.describe(
        "k:{int}", DescribeOptions(sampling: SamplingBudget(items: 10_000_000, duration: .milliseconds(300))))
      #expect(start.elapsed() < .milliseconds(550))
      #expect(
        table.table.rows.map { abs($0.value - 200_000) < 6_000 } == true, "\(String(describing: table.table.rows))")
      await #expect {
        try await keyspace.describe(
          "none:{int}:x", DescribeOptions(sampling: SamplingBudget(duration: .milliseconds(20))))
      } throws: { ($0 as? DBError)?.code == .objectNotFound }
    }
  }

  @Test("huge values are not read")
  func huge() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        3,
        """
        local big = string.rep('x', 2000000)
        call('SET', 'text:' .. i, big); call('HSET', 'hash:' .. i, 'f', big); call('RPUSH', 'list:' .. i, big, big)
        call('SADD', 'set:' .. i, big); call('ZADD', 'zset:' .. i, 1, big); call('XADD', 'stream:' .. i, '*', 'f', big)
        """)
      try await keyspace.command("CONFIG", "RESETSTAT")
      let tables = try await keyspace.describeAll()
      #expect(tables.items.count == 6)
      #expect(tables.coverage?.notes.contains { $0.hasPrefix("values that may be larger") } == true)
      let output = try await keyspace.info("stats")
      let line = output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("total_net_output_bytes:") }
      let bytes = line.flatMap { Int($0.split(separator: ":")[1]) } ?? .max
      #expect(bytes < 30_000_000, "\(bytes)")
    }
  }

  private func seconds(since start: Deadline) -> Double { Double(start.elapsed().nanoseconds) / 1e9 }
}
