import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// Values at and beyond the limits of server, library and adapter.
@Suite(.serialized, .requires(.script))
struct RedisSizeTests {
  /// Lends a manager of a server whose connections have a name, and checks that they are still the same ones afterwards.
  private func withServer(
    directives: [String: String] = [:], maxReply: String,
    _ body: (_ manager: ConnectionManager, _ target: ConnectionString) async throws -> Void
  ) async throws {
    try await withThrowawayRedis(directives: directives.merging(["save": "", "appendonly": "no"]) { $1 }) { server in
      let name = TestServers.uniqueName()
      let target = try ConnectionString(server.url + "?max_reply=\(maxReply)&client_name=\(name)")
      let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)
      func clients() async throws -> [DBValue?] {
        try await RedisFaultFixture.look(at: ConnectionString(server.url), "CLIENT LIST").rows
          .filter { $0["name"] == .text(name) }.map { $0["id"] }
      }
      try await manager.withSession(target) { try await $0.ping() }
      let before = try await clients()
      try await body(manager, target)
      let after = try await clients()
      #expect(before.count == 1 && before == after, "the connection did not survive: \(before), then \(after)")
      await manager.shutdown(grace: .zero)
    }
  }

  /// Runs a call, and says by how much the process grew at most while it ran.
  private func growth(_ body: () async throws -> Void) async rethrows -> Int {
    let before = ProcessTable.residentBytes
    let peak = Locked(0)
    let watcher = Task {
      while !Task.isCancelled {
        let resident = ProcessTable.residentBytes
        peak.withLock { $0 = max($0, resident) }
        try? await Task.sleep(for: .milliseconds(2))
      }
    }
    defer { watcher.cancel() }
    try await body()
    return peak.withLock { $0 } - before
  }

  @Test(.timeLimit(.minutes(1))) func aValueOf512MegabytesIsRefusedInFlatMemory() async throws {
    try await withServer(maxReply: "4mb") { manager, target in
      try await manager.withSession(target) { session in
        _ = try await session.execute(QueryRequest("SETRANGE huge 536870911 x").timeout(.seconds(30)))
        _ = try await session.execute("SET small 1")
        // Neighbours on the connection wait for it, and get what is theirs.
        let neighbours = Task {
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
              group.addTask {
                let request: QueryRequest = "ECHO \(number)"
                let value = try await session.execute(request.timeout(.seconds(30))).rows[0][0]
                #expect(value == .text("\(number)"))
              }
            }
            try await group.waitForAll()
          }
        }
        let grown = await growth {
          let (error, time) = await outcome {
            _ = try await session.execute(QueryRequest("GET huge").timeout(.seconds(30)))
          }
          #expect((error as? DBError)?.code == .resourceLimit, "\(String(describing: error))")
          print("redis: a value of 512 MB was refused after \(time)")
        }
        try await neighbours.value
        #expect(grown < 32 << 20, "memory grew by \(grown >> 20) MB")
        #expect(try await session.execute("GET small").rows[0][0] == "1")
        #expect(try await session.execute("GETRANGE huge 536870910 -1").rows[0][0] == "\u{0}x")
        print("redis: memory grew by \(grown >> 20) MB meanwhile")
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aListOfTenMillionElementsIsRefusedInFlatMemory() async throws {
    try await withServer(maxReply: "4mb") { manager, target in
      try await manager.withSession(target) { session in
        let script = """
          local part = {}
          for i = 1, 5000 do part[i] = i end
          for i = 1, 2000 do redis.call('RPUSH', KEYS[1], unpack(part)) end
          """
        let fill: QueryRequest = "EVAL \(script) 1 many"
        _ = try await session.execute(fill.timeout(.seconds(30)))
        let grown = await growth {
          let (error, time) = await outcome {
            _ = try await session.execute(QueryRequest("LRANGE many 0 -1").timeout(.seconds(30)))
          }
          #expect((error as? DBError)?.code == .resourceLimit, "\(String(describing: error))")
          print("redis: a list of ten million was refused after \(time)")
        }
        #expect(grown < 32 << 20, "memory grew by \(grown >> 20) MB")
        #expect(try await session.execute("LLEN many").rows[0][0] == 10_000_000)
        #expect(try await session.execute("LRANGE many -1 -1").rows[0][0] == "5000")
        print("redis: memory grew by \(grown >> 20) MB meanwhile")
      }
    }
  }

  /// What hiredis before 1.0 ends the connection over is read, and what nobody should go through is refused, to the neighbours' good.
  @Test(.timeLimit(.minutes(1))) func deepRepliesCostTheNeighboursNothing() async throws {
    try await withServer(maxReply: "64mb") { manager, target in
      try await manager.withSession(target) { session in
        func nested(_ depth: Int) -> QueryRequest {
          let script = "local t = 'core' for i = 1, tonumber(ARGV[1]) do t = {i, t, 'after'} end return t"
          return "EVAL_RO \(script) 0 \(depth)"
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for depth in [1, 6, 7, 8, 9, 10, 12, 30, 100, 128, 129, 200] {
            group.addTask {
              let (thrown, _) = await outcome {
                var value = try await session.native(nested(depth))
                for level in (1...depth).reversed() {
                  guard case .array(let array) = value, array.elements.count == 3 else {
                    Issue.record("level \(level) of \(depth) is \(value)")
                    return
                  }
                  #expect(array.elements[0] == .int(Int64(level)) && array.elements[2] == "after")
                  value = array.elements[1]
                }
                #expect(value == "core")
              }
              #expect(
                (thrown as? DBError)?.code == (depth > 128 ? .resourceLimit : nil),
                "\(depth): \(String(describing: thrown))")
            }
            for number in 0..<20 {
              group.addTask {
                let value = try await session.execute("ECHO \(number)").rows[0][0]
                #expect(value == .text("\(number)"))
              }
            }
          }
          try await group.waitForAll()
        }
        // The server's own documentation is that deep.
        #expect(try await session.execute("COMMAND DOCS SET XADD CLIENT").rows.count > 0)
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aCommandTooLargeForTheServerSaysThat() async throws {
    try await withThrowawayRedis(directives: ["proto-max-bulk-len": "1mb"]) { server in
      let target = try ConnectionString(server.url)
      let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)
      let value = String(repeating: "x", count: 2 << 20)
      for round in 1...5 {
        let (thrown, time) = await outcome {
          try await manager.withSession(target) { _ = try await $0.execute("SET big \(value)") }
        }
        let error = try #require(thrown as? DBError)
        #expect(error.code == .resourceLimit && error.retry == .never, "round \(round): \(error.debugDescription)")
        #expect(!error.debugDescription.contains("xxxx") && time.own < .milliseconds(500), "\(time)")
        // The server hangs up on such a client; the next one gets another connection.
        let echo = try await manager.withSession(target) { try await $0.execute("ECHO \(round)").rows[0][0] }
        #expect(echo == .text("\(round)"))
      }
      await manager.shutdown(grace: .zero)
    }
  }
}
