import DBAdapterBundle
import DBAdapterCore
import DBAdapterTesting
import DBPlatform
import Foundation
import Testing

/// What the sessions of real engines leave in an audit: each statement one end, and no value anywhere.
@Suite struct AuditSessionTests {
  private struct Mine: Error {}

  /// Runs `body` in an audited session and returns the events in short lines.
  private func lines(
    _ server: TestServer, exclusively: Bool = false, keepsText: Bool = false,
    _ body: @Sendable (DatabaseSession) async throws -> Void
  ) async throws -> [String] {
    let sink = RecordingAuditSink()
    let manager = ConnectionManager(
      registry: .standard, policy: .administrative, audit: sink, auditPolicy: AuditPolicy(keepsText: keepsText))
    do {
      try await manager.withSession(
        ConnectionString(TestServers.require(server)), exclusively: exclusively, body)
    } catch {
      await manager.shutdown(grace: .zero)
      throw error
    }
    await manager.shutdown(grace: .zero)
    expectOneEndEach(sink.events)
    #expect(!"\(sink.events)".contains("hunter2"), "\(sink.events)")
    return sink.lines
  }

  /// Every request has one end, and at most one beginning before it.
  private func expectOneEndEach(_ events: [AuditEvent]) {
    for (_, events) in Dictionary(grouping: events, by: \.requestID) {
      #expect(events.count { $0.outcome != .began } == 1, "\(events)")
      #expect(events.count == 1 || events.count == 2 && events[0].outcome == .began, "\(events)")
      if let effect = events[0].effect, effect != .read, case .succeeded = events.last?.outcome {
        #expect(events[0].outcome == .began, "\(events[0].statement) may write and has no beginning")
      }
    }
  }

  @Test(.requires(.postgres)) func postgresCopiesStreamsAndPipelines() async throws {
    let lines = try await lines(.postgres) { session in
      try await session.execute("CREATE TEMP TABLE audited (a int, b text)")
      _ = try await session.withCopyIn("COPY audited FROM STDIN WITH (NULL 'no hunter2')") {
        try await $0.write("1\thunter2\n")
      }
      try await session.withCopyOut("COPY audited TO STDOUT") { for try await _ in $0 {} }
      await #expect(throws: Mine.self) {
        try await session.withCopyIn("COPY audited FROM STDIN") { _ in throw Mine() }
      }
      try await session.withRows("SELECT a, 'hunter2' FROM audited WHERE b = \("hunter2")") { for try await _ in $0 {} }
      try await session.withRows("UPDATE audited SET b = 'hunter2' WHERE a = 1") { for try await _ in $0 {} }
      _ = try await session.pipeline(["SELECT \(1)", "INSERT INTO audited VALUES (\(2), 'hunter2')"])
      _ = try? await session.execute("SELECT 1 / 0 AS hunter")
      _ = try? await session.execute("selec 'hunter2'")
      _ = try await session.withTransaction { outer in
        await #expect(throws: Mine.self) { try await outer.withTransaction { _ in throw Mine() } }
      }
    }
    #expect(
      lines == [
        "began CREATE TEMP TABLE audited (a int, b text)",
        "succeeded(rows: 0) CREATE TEMP TABLE audited (a int, b text)",
        "began COPY audited FROM STDIN WITH (NULL ?)", "succeeded(rows: 1) COPY audited FROM STDIN WITH (NULL ?)",
        "succeeded(rows: 0) COPY audited TO STDOUT", "began COPY audited FROM STDIN",
        "failed(cancelled) COPY audited FROM STDIN", "succeeded(rows: 1) SELECT a, $2 FROM audited WHERE b = $1",
        "began UPDATE audited SET b = $1 WHERE a = $2", "succeeded(rows: 1) UPDATE audited SET b = $1 WHERE a = $2",
        "began INSERT INTO audited VALUES ($1, $2)", "succeeded(rows: 1) SELECT $1",
        "succeeded(rows: 1) INSERT INTO audited VALUES ($1, $2)", "failed(dataInvalid) SELECT $1 / $2 AS hunter",
        "began selec ?", "failed(syntaxError) selec ?", "succeeded(rows: 0) begin",
        "succeeded(rows: 0) begin savepoint bosdb_1", "succeeded(rows: 0) roll back savepoint bosdb_1",
        "succeeded(rows: 0) commit",
      ], "\(lines.joined(separator: "\n"))")
  }

  @Test(.requires(.postgres)) func aCancelledStatementHasItsEnd() async throws {
    let lines = try await lines(.postgres) { session in
      let task = Task { try await session.execute("SELECT pg_sleep(30), 'hunter2'") }
      try await Task.sleep(for: .milliseconds(200))
      task.cancel()
      await #expect(throws: DBError.self) { try await task.value }
    }
    #expect(lines.last == "failed(cancelled) SELECT pg_sleep($1), $2", "\(lines)")
  }

  @Test(.requires(.redis)) func redisSharedNativeAtomicAndSubscriptions() async throws {
    let key = TestServers.uniqueName() + ":hunter2"
    let lines = try await lines(.redis, keepsText: true) { session in
      try await session.execute("SET \(key) \("hunter2") PX 60000")
      _ = try await session.native("GET \(key)")
      _ = try await session.pipeline(["GET \(key)", "STRLEN \(key)"])
      _ = try await session.atomically(["INCR \(key + "n")", "DEL \(key + "n")"])
      _ = try await session.atomically(watching: [.text(key)]) { _ in [] }
      _ = try? await session.execute("BLPOP \(key + "list") 0.05")
      _ = try? await session.execute("HSET \(key)")
      _ = try? await session.execute("SELECT 3")
      _ = try? await session.execute("NOSUCH \(key)")
      try await session.withMessages(of: [.channel(key)]) { _ in }
      try await session.execute("DEL \(key)")
      _ = try await session.serverInfo()
    }
    #expect(lines.contains("succeeded(rows: 1) SET …") && lines.contains("began SET …"), "\(lines)")
    #expect(lines.contains("succeeded(rows: 0) GET …") && lines.contains("succeeded(rows: 0) subscribe"), "\(lines)")
    #expect(lines.contains("succeeded(rows: 0) watch") && lines.contains("succeeded(rows: 0) unwatch"), "\(lines)")
    #expect(lines.contains("failed(unsupported) SELECT …"), "\(lines)")
  }

  @Test(.requires(.mongoDB)) func mongoCommandsKeepTheirShape() async throws {
    let name = TestServers.uniqueName()
    let lines = try await lines(.mongoDB) { session in
      try await session.execute("db.\(identifier: name).insertOne({name: \("hunter2"), age: 7})")
      try await session.withRows("db.\(identifier: name).find({name: \("hunter2")})") { for try await _ in $0 {} }
      _ = try? await session.execute("{find: 'hunter2'")
      try await session.execute("db.\(identifier: name).drop()")
    }
    #expect(
      lines.contains { $0.hasPrefix("began {insert: \"\(name)\", documents: [{") && $0.contains("name: ?, age: ?") },
      "\(lines)")
    #expect(lines.contains { $0.hasPrefix("succeeded(rows: 1) {find: \"\(name)\", filter: {name: ?}") }, "\(lines)")
  }

  /// Who cannot record what is about to happen sends nothing: the table is as it was.
  @Test(.requires(.postgres)) func whatCannotBeRecordedLeavesTheServerAsItWas() async throws {
    final class FullSink: AuditSink {
      func record(_ event: AuditEvent) async throws(DBError) { throw DBError(.auditFailed, "the disk is full") }
    }
    let table = TestServers.uniqueName()
    try await TestServer.postgres.withSession { session in
      try await session.execute("CREATE TABLE \(identifier: table) AS SELECT 1 AS a")
      let manager = ConnectionManager(registry: .standard, policy: .readWrite, audit: FullSink())
      try await manager.withSession(ConnectionString(TestServers.require(.postgres))) { audited in
        for statement in ["DELETE FROM \(table)", "DROP TABLE \(table)", "SELECT pg_notify('a', 'b')"] {
          let error = await #expect(throws: DBError.self) {
            try await audited.execute(QueryRequest(unsafeText: statement))
          }
          #expect(error?.code == .auditFailed)
        }
        _ = try await audited.execute("SELECT a FROM \(identifier: table)")
      }
      await manager.shutdown(grace: .zero)
      #expect(try await session.execute("SELECT count(*) FROM \(identifier: table)").rows[0][0] == 1)
      try await session.execute("DROP TABLE \(identifier: table)")
    }
  }

  /// The log of a team: several processes' sinks on one PostgreSQL store.
  @Test(.requires(.postgres)) func aStoreOnPostgresKeepsOneChain() async throws {
    let schema = TestServers.uniqueName()
    let url = try TestServers.require(.postgres)
    _ = try await TestServer.postgres.withSession { try await $0.execute("CREATE SCHEMA \(identifier: schema)") }
    let location = try StoreLocation(
      ConnectionString(url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)"))
    let key = try AuditKey(Array("sixteen bytes and more".utf8))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          let store = try await PlatformStore.open(location, registry: .standard)
          let sink = StoreAuditSink(store, key: key)
          try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<20 { tasks.addTask { try await sink.record(Self.event(number)) } }
            try await tasks.waitForAll()
          }
          await store.close()
        }
      }
      try await group.waitForAll()
    }
    let store = try await PlatformStore.open(location, registry: .standard)
    let result = try await AuditVerification.verify(store, key: key)
    #expect(result.problem == nil && result.events == 60, "\(String(describing: result.problem))")
    _ = try await store.withTransaction { try await $0.execute("DELETE FROM platform_audit WHERE seq = 30") }
    #expect(try await AuditVerification.verify(store, key: key).problem?.kind == .removed)
    await store.close()
    _ = try await TestServer.postgres.withSession { try await $0.execute("DROP SCHEMA \(identifier: schema) CASCADE") }
  }

  private static func event(_ number: Int) -> AuditEvent {
    AuditEvent(
      requestID: .random(), timestamp: .now(), context: .process, adapter: .postgres, endpoint: "db:5432/shop",
      access: .readWrite, effect: .write, statement: "DELETE FROM t\(number)", outcome: .began, elapsed: .zero)
  }
}
