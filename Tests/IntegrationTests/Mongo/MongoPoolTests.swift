import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// What a pool of MongoDB sessions is like when nobody says otherwise, and that it is enough.
@Suite(.serialized, .requires(.mongoDB))
struct MongoPoolTests {
  @Test("the defaults are those of the documentation, and the connection string's options take their place")
  func defaults() async throws {
    func traits(_ query: String) throws -> PoolConfiguration {
      try MongoConnector(ConnectionConfiguration(ConnectionString("mongodb://127.0.0.1:1/" + query))).poolTraits
        .defaults
    }
    let usual = try traits("")
    #expect(usual.maximumConnections == 10 && usual.minimumConnections == 2)
    #expect(usual.idleTimeout == .seconds(30) && usual.leaseTimeout == .seconds(10))
    let own = try traits("?maxPoolSize=3&minPoolSize=1&maxIdleTimeMS=1500&waitQueueTimeoutMS=250")
    #expect(own.maximumConnections == 3 && own.minimumConnections == 1)
    #expect(own.idleTimeout == .milliseconds(1_500) && own.leaseTimeout == .milliseconds(250))
    #expect(try traits("?maxpoolsize=1").minimumConnections == 1)
    #expect(try traits("?MAXPOOLSIZE=0").maximumConnections > 100)
  }

  @Test("a full queue ends when the connection string says so")
  func waitQueue() async throws {
    try await withMongo(parameters: "maxPoolSize=1&minPoolSize=0&waitQueueTimeoutMS=200") { place in
      try await place.session { _ in
        let (thrown, time) = await outcome { try await place.session { _ in } }
        #expect((thrown as? DBError)?.code == .leaseTimeout, "\(String(reflecting: thrown))")
        #expect(time.total >= .milliseconds(200) && time.own < .milliseconds(450), "\(time)")
      }
    }
  }

  @Test("sixty-four tasks share ten connections, and everybody gets his turn", .timeLimit(.minutes(1)))
  func manyTasks() async throws {
    let name = TestServers.uniqueName()
    try await withMongo(parameters: "appName=\(name)") { place in
      let done = Locked([Int](repeating: 0, count: 64))
      let most = Locked(0)
      let isOver = Locked(false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<64 {
          group.addTask {
            while !isOver.withLock({ $0 }) {
              try await place.session { session in
                try await session.insert([["task": .int32(Int32(task))]], into: place.collection)
                _ = try await session.execute(place.command("find", ["limit": 1]))
              }
              done.withLock { $0[task] += 1 }
              let total = place.manager.snapshot().reduce(0) { $0 + $1.total }
              most.withLock { $0 = max($0, total) }
            }
          }
        }
        try await Task.sleep(for: .seconds(3))
        isOver.withLock { $0 = true }
        try await group.waitForAll()
      }
      let counts = done.withLock { $0 }.sorted()
      let stored = try await place.session { try await $0.execute(place.command("count")).rows[0][0] }
      #expect(stored == .int(Int64(counts.reduce(0, +))))
      #expect(most.withLock { $0 } == 10, "\(most.withLock { $0 }) connections")
      // Who waits is served in order, so that nobody has much more than anybody else.
      #expect(counts[0] > 0 && counts[63] <= counts[0] * 2 + 4, "between \(counts[0]) and \(counts[63]) turns")
      print("mongodb: 64 tasks on 10 connections had \(counts[0]) to \(counts[63]) turns in 3 s")
    }
  }
}
