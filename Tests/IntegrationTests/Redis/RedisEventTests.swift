import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite("Redis events", .enabled(if: TestServers.canTest(.redis), Comment(rawValue: TestServers.missing(.redis))))
struct RedisEventTests {
  @Test("changes of keys are told by key and event, in one server and all over a cluster", arguments: [false, true])
  func keyEvents(inCluster: Bool) async throws {
    try await withThrowawayRedis(inCluster ? .cluster : .standalone, directives: ["notify-keyspace-events": "KEA"]) {
      server in
      let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)
      try await manager.withSession(server.url) { session in
        try await session.withMessages(of: [.keys("user:*")]) { messages in
          let keys = (0..<20).map { "user:\($0)" }
          for key in keys { _ = try await session.execute("SET \(key) 1") }
          var seen: Set<String> = []
          for try await message in messages {
            #expect(message.topic == .keys("user:*"))
            #expect(message.payload == "set")
            seen.insert(message.source.description)
            if seen.count == keys.count { break }
          }
          #expect(seen == Set(keys))
        }
      }
      await manager.shutdown(grace: .seconds(1))
    }
  }

  @Test("a server that reports no changes says so at once")
  func eventsAreOff() async throws {
    try await withRedis { place in
      try await place.session { session in
        let error = await #expect(throws: DBError.self) {
          try await session.withMessages(of: [.keys("x*")]) { messages in for try await _ in messages {} }
        }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("notify-keyspace-events") == true)
      }
    }
  }

  @Test("entries that a consumer has left are taken over by another")
  func takeOver() async throws {
    try await withRedis { place in
      try await place.session { session in
        let stream = DBValue.text(place.key("jobs"))
        for index in 0..<4 {
          _ = try await session.execute(QueryRequest(.command(["XADD", stream, "*", "n", .int(Int64(index))])))
        }
        try await session.withConsumerGroup("workers", of: stream, as: "first") { entries in
          for try await entry in entries where entry.fields["n"] == "1" { break }
        }
        var options = ConsumerGroupOptions()
        options.takeOverAfter = .zero
        try await session.withConsumerGroup("workers", of: stream, as: "second", options) { entries in
          var seen: Set<String> = []
          for try await entry in entries {
            seen.insert(entry.fields["n"]?.description ?? "")
            try await entries.acknowledge(entry)
            if seen.count == 4 { break }
          }
          #expect(seen == ["0", "1", "2", "3"])
        }
        #expect(try await session.execute("XPENDING \(place.key("jobs")) workers").rows[0][0] == 0)
      }
    }
  }

  @Test("a reply over the limit fails its own command of a pipeline only")
  func tooLargeInPipeline() async throws {
    try await withRedis(parameters: "max_reply=1mb") { place in
      try await place.session { session in
        let value = String(repeating: "x", count: 2 << 20)
        _ = try await session.execute("SET \(place.key("big")) \(value)")
        let results = try await session.pipeline([
          "INCR \(place.key("n"))", "GET \(place.key("big"))", "INCR \(place.key("n"))",
        ])
        #expect(try results[0].get().rows[0][0] == 1)
        let error = #expect(throws: DBError.self) { try results[1].get() }
        #expect(error?.code == .resourceLimit)
        #expect(try results[2].get().rows[0][0] == 2)
      }
    }
  }

  @Test("a subscriber that is slow to read is not hurried, and misses nothing it can be kept")
  func slowSubscriber() async throws {
    try await withRedis { place in
      try await place.session { session in
        let channel = place.key("fast")
        try await session.withMessages(of: [.channel(channel)]) { messages in
          for chunk in 0..<10 {
            let results = try await session.pipeline((0..<500).map { "PUBLISH \(channel) \(chunk * 500 + $0)" })
            for result in results { _ = try result.get() }
          }
          var expected = 0
          for try await message in messages {
            #expect(message.payload == .text("\(expected)"))
            expected += 1
            if expected == 5_000 { break }
          }
        }
      }
    }
  }
}
