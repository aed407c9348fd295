import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import RedisAdapter

@Suite(.enabled(if: TestServers.canTest(.redisCluster), Comment(rawValue: TestServers.missing(.redisCluster))))
struct ClusterTests {
  private let prefix = TestServers.uniqueName()
  private let soon = Deadline(after: .seconds(10))

  private func withCluster(
    _ more: String = "", _ body: (TestCluster) async throws -> Void
  ) async throws {
    let test = try await TestCluster(try TestServers.require(.redisCluster) + more)
    try await body(test)
    test.cluster.close()
  }

  @Test func slotsAreTheServers() async throws {
    try await withCluster { test in
      let keys = (0..<500).map { _ in
        String((0..<Int.random(in: 0...12)).map { _ in "ab{}é\u{0}z".randomElement() ?? "a" })
      }
      let replies = try await test.cluster.send(keys.map { RedisCommand("CLUSTER", "KEYSLOT", $0) }, until: soon)
      for (key, reply) in zip(keys, replies) {
        #expect(reply.integer == Int64(HashSlot.of(Array(key.utf8)[...])), "\(key.debugDescription)")
      }
    }
  }

  @Test func oneSendReachesAllNodesAndComesBackInOrder() async throws {
    try await withCluster { test in
      let count = 2_000
      let sets = (0..<count).map { RedisCommand("SET", "\(prefix):\($0)", "\($0)") }
      #expect(try await test.cluster.send(sets, until: soon).allSatisfy { $0.text == "OK" })
      let gets = try await test.cluster.send((0..<count).map { RedisCommand("GET", "\(prefix):\($0)") }, until: soon)
      #expect(gets.map(\.text) == (0..<count).map { "\($0)" })
      var (cursor, keys) = ("0", Set<String>())
      repeat {
        let parts = Array(try await test.send("SCAN", cursor, "MATCH", prefix + ":*", "COUNT", "500").elements)
        cursor = parts[0].text ?? "0"
        keys.formUnion(parts[1].elements.compactMap(\.text))
      } while cursor != "0"
      #expect(keys.count == count)
      var found = 0
      for primary in try await test.cluster.primaries(until: soon) {
        found += Int(try await primary.send(RedisCommand("DBSIZE"), until: soon).integer ?? 0)
      }
      #expect(try await test.send("DBSIZE").integer ?? 0 >= count && found >= count)
      for key in keys { _ = try await test.send("UNLINK", key) }
    }
  }

  @Test func commandsOfAllKinds() async throws {
    try await withCluster { test in
      let tag = "{\(prefix)}"
      #expect(try await test.send("PING").text == "PONG")
      #expect(try await test.send("MSET", tag + "a", "1", tag + "b", "2").text == "OK")
      let error = await outcome { _ = try await test.send("MGET", "a", "b") }.error as? DBError
      #expect(error?.server?.nativeName == "CROSSSLOT" && error?.code == .invalidParameter)
      #expect(try await test.send("EVAL", "return redis.call('GET', KEYS[1])", "1", tag + "a").text == "1")
      #expect(try await test.send("SCRIPT", "LOAD", "return 7").text?.count == 40)
      let digest = try #require(try await test.send("SCRIPT", "LOAD", "return 7").text)
      for slot in [0, 6_000, 12_000] {
        #expect(try await test.send("EVALSHA", digest, "1", TestCluster.tag(inSlot: slot)).integer == 7)
      }
      #expect(try await test.send("SCRIPT", "EXISTS", digest).elements.map(\.integer) == [1])
      let replies = try await test.cluster.send(
        [
          RedisCommand("MULTI"), RedisCommand("INCR", tag + "n"), RedisCommand("INCR", tag + "n"),
          RedisCommand("EXEC"), RedisCommand("WAIT", "1", "1000"),
        ], until: soon)
      #expect(replies[3].elements.map(\.integer) == [1, 2] && replies[4].integer == 1)
      #expect(try await test.send("UNLINK", tag + "a", tag + "b", tag + "n").integer == 3)
      #expect(await outcome { _ = try await test.send("NOSUCH", "x") }.error is DBError)
    }
  }

  @Test func readsFromReplicas() async throws {
    try await withCluster("?read_from=replica") { test in
      let key = prefix + "r"
      let writes = try await test.cluster.send(
        [RedisCommand("SET", key, "1"), RedisCommand("WAIT", "1", "2000")], until: soon)
      #expect(writes[1].integer == 1)
      for _ in 0..<20 { #expect(try await test.send("GET", key).text == "1") }
      var reads = 0
      for port in try await replicaPorts(test) {
        let stats = try await test.node(port).call("INFO", "commandstats").text ?? ""
        if stats.contains("cmdstat_get:") { reads += 1 }
      }
      #expect(reads > 0, "a replica answered")
      _ = try await test.send("DEL", key)
    }
  }

  private func replicaPorts(_ test: TestCluster) async throws -> [UInt16] {
    try await test.send("CLUSTER", "NODES").text?.split(separator: "\n").filter { $0.contains("slave") }.compactMap {
      $0.split(separator: " ")[1].split(separator: "@")[0].split(separator: ":").last.flatMap { UInt16($0) }
    } ?? []
  }

  /// What the table says about keys, held against the server's own answer.
  @Test(arguments: [
    "GET k", "MSET a 1 b 2", "EVAL x 2 a b c", "XREAD COUNT 2 STREAMS a b 0 0", "XREADGROUP GROUP g c STREAMS a b > >",
    "ZUNIONSTORE d 2 a b WEIGHTS 1 2", "SORT k BY w_* GET # STORE d", "SORT k LIMIT 0 1 STORE a STORE b",
    "GEORADIUS g 1 2 3 m STORE d", "MIGRATE h 1 k 0 5", "BLPOP a b 0", "BITOP AND d a b", "LMPOP 2 a b LEFT",
    "OBJECT ENCODING k", "XGROUP CREATE s g $", "MEMORY USAGE k", "COPY a b", "SINTERCARD 2 a b", "ZDIFF 2 a b",
    "FCALL f 1 a b", "GEOSEARCHSTORE d s FROMLONLAT 1 2 BYRADIUS 3 m", "PFMERGE d a b", "SMOVE a b m",
  ])
  func keysAreTheServers(_ text: String) async throws {
    try await withCluster { test in
      let words = text.split(separator: " ").map(String.init)
      var command = RedisCommand()
      for word in words { command.append(word) }
      var question = RedisCommand("COMMAND", "GETKEYS")
      for word in words { question.append(word) }
      let reply = try await test.cluster.send(question, until: soon)
      let table = try RedisCommandTable(try await test.send("COMMAND"))
      let facts = try #require(table.facts(of: command))
      let keys = facts.keyPositions(in: command)
      #expect(keys.positions.map { command.text($0) } == reply.elements.map(\.text) && keys.isComplete)
    }
  }
}
