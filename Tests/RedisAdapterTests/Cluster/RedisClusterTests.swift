import DBAdapterCore
import Testing

@testable import RedisAdapter

/// `a` (slot 15495) and `foo` (12182) are at 7002, `b` (3300) and `bar` (5061) at 7001.
@Suite struct RedisClusterTests {
  private let servers = ScriptedCluster()
  private let soon = Deadline(after: .seconds(10))

  private func words(_ texts: String...) -> [RedisCommand] { texts.map { RedisCommand(words: $0) } }

  private func failure(
    of cluster: RedisCluster, _ texts: String..., until deadline: Deadline = Deadline(after: .seconds(10))
  ) async -> DBError? {
    do throws(DBError) {
      _ = try await cluster.send(texts.map { RedisCommand(words: $0) }, until: deadline)
      return nil
    } catch {
      return error
    }
  }

  private func failure(_ body: () async throws(DBError) -> Void) async -> DBError? {
    do throws(DBError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  @Test func eachCommandGoesToItsNodeInOnePiece() async throws {
    servers.on(7_001) { command throws(DBError) in command.name == "GET" ? "$1\r\n\(command.text(1))\r\n" : nil }
    servers.on(7_002) { command throws(DBError) in command.name == "GET" ? "$1\r\n\(command.text(1))\r\n" : nil }
    let cluster = try servers.cluster()
    let replies = try await cluster.send(words("GET a", "GET b", "SET foo 1", "GET b"), until: soon)
    #expect(replies.map(\.text) == ["a", "b", "OK", "b"])
    #expect(servers.log.sorted() == ["7001: GET b | GET b", "7002: GET a | SET foo 1"])
    #expect(servers.dials.count == 2 && servers.readings == 1)
  }

  @Test func whatHasNoKeysGoesToOneNode() async throws {
    let cluster = try servers.cluster()
    for _ in 0..<10 { _ = try await cluster.send(words("PUBLISH c m"), until: soon) }
    #expect(Set(servers.log).count == 1)
  }

  @Test func whatIsForAllGoesToAllPrimaries() async throws {
    servers.on(7_001, "DBSIZE", ":3\r\n")
    servers.on(7_002, "DBSIZE", ":4\r\n")
    let cluster = try servers.cluster()
    let replies = try await cluster.send(words("SET a 1", "DBSIZE", "SET b 1"), until: soon)
    #expect(replies.map(\.value) == ["OK", 7, "OK"])
    #expect(servers.log.first == "7002: SET a 1" && servers.log.last == "7001: SET b 1" && servers.log.count == 4)
    _ = try await cluster.send(words("CONFIG SET maxmemory 1"), until: soon)
    #expect(servers.log.count == 8, "the tips say that it is for replicas too")
  }

  @Test func keysOfDifferentSlotsAreRefusedBeforeAnythingIsSent() async throws {
    let cluster = try servers.cluster()
    let error = await failure(of: cluster, "SET c 1", "MGET a b")
    #expect(error?.code == .invalidParameter && error?.server?.nativeName == "CROSSSLOT" && error?.retry == .never)
    #expect(
      error?.message.hasPrefix(
        "the keys of MGET are in different slots of the cluster, \"a\" in slot 15495, \"b\" in slot 3300; ") == true)
    #expect(error?.message.contains("\"{tag}a\"") == true)
    #expect(servers.log.isEmpty)
    _ = try await cluster.send(words("MSET {x}a 1 {x}b 2"), until: soon)
    #expect(servers.log.count == 1)
  }

  @Test(arguments: ["SELECT 1", "WATCH a", "SUBSCRIBE c", "CLIENT SETNAME x", "READONLY", "MULTI", "WAIT 1 0"])
  func whatIsAboutOneConnectionIsRefused(_ text: String) async throws {
    let cluster = try servers.cluster()
    let error = await failure(of: cluster, text)
    #expect(error?.code == .unsupported && servers.log.isEmpty)
  }

  @Test func movedIsFollowedAndRemembered() async throws {
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("GET a"), until: soon)
    servers.map([(0...15_494, [7_001]), (15_495...15_495, [7_005]), (15_496...16_383, [7_002])])
    servers.on(7_002) { command throws(DBError) in command.text(1) == "a" ? "-MOVED 15495 n:7005\r\n" : nil }
    let replies = try await cluster.send(words("GET a", "GET foo"), until: soon)
    #expect(replies.map(\.text) == ["OK", "OK"])
    _ = try await cluster.send(words("GET a"), until: soon)
    #expect(servers.log.suffix(3) == ["7002: GET a | GET foo", "7005: GET a", "7005: GET a"])
    let deadline = Deadline(after: .seconds(5))
    while servers.readings < 2, !deadline.hasPassed { await Task.yield() }
    #expect(servers.readings >= 2)
  }

  @Test func askIsForOneCommand() async throws {
    let cluster = try servers.cluster()
    servers.on(7_002) { command throws(DBError) in command.text(1) == "a" ? "-ASK 15495 n:7001\r\n" : nil }
    let replies = try await cluster.send(words("SET a 1", "SET a 2"), until: soon)
    #expect(replies.map(\.text) == ["OK", "OK"])
    #expect(servers.log == ["7002: SET a 1 | SET a 2", "7001: ASKING | SET a 1 | ASKING | SET a 2"])
    _ = try await cluster.send(words("SET a 3"), until: soon)
    #expect(servers.log.suffix(2) == ["7002: SET a 3", "7001: ASKING | SET a 3"])
  }

  @Test func aCircleOfRedirectionsEnds() async throws {
    servers.on(7_002, "GET", "-MOVED 15495 n:7001\r\n")
    servers.on(7_001, "GET", "-MOVED 15495 n:7002\r\n")
    let reply = try await servers.cluster().send(words("GET a"), until: soon)[0]
    #expect(reply.kind == .error && reply.text?.hasPrefix("MOVED") == true)
    #expect(servers.log.count == RedisCluster.mostRedirections + 1)
  }

  @Test(arguments: ["TRYAGAIN x", "CLUSTERDOWN x", "LOADING x", "READONLY x"])
  func aNodeThatDidNothingIsAskedAgain(_ answer: String) async throws {
    servers.on(7_002, "SET", times: 3, "-\(answer)\r\n")
    let start = Deadline.now()
    let reply = try await servers.cluster().send(words("SET a 1"), until: soon)[0]
    #expect(reply.text == "OK" && servers.log.count == 4)
    #expect(start.elapsed() >= .milliseconds(70))
  }

  @Test func atTheLimitTheServersOwnErrorCounts() async throws {
    servers.on(7_002, "SET", "-CLUSTERDOWN Hash slot not served\r\n")
    let replies = try await servers.cluster().send(
      words("SET a 1", "SET b 1"), until: Deadline(after: .milliseconds(200)))
    #expect(replies[0].kind == .error && replies[0].text == "CLUSTERDOWN Hash slot not served")
    #expect(replies[1].text == "OK" && servers.log.count { $0.contains("SET b") } == 1)
    let cluster = try servers.cluster(patience: .milliseconds(100))
    #expect(try await cluster.send(words("SET a 1"), until: .never)[0].kind == .error)
  }

  @Test func aWriteThatMayHaveHappenedIsNotRepeated() async throws {
    servers.on(7_002) { command throws(DBError) in
      if command.name == "SET" { throw RedisErrors.lost("cut") }
      return nil
    }
    let cluster = try servers.cluster()
    let error = await failure(of: cluster, "SET a 1")
    #expect(error?.code == .connectionLost && error?.retry == .ifIdempotent && error?.endpoint == "n:7002")
    #expect(servers.log == ["7002: SET a 1"])
  }

  @Test func aReadIsRepeated() async throws {
    let isFirst = Locked(true)
    servers.on(7_002) { command throws(DBError) in
      let wasFirst = isFirst.withLock { isFirst in
        defer { if command.name == "GET" { isFirst = false } }
        return isFirst
      }
      if command.name == "GET", wasFirst { throw RedisErrors.lost("cut") }
      return nil
    }
    #expect(try await servers.cluster().send(words("GET a"), until: soon)[0].text == "OK")
    #expect(servers.log == ["7002: GET a", "7002: GET a"])
  }

  @Test func aNodeThatCannotBeReachedIsReplaced() async throws {
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("SET b 1"), until: soon)
    servers.refuseDials(7_002, DBError(.connectionFailed, "refused", retry: .safe, stage: .dial))
    let task = Task { try await cluster.send(words("SET a 1"), until: soon) }
    try await Task.sleep(for: .milliseconds(50))
    servers.map([(0...8_191, [7_001, 7_003]), (8_192...16_383, [7_004])])
    #expect(try await task.value[0].text == "OK")
    #expect(servers.log.last == "7004: SET a 1" && servers.log.count == 2)
  }

  @Test func anErrorSaysThatAnotherPartWasCarriedOut() async throws {
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("GET a"), until: soon)
    servers.lose(7_002)
    servers.refuseDials(7_002, DBError(.connectionFailed, "refused", retry: .safe, stage: .dial))
    for (commands, retry) in [
      (words("SET a 1"), RetrySafety.safe), (words("SET a 1", "SET b 1"), .ifIdempotent),
      (words("SET a 1", "GET b"), .safe),
    ] {
      let error = await failure { () throws(DBError) in
        _ = try await cluster.send(commands, until: Deadline(after: .milliseconds(100)))
      }
      #expect(error?.code == .connectionFailed && error?.retry == retry)
    }
  }

  @Test func aTransactionStaysTogether() async throws {
    let refusals = Locked(1)
    servers.on(7_002) { command throws(DBError) in
      switch command.name {
      case "SET": refusals.withLock { $0 } > 0 ? "-MOVED 15495 n:7001\r\n" : nil
      case "EXEC": "-EXECABORT Transaction discarded\r\n"
      default: nil
      }
    }
    let cluster = try servers.cluster()
    let replies = try await cluster.send(words("MULTI", "SET {a}1 x", "INCR {a}2", "EXEC"), until: soon)
    #expect(replies.map(\.text) == ["OK", "OK", "OK", "OK"])
    #expect(
      servers.log == ["7002: MULTI | SET {a}1 x | INCR {a}2 | EXEC", "7001: MULTI | SET {a}1 x | INCR {a}2 | EXEC"])
    let error = await failure { () throws(DBError) in
      _ = try await cluster.send(words("MULTI", "SET a x", "INCR b", "EXEC"), until: soon)
    }
    #expect(error?.server?.nativeName == "CROSSSLOT" && servers.log.count == 2)
  }

  @Test func waitFollowsItsWrite() async throws {
    servers.on(7_002, "SET", times: 1, "-MOVED 15495 n:7001\r\n")
    servers.on(7_001, "WAIT", ":1\r\n")
    let cluster = try servers.cluster()
    let replies = try await cluster.send(words("SET a 1", "WAIT 1 100", "GET a"), until: soon)
    #expect(replies[1].integer == 1)
    #expect(servers.log.prefix(2) == ["7002: SET a 1 | WAIT 1 100 | GET a", "7001: SET a 1 | WAIT 1 100"])
  }

  @Test func aTransactionThatFailsByItselfIsNotRepeated() async throws {
    servers.on(7_002, "EXEC", "-EXECABORT Transaction discarded\r\n")
    let replies = try await servers.cluster().send(words("MULTI", "SET a", "EXEC"), until: soon)
    #expect(replies[2].kind == .error && servers.log.count == 1)
  }

  @Test func readsMayGoToReplicas() async throws {
    let cluster = try servers.cluster(readsFromReplicas: true)
    _ = try await cluster.send(words("GET a", "SET a 1"), until: soon)
    #expect(servers.log.sorted() == ["7002: SET a 1", "7004: GET a"])
    servers.on(7_004, "GET", "-MASTERDOWN Link with MASTER is down\r\n")
    _ = try await cluster.send(words("GET a"), until: soon)
    #expect(servers.log.suffix(2) == ["7004: GET a", "7002: GET a"])
    _ = try await cluster.send(words("GET a"), until: soon)
    #expect(servers.log.last == "7002: GET a", "a replica that failed has a rest")
  }

  @Test func aReplicaThatIsGoneIsLeftOut() async throws {
    servers.refuseDials(7_004, DBError(.connectionFailed, "refused", retry: .safe, stage: .dial))
    let cluster = try servers.cluster(readsFromReplicas: true)
    #expect(try await cluster.send(words("GET a"), until: soon)[0].text == "OK")
    #expect(servers.log == ["7002: GET a"])
  }

  @Test func scanGoesThroughAllPrimaries() async throws {
    for (port, key) in [(7_001, "b"), (7_002, "a")] as [(UInt16, String)] {
      servers.on(port) { command throws(DBError) in
        guard command.name == "SCAN" else { return nil }
        return command.text(1) == "0"
          ? "*2\r\n$1\r\n5\r\n*1\r\n$2\r\n\(key)1\r\n" : "*2\r\n$1\r\n0\r\n*1\r\n$2\r\n\(key)2\r\n"
      }
    }
    let cluster = try servers.cluster()
    var cursor = "0"
    var keys: [String?] = []
    repeat {
      let reply = try await cluster.send(words("SCAN \(cursor) COUNT 7"), until: soon)[0]
      let parts = Array(reply.elements)
      cursor = try #require(parts[0].text)
      keys += parts[1].elements.map(\.text)
    } while cursor != "0" && keys.count < 10
    #expect(keys == ["b1", "b2", "a1", "a2"])
    #expect(
      servers.log == ["7001: SCAN 0 COUNT 7", "7001: SCAN 5 COUNT 7", "7002: SCAN 0 COUNT 7", "7002: SCAN 5 COUNT 7"])
    #expect(try await cluster.send(words("SCAN x"), until: soon)[0].kind == .error)
  }

  @Test func primariesAreSentToDirectly() async throws {
    let cluster = try servers.cluster()
    let primaries = try await cluster.primaries(until: soon)
    for primary in primaries { _ = try await primary.send(words("SCAN 0"), until: soon) }
    #expect(servers.log == ["7001: SCAN 0", "7002: SCAN 0"])
  }

  @Test func theServerIsAskedForTheKeysOfAnUnknownCommand() async throws {
    for port in [7_001, 7_002] as [UInt16] { servers.on(port, "COMMAND", "*1\r\n$1\r\na\r\n") }
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("MY.WRITE a 1"), until: soon)
    #expect(servers.log.last == "7002: MY.WRITE a 1" && servers.log[0].hasSuffix("COMMAND GETKEYS MY.WRITE a 1"))
    for port in [7_001, 7_002] as [UInt16] { servers.on(port, "COMMAND", "-ERR Invalid command specified\r\n") }
    #expect(try await cluster.send(words("NOSUCH"), until: soon)[0].text == "OK")
  }

  @Test func callersShareADial() async throws {
    servers.slowDials(.milliseconds(20))
    let cluster = try servers.cluster()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { _ = try await cluster.send(words("SET a 1"), until: soon) } }
      try await group.waitForAll()
    }
    #expect(servers.dials == [7_001, 7_002] && servers.log.count == 50)
  }

  @Test func aDialThatHangsKeepsNobodyBeyondTheDeadline() async throws {
    let cluster = try servers.cluster(opening: .milliseconds(30))
    _ = try await cluster.send(words("SET b 1"), until: soon)
    servers.slowDials(.seconds(1))
    let start = Deadline.now()
    let error = await failure { () throws(DBError) in
      _ = try await cluster.send(words("SET a 1"), until: Deadline(after: .milliseconds(150)))
    }
    #expect(error?.code == .timeout && error?.retry == .safe && error?.stage == .dial)
    #expect(start.elapsed() < .milliseconds(800))
  }

  @Test func aLostConnectionIsOpenedAgain() async throws {
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("SET b 1"), until: soon)
    servers.lose(7_001)
    _ = try await cluster.send(words("SET b 2"), until: soon)
    #expect(servers.dials == [7_001, 7_001] && servers.log == ["7001: SET b 1", "7001: SET b 2"])
  }

  @Test func anySeedWillDo() async throws {
    servers.refuseDials(7_009, DBError(.connectionFailed, "refused", retry: .safe, stage: .dial))
    let cluster = try servers.cluster(seeds: [7_009, 7_002])
    _ = try await cluster.send(words("SET b 1"), until: soon)
    #expect(servers.log == ["7001: SET b 1"])
    let lost = try servers.cluster(seeds: [7_009])
    let error = await failure(of: lost, "SET b 1")
    #expect(error?.code == .connectionFailed && error?.retry == .safe)
  }

  @Test func aPasswordThatIsRefusedIsSaid() async throws {
    servers.refuseDials(7_001, DBError(.authenticationFailed, "WRONGPASS no", stage: .authentication))
    servers.refuseDials(7_002, DBError(.connectionFailed, "refused", retry: .safe, stage: .dial))
    let cluster = try servers.cluster(seeds: [7_001, 7_002])
    let error = await failure(of: cluster, "SET b 1")
    #expect(error?.code == .authenticationFailed && error?.retry == .never)
  }

  @Test func aSlotThatNobodyServesIsWaitedFor() async throws {
    servers.map([(0...8_191, [7_001])])
    let cluster = try servers.cluster()
    let error = await failure { () throws(DBError) in
      _ = try await cluster.send(words("SET a 1"), until: Deadline(after: .milliseconds(100)))
    }
    #expect(error?.code == .connectionFailed && error?.message.contains("slot 15495") == true)
    let task = Task { try await cluster.send(words("SET a 1"), until: soon) }
    try await Task.sleep(for: .milliseconds(20))
    servers.map([(0...8_191, [7_001]), (8_192...16_383, [7_002])])
    #expect(try await task.value[0].text == "OK")
  }

  @Test func aCancelledCallerGoes() async throws {
    servers.on(7_002, "SET", "-CLUSTERDOWN x\r\n")
    let cluster = try servers.cluster()
    let task = Task { await failure(of: cluster, "SET a 1", until: .never) }
    try await Task.sleep(for: .milliseconds(30))
    task.cancel()
    let error = await task.value
    #expect(error?.code == .cancelled && error?.retry == .safe)
  }

  @Test func nothingIsSentAfterTheEnd() async throws {
    let cluster = try servers.cluster()
    _ = try await cluster.send(words("SET a 1"), until: soon)
    cluster.close()
    let error = await failure(of: cluster, "SET a 1")
    #expect(error?.code == .connectionLost && error?.retry == .safe && servers.log.count == 1)
  }

  @Test func whatNeedsAConnectionOfItsOwnIsToldItsNode() async throws {
    let cluster = try servers.cluster()
    #expect(try await cluster.home(of: words("BLPOP a 0"), until: soon) == ScriptedCluster.endpoint(7_002))
    #expect(try await cluster.home(of: words("WATCH b", "GET b"), until: soon) == ScriptedCluster.endpoint(7_001))
    let error = await failure { () throws(DBError) in _ = try await cluster.home(of: words("BLPOP a b 0"), until: soon)
    }
    #expect(error?.server?.nativeName == "CROSSSLOT")
  }

  @Test func whatHasAConnectionOfItsOwnFollowsItsSlot() async throws {
    let cluster = try servers.cluster()
    var places: [UInt16?] = []
    let result = try await cluster.atHome(of: words("BLPOP a 0"), until: soon) { endpoint throws(DBError) -> Int in
      places.append(endpoint.port)
      switch places.count {
      case 1: throw RedisErrors.error("MOVED 15495 n:7001")
      case 2: throw RedisErrors.error("CLUSTERDOWN x")
      case 3: throw DBError(.connectionFailed, "refused", retry: .safe)
      default: return 7
      }
    }
    #expect(result == 7 && places.prefix(2) == [7_002, 7_001] && places.count == 4)
    let error = await failure { () throws(DBError) in
      _ = try await cluster.atHome(of: words("BLPOP a 0"), until: soon) { _ throws(DBError) -> Int in
        throw RedisErrors.error("WRONGTYPE x")
      }
    }
    #expect(error?.server?.nativeName == "WRONGTYPE")
  }
}
