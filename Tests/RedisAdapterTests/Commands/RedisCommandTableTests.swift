import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite struct RedisCommandTableTests {
  @Test func readsTheServersReply() throws {
    let table = try CommandReply.table()
    #expect(table.count == 366)
    let set = try #require(table["SET"])
    #expect(set.arity == -3 && set.flags == .write && set.categories == ["@write", "@string", "@slow"])
    #expect(table["zunionstore"]?.flags.contains(.movableKeys) == true)
    #expect(
      table["dbsize"]?.tips == ["request_policy:all_shards", "response_policy:agg_sum"]
        && table["dbsize"]?.requestPolicy == .allShards && table["dbsize"]?.responsePolicy == .sum)
    #expect(table["config"]?.isContainer == true && table["config|get"]?.isContainer == false)
  }

  /// Each command of Redis 7.0 and what it counts as, for a reader to judge.
  @Test func classifiesEveryCommand() throws {
    let lines = try CommandReply.table().commands.map { facts in
      var parts = [facts.classification.effect.rawValue]
      switch facts.keyRule {
      case .none: break
      case .specs(let specs): parts.append("keys " + specs.map(\.brief).joined(separator: " and "))
      case .sort: parts.append("keys 1 and after STORE")
      case .migrate: parts.append("keys 3 and after KEYS")
      case .unknown: parts.append("keys unknown")
      }
      if facts.isBlocking { parts.append("blocking") }
      if facts.changesConnection { parts.append("bound to its connection") }
      return facts.name + ": " + parts.joined(separator: ", ")
    }
    expectGolden(lines.joined(separator: "\n") + "\n", "classification-7.0.txt")
  }

  @Test func theBuiltInTableAgreesWithTheServer() throws {
    let table = try CommandReply.table()
    for facts in table.commands where !facts.isContainer {
      let known = try #require(RedisCommandTable.builtIn[facts.name], "\(facts.name) is missing")
      #expect(known.classification == facts.classification, "\(facts.name)")
      #expect(known.isBlocking == facts.isBlocking && known.changesConnection == facts.changesConnection)
      #expect(known.isWrite == facts.isWrite && known.isReadOnly == facts.isReadOnly, "\(facts.name)")
      #expect(known.requestPolicy == facts.requestPolicy && known.responsePolicy == facts.responsePolicy)
      for count in 2...9 {
        var command = RedisCommand()
        for part in facts.name.split(separator: "|") { command.append(String(part)) }
        while command.count < count { command.append("1") }
        #expect(known.keyPositions(in: command) == facts.keyPositions(in: command), "\(facts.name) of \(count)")
      }
    }
  }

  @Test func serversBeforeSevenAreCompletedFromTheBuiltInTable() throws {
    let table = try CommandReply.table(.redis6)
    let classifier = RedisClassifier(table)
    for (text, effect) in [
      ("CONFIG GET maxmemory", StatementClassification.Effect.read), ("config set maxmemory 1", .administration),
      ("XINFO STREAM s", .read), ("XGROUP CREATE s g $", .write), ("OBJECT ENCODING k", .read),
      ("CLUSTER SLOTS", .read), ("CLUSTER RESET", .administration), ("CLIENT KILL x", .administration),
      ("SCRIPT LOAD x", .write), ("GET k", .read), ("SET k v", .write),
    ] {
      #expect(classifier.classify(RedisCommand(words: text)).effect == effect, "\(text)")
    }
    for text in ["ZUNIONSTORE d 2 a b", "XREAD STREAMS a b 0 0", "EVAL x 1 k", "SORT k STORE d"] {
      let command = RedisCommand(words: text)
      let expected = try CommandReply.table().facts(of: command)?.keyPositions(in: command)
      #expect(table.facts(of: command)?.keyPositions(in: command) == expected, "\(text)")
    }
  }

  @Test func anUnknownCommandOfAnOldServerKeepsItsThreeNumbers() throws {
    let entry = "*7\r\n$4\r\nmine\r\n:-4\r\n*1\r\n+write\r\n:1\r\n:-1\r\n:2\r\n*0\r\n"
    let moving = "*7\r\n$4\r\nmove\r\n:-4\r\n*2\r\n+write\r\n+movablekeys\r\n:0\r\n:0\r\n:0\r\n*0\r\n"
      .replacing("$4\r\nmove", with: "$5\r\nmoves")
    let table = try RedisCommandTable(CommandReply.read("*3\r\n" + entry + moving + "*-1\r\n"))
    let keys = table["mine"]?.keyPositions(in: RedisCommand(words: "MINE a 1 b 2"))
    #expect(keys == RedisKeyPositions(positions: [1, 3], isComplete: true))
    #expect(table["moves"]?.keyPositions(in: RedisCommand(words: "MOVES a b")).isComplete == false)
  }

  @Test(arguments: [
    "+OK\r\n", ":1\r\n", "*1\r\n:1\r\n", "*1\r\n*1\r\n$3\r\nget\r\n", "*1\r\n*2\r\n$3\r\nget\r\n:2\r\n",
  ])
  func anotherReplyIsAViolation(_ text: String) throws {
    let reply = try CommandReply.read(text)
    #expect { try RedisCommandTable(reply) } throws: { ($0 as? DBError)?.code == .protocolViolation }
  }

  @Test func isFoundInAnyCase() throws {
    let table = try CommandReply.table()
    for text in ["get k", "GET k", "gEt k"] { #expect(table.facts(of: RedisCommand(words: text))?.name == "get") }
    for text in ["CONFIG GET x", "config get x", "Config gET x"] {
      #expect(table.facts(of: RedisCommand(words: text))?.name == "config|get")
    }
    #expect(table.facts(of: RedisCommand(words: "xinfo stream s"))?.name == "xinfo|stream")
    #expect(table.facts(of: RedisCommand(words: "COMMAND"))?.name == "command")
    #expect(table.facts(of: RedisCommand(words: "CONFIG"))?.name == "config")
    for text in ["NOSUCH", "CONFIG NOSUCH", "GE", "GETT", "config|get x", "config|get", "object\u{0}", "''"] {
      #expect(table.facts(of: RedisCommand(words: text)) == nil, "\(text)")
    }
    #expect(table.facts(of: RedisCommand()) == nil)
  }

  @Test(arguments: [
    ("XREAD COUNT 1 STREAMS s 0", false), ("XREAD BLOCK 0 STREAMS s 0", true), ("xread block 5 streams s 0", true),
    ("XREAD STREAMS BLOCK 0", false), ("XREADGROUP GROUP g c STREAMS s >", false),
    ("XREADGROUP GROUP g c BLOCK 1 STREAMS s >", true), ("BLPOP l 0", true), ("LPOP l", false), ("WAIT 1 0", true),
  ])
  func blocks(_ text: String, _ expected: Bool) throws {
    let command = RedisCommand(words: text)
    #expect(try CommandReply.table().facts(of: command)?.blocks(command) == expected)
  }
}

@Suite struct RedisKeyPositionsTests {
  @Test(arguments: [
    ("GET k", [1]), ("PING", []), ("DEL a b c", [1, 2, 3]), ("MSET a 1 b 2", [1, 3]), ("BLPOP a b 0", [1, 2]),
    ("RENAME a b", [1, 2]), ("BITOP AND d a b", [2, 3, 4]), ("OBJECT ENCODING k", [2]), ("XINFO STREAM s", [2]),
    ("EVAL x 2 a b c", [3, 4]), ("EVAL x 0 c", []), ("EVALSHA_RO x 1 a", [3]), ("FCALL f 1 a b", [3]),
    ("XREAD COUNT 2 STREAMS a b 0 0", [4, 5]), ("XREAD STREAMS streams 0", [2]),
    ("XREADGROUP GROUP streams c STREAMS a b > >", [5, 6]),
    ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", [1, 3, 4]), ("ZUNION 2 a b", [2, 3]), ("LMPOP 2 a b LEFT", [2, 3]),
    ("BLMPOP 0 2 a b LEFT", [3, 4]), ("SORT k", [1]), ("SORT k BY w_* GET STORE LIMIT 0 1 STORE d", [1, 10]),
    ("SORT k STORE a STORE b", [1, 5]), ("SORT_RO k BY w_*", [1]),
    ("GEORADIUS g 1 2 3 m STORE d", [1, 7]), ("GEORADIUSBYMEMBER g STORE 3 m STOREDIST d", [1, 6]),
    ("MIGRATE h 1 k 0 5", [3]), ("MIGRATE h 1 '' 0 5 REPLACE KEYS a b", [8, 9]),
    ("MIGRATE h 1 '' 0 5 AUTH KEYS KEYS a", [9]), ("MIGRATE h 1 '' 0 5 AUTH2 AUTH KEYS KEYS a", [10]),
    ("SPUBLISH c m", []), ("GET", []), ("MSET a", [1]), ("CONFIG SET a b", []), ("WATCH a b", [1, 2]),
  ])
  func areFound(_ text: String, _ expected: [Int]) throws {
    let command = RedisCommand(words: text)
    let facts = try #require(try CommandReply.table().facts(of: command))
    #expect(facts.keyPositions(in: command) == RedisKeyPositions(positions: expected))
  }

  @Test(arguments: ["EVAL x notanumber a", "EVAL x -1 a", "EVAL x", "ZUNION 99999999999999999999 a"])
  func anUnreadableCountIsTheServersToJudge(_ text: String) throws {
    let command = RedisCommand(words: text)
    let facts = try #require(try CommandReply.table().facts(of: command))
    #expect(!facts.keyPositions(in: command).isComplete)
  }

  @Test func shardChannelsHaveASlotToo() throws {
    let table = try CommandReply.table()
    for (text, expected) in [("SPUBLISH c m", [1]), ("SSUBSCRIBE a b", [1, 2]), ("GET k", [1])] {
      let command = RedisCommand(words: text)
      var positions: [Int] = []
      let facts = try #require(table.facts(of: command))
      #expect(facts.visitKeys(of: command, includingChannels: true) { positions.append($0) })
      #expect(positions == expected)
    }
  }

  @Test func keywordsMayBeSoughtFromTheEnd() {
    let spec = RedisKeySpec(.keyword("KEYS", from: -2), .range(last: -1, step: 1, divisor: 0), isIncomplete: true)
    var positions: [Int] = []
    let isComplete = spec.visit(RedisCommand(words: "X KEYS a keys b c")) { positions.append($0) }
    #expect(positions == [4, 5] && !isComplete)
  }
}

extension RedisKeySpec {
  fileprivate var brief: String {
    let start =
      switch beginning {
      case .index(let index): "\(index)"
      case .keyword(let word, _): "after \(word)"
      case .unknown: "somewhere"
      }
    let extent =
      switch extent {
      case .range(let last, let step, let divisor):
        (last == 0 ? "" : last > 0 ? " and \(last) more" : divisor > 1 ? " to 1/\(divisor)" : " to \(last)")
          + (step == 1 ? "" : " by \(step)")
      case .counted(_, let first, _): ", a count and from \(first) on"
      case .unknown: ""
      }
    return start + extent + (isChannel ? " (a channel)" : "") + (isIncomplete ? " (incomplete)" : "")
  }
}
