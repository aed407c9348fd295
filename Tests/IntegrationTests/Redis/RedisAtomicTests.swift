import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// What an error of a batch says of what has run.
@Suite(.requires(.redis), .requires(.redisLimitedUser))
struct RedisAtomicTests {
  @Test func aUserWhoMayNotBeginIsToldWhatRan() async throws {
    let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)
    let target = try ConnectionString(TestServers.require(.redisLimitedUser))
    let key = "app:" + TestServers.uniqueName()
    try await manager.withSession(target) { session in
      let error = await #expect(throws: DBError.self) { try await session.atomically(["SET \(key) 1"]) }
      #expect(error?.code == .permissionDenied && error?.retry == .never, "\(error.debugDescription)")
      #expect(error?.message.contains("one by one") == true, "\(error.debugDescription)")
      #expect(try await session.execute("GET \(key)").rows[0][0] == "1")
      _ = try await session.execute("SET \(key) 0 PX 1")
    }
    await manager.shutdown(grace: .zero)
  }

  @Test func aBatchInAnOpenTransactionSaysThatItRan() async throws {
    try await withRedis { place in
      try await place.session(exclusively: true) { session in
        _ = try await session.execute("MULTI")
        _ = try await session.execute("SET \(place.key("a")) 1")
        let error = await #expect(throws: DBError.self) {
          try await session.atomically(["SET \(place.key("b")) 2"])
        }
        #expect(error?.retry == .never && error?.message.contains("together") == true, "\(error.debugDescription)")
        #expect(try await session.execute("GET \(place.key("a"))").rows[0][0] == "1")
        #expect(try await session.execute("GET \(place.key("b"))").rows[0][0] == "2")
      }
    }
  }

  /// Every message goes to one of the tasks that read a subscription, and the end to all of them.
  @Test(.timeLimit(.minutes(1))) func severalTasksReadASubscription() async throws {
    try await withRedis { place in
      let channel = place.key("channel")
      let received = Locked<[String]>([])
      let readers = try await place.session { session in
        try await session.withMessages(of: [.channel(channel)]) { messages in
          let readers = (0..<3).map { _ in
            Task {
              for try await message in messages { received.withLock { $0.append(message.payload.description) } }
            }
          }
          for number in 0..<30 { _ = try await session.execute("PUBLISH \(channel) \("\(number)")") }
          try await eventually("messages are missing") { received.withLock { $0.count } == 30 }
          return readers
        }
      }
      #expect(Set(received.withLock { $0 }) == Set((0..<30).map(String.init)))
      let ended = Locked(0)
      for reader in readers {
        Task {
          _ = await reader.result
          ended.withLock { $0 += 1 }
        }
      }
      try await eventually("a reader waits for ever") { ended.withLock { $0 } == 3 }
    }
  }
}
