import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Keyspace inspector")
struct InspectorTests {
  private func keys(_ prefix: String, _ count: Int, _ type: String = "string") -> [FakeNode.Key] {
    (0..<count).map {
      FakeNode.Key(
        name: "\(prefix):\($0)", type: type, milliseconds: $0 % 2 == 0 ? -1 : 30_000,
        value: type == "hash" ? ["name", "a", "n", "1"] : "value")
    }
  }

  private func inspector(_ nodes: FakeNode...) -> RedisKeyspaceInspector {
    RedisKeyspaceInspector(nodes: nodes, database: 0, commandTimeout: nil)
  }

  @Test("groups are listed with exact counts when everything was seen")
  func complete() async throws {
    let node = FakeNode(keys("user", 70, "hash") + keys("doc", 30) + keys("mixed", 20) + keys("mixed:x", 5, "hash"))
    let tables = try await inspector(node).listTables(ListOptions())
    #expect(
      tables.items.map(\.reference.name) == ["user:{int}", "doc:{int}", "mixed:{int}", "mixed:x:{int}"])
    #expect(tables.items.first?.rows == Estimate(70, isExact: true, source: "SCAN COUNT 1000"))
    #expect(tables.items.first?.kind == .keyGroup("hash"))
    #expect(tables.completeness == .complete)
    #expect(tables.coverage?.seen == 125 && tables.coverage?.isComplete == true)
    let some = try await inspector(node).listTables(ListOptions(nameGlob: "mixed:?int*", limit: 1))
    #expect(some.items.map(\.reference.name) == ["mixed:{int}"])
  }

  @Test("a pattern with several types is a group for each, and its name alone means the largest")
  func types() async throws {
    var mixed = keys("a", 20)
    for index in 0..<8 { mixed[index].type = "hash" }
    let inspector = inspector(FakeNode(mixed))
    let tables = try await inspector.listTables(ListOptions())
    #expect(tables.items.map(\.reference.name) == ["a:{int} (string)", "a:{int} (hash)"])
    var inspected = inspector
    inspected.isRandomOrder = false
    let hash = try await inspected.describeTable("a:{int} (hash)", DescribeOptions())
    #expect(hash.table.kind == .keyGroup("hash"))
    #expect(hash.table.rows?.value == 8)
    let most = try await inspected.describeTable("a:{int}", DescribeOptions())
    #expect(most.table.reference.name == "a:{int} (string)")
    #expect(most.statistics?.coverage.notes.contains { $0.contains("a:{int} (hash)") } == true)
    let one = try await inspected.describeTable("a:3", DescribeOptions())
    #expect(one.table.rows?.value == 1 && one.table.kind == .keyGroup("hash"))
    await #expect { try await inspected.describeTable("b:{int}", DescribeOptions()) } throws: {
      ($0 as? DBError)?.code == .objectNotFound
    }
  }

  @Test("the budget's keys are shared out by the nodes' sizes, and the estimate is of all of them")
  func nodes() async throws {
    let nodes = [FakeNode(keys("user", 9_000)), FakeNode(keys("cart", 900) + keys("user:x", 100)), FakeNode([])]
    let options = ListOptions(sampling: SamplingBudget(items: 1_000))
    let tables = try await RedisKeyspaceInspector(nodes: nodes, database: 0, commandTimeout: nil).listTables(options)
    #expect(tables.coverage?.seen == 1_000)
    #expect(tables.coverage?.stoppedBy == .items)
    #expect(nodes[0].commands["TYPE"] == 900)
    #expect(nodes[1].commands["TYPE"] == 100)
    #expect(tables.items.first?.rows?.value == 9_000)
    guard case .partial = tables.completeness else {
      Issue.record("a sample is not complete")
      return
    }
    let full = try await RedisKeyspaceInspector(nodes: nodes, database: 0, commandTimeout: nil).listTables(
      ListOptions(sampling: .full))
    #expect(full.items.map { $0.rows?.value } == [9_000, 900, 100])
    #expect(full.items.allSatisfy { $0.rows?.isExact == true })
    let schemas = try await RedisKeyspaceInspector(nodes: nodes, database: 0, commandTimeout: nil).listSchemas(
      ListOptions())
    #expect(schemas.items.map(\.name) == ["0"])
    #expect(schemas.items.first?.rows?.value == 10_000)
  }

  @Test("a node of several that cannot be reached is left out, and said to be")
  func unreachable() async throws {
    let tables = try await inspector(FakeNode(keys("user", 50)), FakeNode([], isLost: true)).listTables(ListOptions())
    #expect(tables.coverage?.stoppedBy == .unreachable && tables.coverage?.isComplete == false)
    #expect(tables.items.first.map { $0.rows?.value == 50 && $0.rows?.isExact == false } == true)
    #expect(tables.coverage?.notes.first == "a node could not be read: connection refused")
    await #expect { try await inspector(FakeNode([], isLost: true)).listTables(ListOptions()) } throws: {
      ($0 as? DBError)?.code == .connectionFailed
    }
  }

  @Test("what a user may not ask is missing, estimated, or both, and noted")
  func refused() async throws {
    let denied = "NOPERM this user has no permissions to run the 'memory|usage' command"
    let node = FakeNode(
      keys("user", 300, "hash"),
      refused: [
        "MEMORY USAGE": denied, "OBJECT ENCODING": "ERR unknown command 'OBJECT', with args beginning with: 'ENCODING'",
        "HGETALL": "NOPERM this user has no permissions to run the 'hgetall' command",
      ])
    let tables = try await inspector(node).describeTables(ListOptions())
    let table = try #require(tables.items.first)
    #expect(table.statistics?.memory?.isMeasured == false)
    #expect(table.table.size?.isExact == false)
    #expect(table.statistics?.encodings == nil)
    #expect(table.statistics?.elements?.median == 5)
    #expect(table.statistics?.expiry?.share(of: "none") == 0.5)
    #expect(node.commands["MEMORY USAGE"] == 1)
    let notes = try #require(tables.coverage?.notes)
    for fact in ["MEMORY USAGE is not permitted", "OBJECT ENCODING is not known", "HGETALL is not permitted"] {
      #expect(notes.contains { $0.hasPrefix(fact) }, "\(notes)")
    }
    let locked = FakeNode(
      keys("user", 10),
      refused: ["TYPE": "NOPERM this user has no permissions to access one of the keys used as arguments"])
    let unknown = try await inspector(locked).describeTables(ListOptions())
    #expect(unknown.items.first?.table.kind == .keyGroup("unknown"))
    let typeless = FakeNode(
      keys("user", 10), refused: ["TYPE": "NOPERM User bob has no permissions to run the 'type' command"])
    #expect(try await inspector(typeless).listTables(ListOptions()).items.first?.rows?.value == 10)
    let scanless = FakeNode(keys("user", 10), refused: ["SCAN": "NOPERM no"])
    await #expect { try await inspector(scanless).listTables(ListOptions()) } throws: {
      ($0 as? DBError)?.code == .permissionDenied
    }
  }

  @Test("keys that vanish are not counted, those that come twice once")
  func changes() async throws {
    let vanishing = try await inspector(FakeNode(keys("user", 3_000, "hash"), vanishing: 3)).describeTables(
      ListOptions())
    #expect(vanishing.items.map { $0.table.rows?.value } == [2_000])
    #expect(vanishing.coverage?.isComplete == true)
    let twice = try await inspector(FakeNode(keys("user", 3_000), repeats: true)).listTables(ListOptions())
    #expect(twice.items.map { $0.rows?.value } == [3_000])
    #expect(twice.coverage?.seen == 3_000)
  }

  @Test("the pace is kept")
  func pace() async throws {
    let node = FakeNode(keys("user", 120))
    let start = Deadline.now()
    _ = try await inspector(node).listTables(ListOptions(sampling: SamplingBudget(operationsPerSecond: 200)))
    let seconds = Double(start.elapsed().nanoseconds) / 1e9
    let operations = node.commands.values.reduce(0, +)
    #expect(operations == 122)
    #expect(seconds > 0.5 && seconds < 2)
    #expect(node.largestPipeline <= 10)
  }

  @Test("the time is kept, and what was seen until then is the result")
  func time() async throws {
    let node = FakeNode(keys("user", 20_000), delay: .milliseconds(20))
    let start = Deadline.now()
    let tables = try await inspector(node).listTables(
      ListOptions(sampling: SamplingBudget(items: 20_000, duration: .milliseconds(100))))
    #expect(start.elapsed() < .milliseconds(400))
    #expect(tables.coverage?.stoppedBy == .duration)
    #expect(tables.items.first?.rows.map { abs($0.value - 20_000) < 10 } == true)
    let limited = try await inspector(node).listTables(ListOptions(timeout: .milliseconds(500), sampling: .full))
    #expect(limited.coverage?.isComplete == false)
  }

  @Test("a cancelled inspection ends")
  func cancelled() async throws {
    let inspector = inspector(FakeNode(keys("user", 1_000)))
    let task = Task {
      try await inspector.listTables(ListOptions(sampling: SamplingBudget(operationsPerSecond: 5)))
    }
    task.cancel()
    await #expect { try await task.value } throws: { ($0 as? DBError)?.code == .cancelled }
  }

  @Test("a cursor tells how far the scan is")
  func progress() {
    #expect(KeyspaceScan.progress("0") == 0)
    // The first bucket after half of a table of any size.
    #expect(KeyspaceScan.progress("1") == 0.5)
    #expect(KeyspaceScan.progress("3") == 0.75)
    #expect(abs(KeyspaceScan.progress("65535") - 1) < 0.001)
  }

  @Test(
    "globs match names as a whole",
    arguments: [
      ("*", "", true), ("a*c", "abbc", true), ("a*c", "abb", false), ("a?c", "abc", true), ("a?c", "ac", false),
      ("*b*d", "abcbd", true), ("", "a", false), ("user:*", "user:{int}", true),
    ])
  func globs(glob: String, name: String, matches: Bool) { #expect(NameGlob(glob).matches(name) == matches) }

  @Test(
    "a pattern has a glob for the server, unless it would match everything",
    arguments: [
      ("user:{int}", "user:*"), ("a:{uuid}:b", "a:????????-????-????-????-????????????:b"), ("{int}", nil),
      ("{{int}}.x", "{*}.x"), ("a*[b]:{hex}", "a\\*\\[b\\]:*"), ("\\{int}:{int}", "{int}:*"), ("{name}:{int}", nil),
      ("x\\\\y:{int}", "x\\\\y:*"),
    ] as [(String, String?)])
  func serverGlobs(pattern: String, glob: String?) {
    #expect(KeyPattern(pattern).glob.map { String(decoding: $0, as: UTF8.self) } == glob)
  }
}
