import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

@Suite(
  "Redis inspection", .serialized,
  .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct RedisInspectionTests {
  /// Eight groups with the shares 40, 25, 15, 10, 5, 3, 1.5 and 0.5 per cent of 1,000.
  private static let eightGroups = """
    local share = i % 1000
    if share < 400 then call('HSET', 'user:' .. i, 'name', 'bob' .. i, 'age', i % 90)
    elseif share < 650 then
      call('SET', string.format('session:%08x-e29b-41d4-a716-%012x', i, i * 7), 'x', 'EX', 30 + i)
    elseif share < 800 then call('RPUSH', 'cart:' .. i .. ':items', '1', '2')
    elseif share < 900 then call('SET', string.format('log:2026-11-%02d:%d', i % 28 + 1, i) .. seed, 'entry')
    elseif share < 950 then call('SET', 'doc:' .. seed .. ':' .. i, '{"id":' .. i .. '}')
    elseif share < 980 then call('SADD', 'tags:' .. i, 'a', 'b')
    elseif share < 995 then call('ZADD', 'rank:' .. i, 1, 'a')
    else call('XADD', 'events:' .. i, '*', 'kind', 'a') end
    """

  private static func truth(_ count: Int) -> [Int64] {
    [400, 250, 150, 100, 50, 30, 15, 5].map { Int64($0 * count / 1_000) }
  }

  @Test("a full scan counts every group exactly", .timeLimit(.minutes(2)))
  func full() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(50_000, Self.eightGroups)
      let tables = try await keyspace.describeAll(ListOptions(sampling: .full))
      #expect(tables.completeness == .complete)
      #expect(
        tables.items.map(\.table.reference.name) == [
          "user:{int}", "session:{uuid}", "cart:{int}:items", "log:{date}:{int}", "doc:{int}:{int}", "tags:{int}",
          "rank:{int}", "events:{int}",
        ])
      #expect(tables.items.map { $0.table.rows?.value } == Self.truth(50_000))
      #expect(tables.items.allSatisfy { $0.table.rows?.isExact == true && $0.table.size?.isExact == true })
      let kinds = ["hash", "string", "list", "string", "string", "set", "zset", "stream"]
      #expect(tables.items.map(\.table.kind) == kinds.map { .keyGroup($0) })
      #expect(tables.coverage?.seen == 50_000)
      #expect(tables.items.allSatisfy { $0.table.reference.schema == "0" })
      // Every listed name describes the same group.
      for table in tables.items {
        let one = try await keyspace.describe(table.table.reference.name, DescribeOptions(sampling: .full))
        #expect(one.table.rows?.value == table.table.rows?.value)
        #expect(one.table.size?.value == table.table.size?.value)
        #expect(one.statistics?.coverage.isComplete == true)
      }
    }
  }

  @Test("19 of 20 intervals hold the true number", .timeLimit(.minutes(5)))
  func intervals() async throws {
    try await withKeyspace { keyspace in
      var misses: [String] = []
      var intervals = 0
      for seed in 1...25 {
        try await keyspace.clear()
        try await keyspace.fill(
          10_000, Self.eightGroups.replacing("' .. i", with: "' .. (i + seed * 100000)"), seed: seed)
        let tables = try await keyspace.tables(
          ListOptions(includesEstimates: true, sampling: SamplingBudget(items: 1_000)))
        #expect(tables.coverage?.seen == 1_000)
        #expect(tables.coverage?.stoppedBy == .items)
        let names = ["user:{", "session:{", "cart:{", "log:{", "doc:{", "tags:{", "rank:{", "events:{"]
        for (name, truth) in zip(names, Self.truth(10_000)) {
          guard let table = tables.items.first(where: { $0.reference.name.hasPrefix(name) }) else { continue }
          intervals += 1
          let rows = try #require(table.rows)
          #expect(rows.isExact == false)
          if rows.interval?.contains(truth) != true { misses.append("\(seed) \(name) \(truth) \(rows)") }
        }
      }
      #expect(intervals >= 190)
      #expect(misses.count * 10 <= intervals, "\(misses.count) of \(intervals): \(misses)")
    }
  }

  @Test("time to live, encodings, elements and memory are measured")
  func facts() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        600,
        """
        local key = 'k:' .. i
        call('SET', key, string.rep('x', i % 3 == 0 and 10 or 100))
        if i % 6 == 1 then call('EXPIRE', key, 30) elseif i % 6 == 2 then call('EXPIRE', key, 1800)
        elseif i % 6 == 3 then call('EXPIRE', key, 7200) elseif i % 6 == 4 then call('EXPIRE', key, 86400 * 3)
        elseif i % 6 == 5 then call('EXPIRE', key, 86400 * 40) end
        """)
      try await keyspace.command("SET", "k:7", String(repeating: "y", count: 100_000))
      let table = try await keyspace.describe("k:{int}")
      let statistics = try #require(table.statistics)
      // The one that was written again does not expire any more.
      #expect(statistics.expiry?.buckets.map(\.count) == [101, 99, 100, 100, 100, 0, 100])
      #expect(abs((statistics.expiry?.share(of: "none") ?? 0) - 101.0 / 600) < 1e-9)
      #expect(statistics.encodings?.share(of: "embstr").map { abs($0 - 1.0 / 3) < 0.01 } == true)
      #expect(statistics.elements?.minimum == 10 && statistics.elements?.maximum == 100_000)
      #expect(statistics.elements.map { abs($0.median - 100) <= 3 } == true)
      #expect(statistics.largest.first.map { $0.name == "k:7" && $0.bytes > 100_000 } == true)
      #expect(statistics.memory?.isMeasured == true && statistics.memory?.total == table.table.size)
      #expect(table.column("ttl", isSynthetic: true)?.presence.map { abs($0 - 499.0 / 600) < 1e-9 } == true)
    }
  }

  @Test("hashes have their fields as columns, with presence and types")
  func hashes() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        400,
        """
        call('HSET', 'user:' .. i, 'name', 'bob', 'type', i % 2 == 0 and 'admin' or '7', 'score', i / 4 + 0.125)
        if i % 4 == 0 then call('HSET', 'user:' .. i, 'profile', '{"city":"B","tags":["x"]}') end
        call('HSET', 'map:' .. i, 'item:' .. i, 1, 'item:' .. (i + 1), 2)
        """)
      let user = try await keyspace.describe("user:{int}")
      #expect(user.column("name")?.presence == 1)
      #expect(user.column("profile")?.presence == 0.25)
      #expect(user.column("profile")?.type.kind == .json)
      #expect(user.column("profile.city")?.presence == 1)
      #expect(user.column("profile.tags[]")?.type.kind == .text)
      #expect(user.column("score")?.type.kind == .float)
      #expect(Set(user.column("type")?.observedTypes.map(\.type.kind) ?? []) == [.text, .integer])
      #expect(user.column("type", isSynthetic: true) != nil)
      let map = try await keyspace.describe("map:{int}")
      #expect(map.columns.filter { !$0.isSynthetic }.map(\.name) == ["item:{int}"])
    }
  }

  @Test("strings of JSON have a schema of their own")
  func json() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        200,
        """
        call('SET', 'doc:' .. i, i % 2 == 0 and '{"id":' .. i .. ',"items":[{"sku":"a","n":1.5}],"at":"2026-11-21T10:00:00Z"}'
          or '{"id":"' .. i .. '"}')
        """)
      let table = try await keyspace.describe("doc:{int}")
      #expect(table.column("value", isSynthetic: true)?.type.kind == .json)
      #expect(table.column("value.id")?.presence == 1)
      #expect(Set(table.column("value.id")?.observedTypes.map(\.type.kind) ?? []) == [.integer, .text])
      #expect(table.column("value.items[].sku")?.presence == 0.5)
      #expect(table.column("value.items[].n")?.type.kind == .float)
      #expect(table.column("value.at")?.type.kind == .timestamp)
    }
  }

  @Test("streams tell their groups, lag and pending")
  func streams() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(10, "call('XADD', 'events', i + 1 .. '-0', 'kind', 'a', 'n', i)")
      try await keyspace.command("XGROUP", "CREATE", "events", "workers", "0")
      try await keyspace.command("XGROUP", "CREATE", "events", "idle", "$")
      try await keyspace.command("XREADGROUP", "GROUP", "workers", "w1", "COUNT", "4", "STREAMS", "events", ">")
      try await keyspace.command("XACK", "events", "workers", "1-0")
      let table = try await keyspace.describe("events")
      let details = try #require(table.statistics?.details)
      #expect(details["length"] == 10 && details["entriesAdded"] == 10)
      #expect(details["firstId"] == "1-0" && details["lastId"] == "10-0")
      guard case .array(let groups)? = details["consumerGroups"], groups.elements.count == 2,
        case .document(let workers) = groups.elements[1]
      else {
        Issue.record("no groups: \(details)")
        return
      }
      #expect(workers["name"] == "workers" && workers["consumers"] == 1)
      #expect(workers["pending"] == 3 && workers["lag"] == 6 && workers["lastDeliveredId"] == "4-0")
      #expect(table.columns.map(\.name) == ["key", "type", "ttl", "encoding", "id", "kind", "n"])
      #expect(table.statistics?.elements?.unit == "entries")
      #expect(table.table.rows == Estimate(1, isExact: true, source: "TYPE"))
    }
  }

  @Test("keys of any bytes are grouped and can be described")
  func oddKeys() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(
        60,
        """
        call('SET', 'blob:\\0\\255' .. i, 'a'); call('SET', '{user' .. i .. '}.following', 'a')
        call('SET', '{int}:' .. i, 'a'); call('SET', 'glob*[x]?' .. i .. ':y', 'a'); call('SET', 'x (hash)', 'a')
        call('HSET', 'mixed:' .. i * 2, 'f', 1); call('SET', 'mixed:' .. (i * 2 + 1), 'a'); call('SET', '', 'empty')
        """)
      let tables = try await keyspace.tables()
      let names = tables.items.map(\.reference.name).sorted()
      #expect(
        names
          == [
            "\\{int}:{int}", "blob:{binary}", "glob*[x]?{int}:y", "mixed:{int} (hash)", "mixed:{int} (string)",
            "x \\(hash)", "{empty}", "{user{int}}.following",
          ].sorted())
      for table in tables.items {
        // As a user writes it on a command line.
        let quoted = "\"0\".\"" + table.reference.name + "\""
        let description = try await keyspace.session { try await $0.describe(TableReference(quoted)) }
        #expect(description.table.rows?.value == table.rows?.value, "\(table.reference)")
        #expect(description.table.kind == table.kind)
        #expect(description.table.reference == table.reference)
      }
    }
  }

  @Test("logical databases are schemas")
  func databases() async throws {
    try await withKeyspace { keyspace in
      try await keyspace.fill(5, "call('SELECT', 3) call('SET', 'k:' .. i, 1, 'EX', i < 2 and 100 or 1000)")
      let schemas = try await keyspace.session { try await $0.schemas() }
      #expect(schemas.items.map(\.name) == ["0", "3"])
      #expect(schemas.items.map { $0.rows?.value } == [0, 5])
      #expect(schemas.items[1].comment == "5 of the keys expire")
      let tables = try await keyspace.session { try await $0.tables(in: "3") }
      #expect(tables.items.map(\.reference) == [TableReference(schema: "3", name: "k:{int}")])
      let table = try await keyspace.session { try await $0.describe(TableReference(schema: "3", name: "k:{int}")) }
      #expect(table.table.rows?.value == 5)
      #expect(try await keyspace.tables().items.isEmpty)
      for schema in ["99", "x"] {
        await #expect {
          _ = try await keyspace.session { try await $0.tables(in: schema) }
        } throws: { ($0 as? DBError)?.code == .objectNotFound }
      }
    }
  }
}
