import DBAdapterCore
import DBAdapterTesting
import Testing

@Suite struct DatabaseSessionTests {
  private static let target = "memory:test"
  private static let one = batch(["n"], [[1]])

  /// Runs `body` in a session with `server` and returns what it did and recorded.
  private func run<R>(
    _ server: InMemoryServer, _ policy: AccessPolicy = .readWrite, audit: any AuditSink = .discarding,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await ConnectionManager.withManager(registry: server.registry, policy: policy, audit: audit) { manager in
      try await manager.withSession(Self.target, body)
    }
  }

  @Test func opensLendsAndCloses() async throws {
    let server = InMemoryServer { _ in Self.one }
    let value = try await run(server) { session in
      #expect(server.openAdapters == 1)
      #expect(session.endpoint == "memory" && session.descriptor.displayName == "In memory")
      #expect(session.supports(.savepoints) && !session.supports(.bulkCopy))
      return try await session.execute("SELECT 1").rows[0].decode(Int.self, at: 0)
    }
    #expect(value == 1 && server.openAdapters == 0)
    #expect(server.calls == ["connect", "execute SELECT 1", "close", "shutdown"])
  }

  @Test func closesAfterAnErrorOfTheBody() async throws {
    struct Mine: Error {}
    let server = InMemoryServer()
    await #expect(throws: Mine.self) { try await run(server) { _ in throw Mine() } }
    #expect(server.openAdapters == 0)
    #expect(server.calls.last == "shutdown")
  }

  @Test func expiresWithItsClosure() async throws {
    let server = InMemoryServer { _ in Self.one }
    let session = try await run(server) { $0 }
    let calls = server.calls
    for call in [
      { _ = try await session.execute("SELECT 1") }, { try await session.ping() }, { _ = try await session.tables() },
      { _ = try await session.classify("SELECT 1") }, { try await session.withTransaction { _ in } },
      { try await session.withRows("SELECT 1") { _ in } }, { _ = try await session.pipeline(["SELECT 1"]) },
      { _ = try await session.explain("SELECT 1") }, { _ = try await session.serverInfo() },
    ] as [() async throws -> Void] {
      let error = await #expect(throws: DBError.self) { try await call() }
      #expect(error?.code == .sessionExpired)
    }
    #expect(server.calls == calls, "an expired session must not reach its adapter")
  }

  @Test func guardsBeforeTheAdapterAndAuditsBoth() async throws {
    let audit = RecordingAuditSink()
    let drop = StatementClassification(.definition, summary: "DROP TABLE")
    let server = InMemoryServer(classifications: ["DROP": drop]) { _ in Self.one }
    try await run(server, .readOnly, audit: audit) { session in
      _ = try await session.execute("READ \(1)")
      let error = await #expect(throws: DBError.self) { try await session.execute("DROP") }
      #expect(error?.code == .rejectedByGuard && error?.adapter?.rawValue == "memory")
      #expect(error?.message.contains("DROP TABLE changes the schema") == true)
    }
    #expect(server.calls == ["connect", "classify READ ?", "execute READ ?", "classify DROP", "close", "shutdown"])
    #expect(audit.lines == ["succeeded(rows: 1) READ ?", "refused DROP"])
    let events = audit.events
    #expect(events[0].requestID != events[1].requestID)
    #expect(events.map(\.effect) == [.read, .definition] && events.map(\.parameterTypes) == [["int"], []])
    #expect(events.allSatisfy { $0.adapter.rawValue == "memory" && $0.endpoint == "memory" })
  }

  @Test(arguments: [
    StatementClassification.Effect.write, .definition, .transactionControl, .session, .procedure, .administration,
    .unknown,
  ])
  func readOnlyRefusesAllButReads(_ effect: StatementClassification.Effect) async throws {
    let server = InMemoryServer(classifications: ["x": StatementClassification(effect, summary: "IT")])
    try await run(server, .readOnly) { session in
      for call in [
        { _ = try await session.execute("x") }, { try await session.withRows("x") { _ in } },
        { _ = try await session.pipeline(["x"]) }, { _ = try await session.explain("x", mode: .analyze) },
      ] as [() async throws -> Void] {
        #expect(await #expect(throws: DBError.self) { try await call() }?.code == .rejectedByGuard)
      }
    }
    #expect(Set(server.calls) == ["connect", "classify x", "close", "shutdown"])
    try await run(server, .readWrite) { _ = try await $0.execute("x") }
    #expect(server.calls.contains("execute x"))
  }

  @Test func thePolicysLimitsAreUpperBounds() async throws {
    let server = InMemoryServer { request throws(DBError) in
      let seconds = request.timeout?.components.seconds ?? -1
      return batch(["rows", "seconds"], [[.int(Int64(request.rowLimit ?? -1)), .int(seconds)]])
    }
    try await run(server, AccessPolicy(.readWrite, rowLimit: 10, timeout: .seconds(5))) { session in
      func limits(_ request: QueryRequest) async throws -> [DBValue] {
        try await session.execute(request).rows[0].values
      }
      let none = try await limits("x")
      let lower = try await limits(QueryRequest("x").rowLimit(3).timeout(.seconds(1)))
      let higher = try await limits(QueryRequest("x").rowLimit(99).timeout(.seconds(99)))
      #expect(none == [10, 5] && lower == [3, 1] && higher == [10, 5])
    }
    try await run(server, .readWrite) { session in
      let values = try await session.execute("x").rows[0].values
      #expect(values == [-1, -1])
    }
  }

  @Test(arguments: [(7, 0), (8, 1), (15, 1), (16, 2), (24, 3), (25, 3)])
  func aByteLimitCutsBeforeTheRowThatExceedsIt(_ limit: Int, _ rows: Int) async throws {
    let server = InMemoryServer { _ in batch(["n"], [[1], [2], [3]]) }
    let policy = AccessPolicy(.readOnly, byteLimit: limit)
    let truncation = rows < 3 ? Truncation(.byteLimit, limit: limit) : nil
    try await run(server, policy) { session in
      let result = try await session.execute("READ")
      #expect(result.rows.count == rows && result.truncation == truncation)
      let lower = try await session.execute(QueryRequest("READ").byteLimit(1))
      #expect(lower.rows.isEmpty && lower.truncation == Truncation(.byteLimit, limit: 1))
      try await session.withRows("READ") { stream in
        var count = 0
        for try await _ in stream { count += 1 }
        #expect(count == rows && stream.summary.truncation == truncation)
      }
      let piped = try await session.pipeline(["READ", "READ"])
      for result in piped { #expect(try result.get().rows.count == rows) }
    }
  }

  @Test func completesErrorsWithWhatItKnows() async throws {
    let audit = RecordingAuditSink()
    let server = InMemoryServer { _ throws(DBError) in throw DBError(.deadlock, "deadlock detected", retry: .safe) }
    try await run(server, audit: audit) { session in
      let error = await #expect(throws: DBError.self) {
        try await session.execute("x", file: "App/Main.swift", line: 9)
      }
      #expect(error?.code == .deadlock && error?.retry == .safe && error?.endpoint == "memory")
      #expect(error?.origin.description == "App/Main.swift:9")
    }
    #expect(audit.lines == ["failed(deadlock) x"])
  }

  @Test func aConnectErrorKnowsItsStageAndCaller() async throws {
    let server = InMemoryServer(failures: ["connect": DBError(.authenticationFailed, "no", stage: .authentication)])
    let error = await #expect(throws: DBError.self) { try await run(server) { _ in } }
    #expect(error?.stage == .authentication && error?.endpoint == "memory" && error?.adapter?.rawValue == "memory")
    #expect(error?.origin.file.hasSuffix("DatabaseSessionTests.swift") == true)
    #expect(server.calls == ["connect", "close"] || server.calls == ["connect", "close", "shutdown"])
  }
}

@Suite struct RowStreamTests {
  private func withRows<R>(_ server: InMemoryServer, _ body: (RowStream) async throws -> R) async throws -> R {
    try await ConnectionManager.withManager(registry: server.registry, policy: .readWrite) { manager in
      try await manager.withSession("memory:") { try await $0.withRows("x", body) }
    }
  }

  @Test func isIteratedOnce() async throws {
    let server = InMemoryServer { _ in batch(["n"], [[1], [2]]) }
    try await withRows(server) { rows in
      #expect(rows.columns.names == ["n"])
      var seen: [DBValue] = []
      for try await row in rows { seen.append(row[0]) }
      #expect(seen == [1, 2] && rows.summary.commandTag == "SELECT")
      let error = await #expect(throws: DBError.self) { for try await _ in rows {} }
      #expect(error?.code == .invalidParameter)
      #expect(await #expect(throws: DBError.self) { for try await _ in rows.batches {} }?.code == .invalidParameter)
    }
    #expect(server.calls.suffix(3) == ["closeCursor", "close", "shutdown"])
  }

  @Test func endsWithItsClosure() async throws {
    let server = InMemoryServer { _ in batch(["n"], [[1]]) }
    let rows = try await withRows(server) { $0 }
    #expect(await #expect(throws: DBError.self) { for try await _ in rows {} }?.code == .sessionExpired)
    #expect(server.calls.filter { $0 == "nextBatch" }.isEmpty)
  }

  @Test func errorsOnTheWayAreTheServers() async throws {
    let server = InMemoryServer(failures: ["nextBatch": DBError(.connectionLost, "gone", retry: .ifIdempotent)])
    let error = await #expect(throws: DBError.self) { try await withRows(server) { for try await _ in $0 {} } }
    #expect(error?.code == .connectionLost && error?.endpoint == "memory")
    #expect(server.calls.contains("closeCursor"))
  }

  @Test func refusesABatchOfNothing() async throws {
    let server = InMemoryServer()
    try await ConnectionManager(registry: server.registry).withSession("memory:") { session in
      let error = await #expect(throws: DBError.self) { try await session.withRows("x", batchSize: 0) { _ in } }
      #expect(error?.code == .invalidParameter)
    }
  }
}

@Suite struct AdapterRegistryTests {
  @Test func namesTheSchemesThereAre() async throws {
    let manager = ConnectionManager(registry: try InMemoryServer().registry)
    let error = await #expect(throws: DBError.self) { try await manager.withSession("oracle://u:hunter2@h/d") { _ in } }
    #expect(error?.code == .unknownScheme)
    #expect(error?.message.contains("oracle") == true && error?.message.contains("memory:") == true)
    #expect(error?.debugDescription.contains("hunter2") == false)
  }

  @Test func refusesTwoOwnersOfAScheme() {
    let registration = AdapterRegistration(
      InMemoryAdapter.descriptor, connector: { _ throws(DBError) in throw DBError(.unsupported, "never made") },
      splitScript: { _ in [] })
    let error = dbError { () throws(DBError) in try AdapterRegistry([registration, registration]) }
    #expect(error?.code == .invalidParameter && error?.message.contains("memory") == true)
  }

  @Test func capabilitiesHaveNames() {
    #expect(AdapterCapabilities([.explain, .transactions]).names == ["transactions", "explain"])
    #expect(AdapterCapabilities.allNames.count == 16 && Set(AdapterCapabilities.allNames).count == 16)
    #expect(AdapterCapabilities(rawValue: .max).names == AdapterCapabilities.allNames)
  }
}
