import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// A place of its own in a test server: a manager, and keys under a name that nobody else uses.
struct RedisPlace: Sendable {
  let manager: ConnectionManager
  let target: ConnectionString
  let prefix = TestServers.uniqueName()

  init(_ server: TestServer = .redis, parameters: String = "", policy: AccessPolicy = .readWrite) throws {
    let url = try TestServers.require(server)
    target = try ConnectionString(
      parameters.isEmpty ? url : url + (url.contains("?") ? "&" : "?") + parameters)
    manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: policy)
  }

  func key(_ name: String) -> String { "\(prefix):\(name)" }

  func session<R>(
    _ policy: AccessPolicy? = nil, exclusively: Bool = false, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await manager.withSession(target, policy: policy, exclusively: exclusively, body)
  }

  /// Removes the place's keys and ends its manager.
  func leave() async {
    try? await session(.readWrite) { session in
      try await session.withRows("SCAN 0 MATCH \(prefix + "*")") { rows in
        for try await row in rows { _ = try await session.execute("UNLINK \(row[0].description)") }
      }
    }
    await manager.shutdown(grace: .seconds(1))
  }
}

/// Lends a place and clears it.
func withRedis<R>(
  _ server: TestServer = .redis, parameters: String = "", policy: AccessPolicy = .readWrite,
  _ body: (RedisPlace) async throws -> R
) async throws -> R {
  let place = try RedisPlace(server, parameters: parameters, policy: policy)
  do {
    let result = try await body(place)
    await place.leave()
    return result
  } catch {
    await place.leave()
    throw error
  }
}

@Suite("Redis sessions", .enabled(if: TestServers.canTest(.redis), Comment(rawValue: TestServers.missing(.redis))))
struct RedisSessionTests {
  @Test("every hole of an interpolation is one argument, whatever is in it")
  func interpolation() async throws {
    try await withRedis { place in
      try await place.session { session in
        let odd = "a \"b\" 'c'\r\nDEL x \u{0}\u{1F600}"
        _ = try await session.execute("SET \(place.key(odd)) \(odd)")
        let result = try await session.execute("GET \(place.key(odd))")
        #expect(result.rows[0][0] == .text(odd))
        let bytes = DBBytes([0xFF, 0x00, 0x0D, 0x0A, 0xFE])
        _ = try await session.execute(QueryRequest(.command(["SET", .text(place.key("b")), .bytes(bytes)])))
        #expect(try await session.execute("GET \(place.key("b"))").rows[0][0] == .bytes(bytes))
      }
    }
  }

  @Test("a server's error keeps its code word, and the session goes on")
  func errors() async throws {
    try await withRedis { place in
      try await place.session { session in
        _ = try await session.execute("SET \(place.key("s")) x")
        let error = await #expect(throws: DBError.self) { try await session.execute("LPUSH \(place.key("s")) 1") }
        #expect(error?.server?.nativeName == "WRONGTYPE")
        #expect(error?.code == .dataInvalid)
        #expect(try await session.execute("GET \(place.key("s"))").rows[0][0] == "x")
      }
    }
  }

  @Test(
    "tasks that share a session are pipelined, and each gets its own answer",
    arguments: [TestServer.redis, .redisTLS, .redisSocket])
  func sharing(_ server: TestServer) async throws {
    try await withRedis(server) { place in
      try await place.session { session in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for task in 0..<64 {
            group.addTask {
              for round in 0..<50 {
                let key = place.key("\(task)-\(round)")
                _ = try await session.execute("SET \(key) \(round * 1000 + task)")
                let value = try await session.execute("GET \(key)").rows[0][0]
                #expect(value == .text("\(round * 1000 + task)"))
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(session.pool.active == 1)
      }
    }
  }

  @Test("a command that blocks does so on a connection of its own, while others go on")
  func blocking() async throws {
    try await withRedis { place in
      try await place.session { session in
        async let popped = session.execute("BLPOP \(place.key("list")) 10")
        for _ in 0..<20 { _ = try await session.execute("PING") }
        _ = try await session.execute("RPUSH \(place.key("list")) hello")
        let rows = try await popped.rows
        #expect(rows.count > 0)
      }
    }
  }

  @Test("a blocked command that is cancelled ends at once, loses nothing, and keeps its connection")
  func cancelBlocked() async throws {
    try await withRedis { place in
      try await place.session { session in
        for round in 0..<10 {
          let task = Task { try await session.execute("BLPOP \(place.key("queue")) 0") }
          try await Task.sleep(for: .milliseconds(20))
          let start = Stopwatch()
          if round.isMultiple(of: 2) { async let _ = session.execute("RPUSH \(place.key("queue")) \(round)") }
          task.cancel()
          switch await task.result {
          case .success(let result): #expect(result.rows.count > 0)
          case .failure(let error):
            let error = try #require(error as? DBError)
            #expect(error.code == .cancelled)
            #expect(error.retry == .safe)
          }
          #expect(start.time.own < .milliseconds(250))
        }
      }
    }
  }

  @Test("a time limit ends a blocked command")
  func blockedTimeout() async throws {
    try await withRedis { place in
      try await place.session { session in
        let start = Stopwatch()
        let error = await #expect(throws: DBError.self) {
          try await session.execute(QueryRequest("BLPOP \(place.key("none")) 0").timeout(.milliseconds(200)))
        }
        #expect(error?.code == .timeout)
        #expect(start.time.own < .milliseconds(200 + 250))
      }
    }
  }

  @Test("a cancelled caller leaves its neighbours on the connection alone")
  func cancelledNeighbour() async throws {
    try await withRedis { place in
      try await place.session { session in
        _ = try await session.execute("SET \(place.key("n")) 0")
        try await withThrowingTaskGroup(of: Void.self) { group in
          for index in 0..<200 {
            group.addTask {
              let task = Task { try await session.execute("INCR \(place.key("n"))") }
              if index.isMultiple(of: 2) { task.cancel() }
              _ = await task.result
              let echo = try await session.execute("ECHO \(index)")
              #expect(echo.rows[0][0] == .text("\(index)"))
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }

  @Test("what changes the connection needs a session that has one to itself, and is undone afterwards")
  func exclusive() async throws {
    try await withRedis { place in
      try await place.session { session in
        let error = await #expect(throws: DBError.self) { try await session.execute("SELECT 5") }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("exclusively") == true)
      }
      try await place.session(exclusively: true) { session in
        _ = try await session.execute("SELECT 5")
        _ = try await session.execute("MULTI")
        #expect(try await session.execute("SET \(place.key("m")) 1").rows[0][0] == "QUEUED")
      }
      try await place.session(exclusively: true) { session in
        let info = try await session.execute("CLIENT INFO").rows
        #expect(info[0]["db"] == 0)
        #expect(try await session.execute("GET \(place.key("m"))").rows[0][0] == .null)
      }
    }
  }

  @Test("statements run atomically; a change of a watched key begins it anew")
  func atomic() async throws {
    try await withRedis { place in
      let key = place.key("stock")
      try await place.session { session in
        _ = try await session.execute("SET \(key) 100")
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<10 {
            group.addTask {
              for _ in 0..<10 {
                let results = try await session.atomically(watching: [.text(key)], attempts: 1_000) { session in
                  let left = try await session.execute("GET \(key)").rows[0].decode(Int.self, at: 0)
                  return ["SET \(key) \(left - 1)"]
                }
                for result in results { _ = try result.get() }
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(try await session.execute("GET \(key)").rows[0][0] == "0")
        let results = try await session.atomically(["INCR \(key)", "LPUSH \(key) x", "INCR \(key)"])
        #expect(try results[0].get().rows[0][0] == 1)
        #expect(throws: DBError.self) { try results[1].get() }
        #expect(try results[2].get().rows[0][0] == 2)
        let error = await #expect(throws: DBError.self) { try await session.atomically(["INCR \(key)", "NOSUCH"]) }
        #expect(error?.code == .transactionAborted)
        #expect(try await session.execute("GET \(key)").rows[0][0] == "2")
      }
    }
  }

  @Test("a pipeline runs every statement by itself")
  func pipeline() async throws {
    try await withRedis { place in
      try await place.session { session in
        let key = place.key("p")
        let results = try await session.pipeline(["SET \(key) 1", "LPUSH \(key) 2", "INCR \(key)"])
        #expect(results.count == 3)
        #expect(throws: DBError.self) { try results[1].get() }
        #expect(try results[2].get().rows[0][0] == 2)
      }
    }
  }

  @Test("a scan streams every key once the collection rests, in parts")
  func scan() async throws {
    try await withRedis { place in
      try await place.session { session in
        _ = try await session.pipeline((0..<2_500).map { "SET \(place.key("k\($0)")) x" })
        var keys: Set<String> = []
        try await session.withRows("SCAN 0 MATCH \(place.key("k*"))", batchSize: 100) { rows in
          for try await batch in rows.batches {
            #expect(batch.count <= 100)
            for row in batch { keys.insert(row[0].description) }
          }
        }
        #expect(keys.count == 2_500)
      }
    }
  }

  @Test("a reply over the limit is refused, and the connection goes on")
  func tooLarge() async throws {
    try await withRedis(parameters: "max_reply=1mb") { place in
      try await place.session { session in
        let value = String(repeating: "x", count: 3 << 20)
        _ = try await session.execute("SET \(place.key("big")) \(value)")
        let error = await #expect(throws: DBError.self) { try await session.execute("GET \(place.key("big"))") }
        #expect(error?.code == .resourceLimit)
        #expect(try await session.execute("STRLEN \(place.key("big"))").rows[0][0] == .int(3 << 20))
      }
    }
  }

  @Test("messages arrive in order, and a subscriber can leave")
  func messages() async throws {
    try await withRedis { place in
      try await place.session { session in
        let channel = place.key("news")
        try await session.withMessages(of: [.channel(channel), .pattern(channel + ".*")]) { messages in
          for index in 0..<100 { _ = try await session.execute("PUBLISH \(channel) \(index)") }
          _ = try await session.execute("PUBLISH \(channel + ".x") last")
          var expected = 0
          for try await message in messages {
            if message.payload == "last" {
              #expect(message.topic == .pattern(channel + ".*"))
              #expect(message.source == .text(channel + ".x"))
              break
            }
            #expect(message.payload == .text("\(expected)"))
            expected += 1
          }
          #expect(expected == 100)
        }
      }
    }
  }

  @Test("a subscription waits no longer than its task lives")
  func cancelledSubscription() async throws {
    try await withRedis { place in
      try await place.session { session in
        let task = Task {
          try await session.withMessages(of: [.channel(place.key("none"))]) { messages in
            for try await _ in messages {}
          }
        }
        try await Task.sleep(for: .milliseconds(50))
        let start = Stopwatch()
        task.cancel()
        let result = await task.result
        #expect(throws: DBError.self) { try result.get() }
        #expect(start.time.own < .milliseconds(250))
      }
    }
  }

  @Test("a consumer group gives every entry out until it is acknowledged")
  func consumerGroup() async throws {
    try await withRedis { place in
      try await place.session { session in
        let stream = DBValue.text(place.key("orders"))
        for index in 0..<10 {
          _ = try await session.execute(QueryRequest(.command(["XADD", stream, "*", "n", .int(Int64(index))])))
        }
        var options = ConsumerGroupOptions()
        options.batchSize = 3
        try await session.withConsumerGroup("billing", of: stream, as: "one", options) { entries in
          var seen = 0
          for try await entry in entries {
            #expect(entry.fields["n"] == .text("\(seen)"))
            seen += 1
            if seen <= 4 { try await entries.acknowledge(entry) }
            if seen == 6 { break }
          }
        }
        try await session.withConsumerGroup("billing", of: stream, as: "one", options) { entries in
          var seen = 4
          for try await entry in entries {
            #expect(entry.fields["n"] == .text("\(seen)"))
            #expect(entry.isRepeated == (seen < 6))
            try await entries.acknowledge(entry)
            seen += 1
            if seen == 10 { break }
          }
        }
      }
    }
  }

  @Test("a script travels once, and again after the server has forgotten it")
  func scripts() async throws {
    try await withRedis(policy: .administrative) { place in
      try await place.session { session in
        let script = "return {KEYS[1], ARGV[1], 'a script long enough to be worth its digest'}"
        for round in 0..<3 {
          if round == 2 { _ = try await session.execute("SCRIPT FLUSH") }
          let rows = try await session.execute("EVAL \(script) 1 \(place.key("s")) \(round)").rows
          #expect(rows[1][0] == .text("\(round)"))
        }
      }
    }
  }

  @Test("a read-only session refuses writes, scripts and what is not known; administration needs its own level")
  func guarding() async throws {
    try await withRedis(policy: .readOnly) { place in
      try await place.session { session in
        for text in [
          "SET x 1", "EVAL 'return 1' 0", "NOSUCH x", "GETEX x PERSIST", "FLUSHALL", "CONFIG SET maxmemory 1", "KEYS *",
        ] {
          let error = await #expect(throws: DBError.self) { try await session.execute(QueryRequest(unsafeText: text)) }
          #expect(error?.code == .rejectedByGuard, "\(text): \(String(describing: error))")
        }
        let seven = try await session.execute("EVAL_RO 'return 7' 0").rows[0][0]
        #expect(seven == 7)
      }
      try await place.session(.readWrite) { session in
        for text in ["KEYS *", "FLUSHALL", "CONFIG SET maxmemory 1", "DEBUG SLEEP 0", "SHUTDOWN", "MONITOR"] {
          let error = await #expect(throws: DBError.self) { try await session.execute(QueryRequest(unsafeText: text)) }
          #expect(
            error?.code == .rejectedByGuard || error?.code == .unsupported, "\(text): \(String(describing: error))")
        }
      }
    }
  }

  @Test("a user that may do little can do that little")
  func limitedUser() async throws {
    try await withRedis(.redisLimitedUser) { place in
      try await place.session { session in
        _ = try await session.execute("SET \("app:" + place.key("x")) 1")
        #expect(try await session.execute("GET \("app:" + place.key("x"))").rows[0][0] == "1")
        let error = await #expect(throws: DBError.self) { try await session.execute("GET other") }
        #expect(error?.code == .permissionDenied)
        #expect(error?.server?.nativeName == "NOPERM")
      }
    }
  }
}
