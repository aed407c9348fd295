import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite(
  "Redis cluster sessions",
  .enabled(if: TestServers.canTest(.redisCluster), Comment(rawValue: TestServers.missing(.redisCluster))))
struct RedisClusterSessionTests {
  @Test("commands go where their keys are, alone, in pipelines and from many tasks")
  func routing() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for task in 0..<32 {
            group.addTask {
              for round in 0..<20 {
                let key = place.key("\(task)-\(round)")
                _ = try await session.execute("SET \(key) \(round)")
                #expect(try await session.execute("GET \(key)").rows[0][0] == .text("\(round)"))
              }
            }
          }
          try await group.waitForAll()
        }
        let results = try await session.pipeline((0..<100).map { "INCR \(place.key("n\($0)"))" })
        for result in results { #expect(try result.get().rows[0][0] == 1) }
      }
    }
  }

  @Test("keys of several nodes in one command are refused by name, before anything is sent")
  func crossSlot() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        let error = await #expect(throws: DBError.self) {
          try await session.execute("MSET \(place.key("a")) 1 \(place.key("b")) 2 \(place.key("c")) 3")
        }
        #expect(error?.code == .invalidParameter)
        #expect(error?.server?.nativeName == "CROSSSLOT")
        #expect(error?.message.contains(place.key("a")) == true)
        let tag = "{\(place.prefix)}"
        _ = try await session.execute("MSET \(tag + "a") 1 \(tag + "b") 2")
        #expect(try await session.execute("MGET \(tag + "a") \(tag + "b")").rows.count == 2)
      }
    }
  }

  @Test("WAIT is for the write before it in a pipeline, and refused alone")
  func wait() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session(exclusively: true) { session in
        let error = await #expect(throws: DBError.self) { try await session.execute("WAIT 1 1000") }
        #expect(error?.code == .unsupported)
        let results = try await session.pipeline(["SET \(place.key("a")) 1", "WAIT 1 5000"])
        #expect(try results[1].get().rows[0].decode(Int.self) == 1)
      }
    }
  }

  @Test("a scan goes over all primaries")
  func scan() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        _ = try await session.pipeline((0..<3_000).map { "SET \(place.key("k\($0)")) x" })
        var keys: Set<String> = []
        try await session.withRows("SCAN 0 MATCH \(place.key("k*"))") { rows in
          for try await row in rows { keys.insert(row[0].description) }
        }
        #expect(keys.count == 3_000)
      }
    }
  }

  @Test("a command that blocks waits at the node of its key, and can be cancelled")
  func blocking() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        async let popped = session.execute("BLPOP \(place.key("list")) 10")
        try await Task.sleep(for: .milliseconds(50))
        _ = try await session.execute("RPUSH \(place.key("list")) hello")
        #expect(try await popped.rows.count > 0)
        let task = Task { try await session.execute("BLPOP \(place.key("list")) 0") }
        try await Task.sleep(for: .milliseconds(50))
        let start = Stopwatch()
        task.cancel()
        let result = await task.result
        #expect(throws: DBError.self) { try result.get() }
        #expect(start.time.own < .milliseconds(250))
      }
    }
  }

  @Test("a watched key is watched at its own node")
  func watching() async throws {
    try await withRedis(.redisCluster) { place in
      let key = place.key("stock")
      try await place.session { session in
        _ = try await session.execute("SET \(key) 40")
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<4 {
            group.addTask {
              for _ in 0..<10 {
                _ = try await session.atomically(watching: [.text(key)], attempts: 1_000) { session in
                  let left: Int = try await session.execute("GET \(key)").rows[0].decode(at: 0)
                  return ["SET \(key) \(left - 1)"]
                }
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(try await session.execute("GET \(key)").rows[0][0] == "0")
      }
    }
  }

  @Test("messages reach a subscriber whichever node they were published at")
  func messages() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        try await session.withMessages(of: [.channel(place.key("news"))]) { messages in
          for index in 0..<20 { _ = try await session.execute("PUBLISH \(place.key("news")) \(index)") }
          var seen = 0
          for try await message in messages {
            #expect(message.payload == .text("\(seen)"))
            seen += 1
            if seen == 20 { break }
          }
        }
      }
    }
  }

  @Test("a plain URL of a node leads to the whole cluster")
  func detection() async throws {
    let cluster = try ConnectionString(TestServers.require(.redisCluster))
    let password = cluster.password?.withExposed { $0 } ?? ""
    let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)
    let key = TestServers.uniqueName()
    try await manager.withSession("redis://:\(password)@\(cluster.endpoints[0])") { session in
      for index in 0..<50 { _ = try await session.execute("SET \("\(key)-\(index)") 1 EX 10") }
    }
    await manager.shutdown(grace: .seconds(1))
  }

  @Test("an explanation names slot and node of each key")
  func explanation() async throws {
    try await withRedis(.redisCluster) { place in
      try await place.session { session in
        let plan = try await session.explain("GET \(place.key("x"))")
        #expect(!plan.isPlan)
        guard case .array(let keys)? = plan.roots[0].details["keys"], case .document(let first)? = keys.elements.first
        else { throw DBError(.decodingFailed, "no keys in \(plan)") }
        #expect(first["slot"] != nil && first["node"]?.isNull == false)
      }
    }
  }
}

@Suite(
  "Redis Sentinel sessions",
  .enabled(if: TestServers.canTest(.redisSentinel), Comment(rawValue: TestServers.missing(.redisSentinel))))
struct RedisSentinelSessionTests {
  @Test("the primary is found through the Sentinels")
  func primary() async throws {
    try await withRedis(.redisSentinel) { place in
      try await place.session { session in
        _ = try await session.execute("SET \(place.key("x")) 1")
        #expect(try await session.serverInfo().role == "primary")
      }
    }
  }
}
