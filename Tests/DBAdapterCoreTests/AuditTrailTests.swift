import DBAdapterCore
import DBAdapterTesting
import Logging
import Testing

@Suite struct AuditTrailTests {
  private struct Mine: Error {}

  /// Keeps nothing of what it is told to refuse.
  private final class FullAuditSink: AuditSink {
    let kept = RecordingAuditSink()
    private let refusesEnds: Bool

    init(refusesEnds: Bool = true) { self.refusesEnds = refusesEnds }

    func record(_ event: AuditEvent) async throws(DBError) {
      guard event.outcome == .began || refusesEnds else { return kept.record(event) }
      throw DBError(.auditFailed, "the disk is full")
    }
  }

  private static let write = StatementClassification(.write, summary: "DELETE")

  private func run<R>(
    _ server: InMemoryServer, _ sink: any AuditSink, policy: AccessPolicy = .readWrite,
    blocking: AuditPolicy.Blocking = .writes, keepsText: Bool = false,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let manager = try ConnectionManager(
      registry: server.registry, policy: policy, audit: sink,
      auditPolicy: AuditPolicy(blocking: blocking, keepsText: keepsText))
    do {
      let result = try await manager.withSession("memory:", body)
      await manager.shutdown(grace: .zero)
      return result
    } catch {
      await manager.shutdown(grace: .zero)
      throw error
    }
  }

  private func calls(_ server: InMemoryServer) -> [String] {
    server.calls.filter { call in
      !["connect", "close", "shutdown"].contains(call) && !call.hasPrefix("classify")
    }
  }

  @Test func readsHaveAnEndAndWritesABeginningToo() async throws {
    let sink = RecordingAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write]) { _ in batch(["n"], [[1], [2]]) }
    try await run(server, sink) { session in
      try await session.execute("SELECT")
      try await session.execute("DELETE")
    }
    #expect(sink.lines == ["succeeded(rows: 2) SELECT", "began DELETE", "succeeded(rows: 2) DELETE"])
    let events = sink.events
    #expect(events[1].requestID == events[2].requestID && events[0].requestID != events[1].requestID)
    #expect(
      events[1].elapsed == .zero && events[2].elapsed > .zero
        && events[2].timestamp.microsecondsSince2000 >= events[1].timestamp.microsecondsSince2000)
    #expect(events.map(\.access) == [.readWrite, .readWrite, .readWrite])
    guard case .succeeded(_, let bytes) = events[0].outcome else { return #expect(Bool(false), "\(events[0])") }
    #expect(bytes > 0)
  }

  @Test func questionsPlansAndPingsHaveAnEnd() async throws {
    let sink = RecordingAuditSink()
    try await run(InMemoryServer(classifications: ["DELETE": Self.write]), sink) { session in
      try await session.ping()
      _ = try await session.serverInfo()
      _ = try await session.schemas()
      _ = try await session.tables()
      _ = try await session.describeTables()
      await #expect(throws: DBError.self) { try await session.describe(TableReference("orders")) }
      _ = try await session.explain("DELETE")
      _ = try await session.explain("DELETE", mode: .analyze)
      _ = try await session.classify("DELETE")
    }
    #expect(
      sink.lines == [
        "succeeded(rows: 0) ping", "succeeded(rows: 0) server info", "succeeded(rows: 0) list schemas",
        "succeeded(rows: 0) list tables", "succeeded(rows: 0) describe tables",
        "failed(objectNotFound) describe orders", "succeeded(rows: 0) explain DELETE", "began DELETE",
        "succeeded(rows: 0) DELETE",
      ])
    #expect(sink.events.prefix(6).allSatisfy { $0.effect == nil && $0.fingerprint == nil })
    #expect(sink.events[6].effect == .read && sink.events[7].effect == .write)
  }

  @Test func transactionsLeaveTheirSteps() async throws {
    let sink = RecordingAuditSink()
    try await run(InMemoryServer(), sink) { session in
      try await session.withTransaction { outer in
        _ = try await outer.withTransaction { try await $0.execute("a") }
        await #expect(throws: Mine.self) { try await outer.withTransaction { _ in throw Mine() } }
      }
      await #expect(throws: Mine.self) { try await session.withTransaction { _ in throw Mine() } }
    }
    #expect(
      sink.lines.map { $0.replacing("succeeded(rows: 0) ", with: "") } == [
        "begin", "begin savepoint bosdb_1", "a", "commit savepoint bosdb_1", "begin savepoint bosdb_1",
        "roll back savepoint bosdb_1", "commit", "begin", "roll back",
      ])
  }

  @Test func aFailedCommitAndItsRollBackAreBothKept() async throws {
    let sink = RecordingAuditSink()
    let refusal = DBError(.constraintViolation, "deferred", server: ServerDiagnostics(sqlState: "23503"))
    _ = try await run(InMemoryServer(failures: ["commit": refusal]), sink) { session in
      await #expect(throws: TransactionError.self) { try await session.withTransaction { _ in } }
    }
    #expect(
      sink.lines == ["succeeded(rows: 0) begin", "failed(constraintViolation) commit", "succeeded(rows: 0) roll back"])
    #expect(sink.events[1].outcome == .failed(.constraintViolation, outcome: "rejected"))
  }

  @Test func aPipelineLeavesOneEndAStatement() async throws {
    let sink = RecordingAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write]) { request throws(DBError) in
      if request.statement.textWithoutValues == "bad" { throw DBError(.syntaxError, "bad") }
      return .empty()
    }
    try await run(server, sink) { _ = try await $0.pipeline(["a", "DELETE", "bad"]) }
    #expect(
      sink.lines == ["began DELETE", "succeeded(rows: 0) a", "succeeded(rows: 0) DELETE", "failed(syntaxError) bad"])
  }

  @Test func aPipelineThatIsRefusedOrLostEndsEveryStatement() async throws {
    let sink = RecordingAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write])
    try await run(server, sink, policy: .readOnly) { session in
      await #expect(throws: DBError.self) { try await session.pipeline(["a", "DELETE"]) }
      server.fail("pipeline", with: DBError(.connectionLost, "gone", retry: .ifIdempotent))
      await #expect(throws: DBError.self) { try await session.pipeline(["a", "b"]) }
    }
    #expect(sink.lines == ["refused DELETE", "refused a", "failed(connectionLost) a", "failed(connectionLost) b"])
    #expect(sink.events[0].outcome == .refused(.classification))
    #expect(sink.events[2].outcome == .failed(.connectionLost, outcome: "unknown"))
  }
}

extension AuditTrailTests {
  @Test func aStreamEndsOnceHoweverItIsLeft() async throws {
    let sink = RecordingAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write]) { _ in batch(["n"], [[1], [2]]) }
    try await run(server, sink) { session in
      try await session.withRows("whole") { for try await _ in $0 {} }
      try await session.withRows("untouched") { _ in }
      await #expect(throws: Mine.self) {
        try await session.withRows("left") { for try await _ in $0 { throw Mine() } }
      }
      try await session.withRows("DELETE") { for try await _ in $0 {} }
      server.fail("nextBatch", with: DBError(.connectionLost, "gone"), times: 2)
      try await session.withRows("fails") { rows in
        var batches = rows.batches.makeAsyncIterator()
        await #expect(throws: DBError.self) { try await batches.next() }
        await #expect(throws: DBError.self) { try await batches.next() }
      }
    }
    #expect(
      sink.lines == [
        "succeeded(rows: 2) whole", "succeeded(rows: 0) untouched", "succeeded(rows: 2) left", "began DELETE",
        "succeeded(rows: 2) DELETE", "failed(connectionLost) fails",
      ])
  }

  @Test func aStreamThatIsReadWhenItsClosureHasEndedHasEndedOnce() async throws {
    let sink = RecordingAuditSink()
    try await run(InMemoryServer(), sink) { session in
      let rows = try await session.withRows("x") { $0 }
      await #expect(throws: DBError.self) { for try await _ in rows {} }
    }
    #expect(sink.lines == ["succeeded(rows: 0) x"])
  }

  @Test(arguments: ["execute", "nextBatch", "pipeline", "explain", "ping"])
  func aCancelledCallHasItsEnd(_ call: String) async throws {
    let sink = RecordingAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write])
    server.hold(call)
    try await run(server, sink) { session in
      let task = Task {
        switch call {
        case "execute": try await session.execute("DELETE")
        case "nextBatch": try await session.withRows("DELETE") { for try await _ in $0 {} }
        case "pipeline": _ = try await session.pipeline(["DELETE"])
        case "explain": _ = try await session.explain("DELETE", mode: .analyze)
        default: try await session.ping()
        }
      }
      while server.countHeld(call) == 0 { await Task.yield() }
      task.cancel()
      #expect(await #expect(throws: DBError.self) { try await task.value }?.code == .cancelled)
    }
    #expect(sink.lines == (call == "ping" ? ["failed(cancelled) ping"] : ["began DELETE", "failed(cancelled) DELETE"]))
  }

  @Test func whatCannotBeRecordedIsNotSent() async throws {
    let sink = FullAuditSink()
    let server = InMemoryServer(classifications: ["DELETE": Self.write])
    try await run(server, sink) { session in
      for call in [
        { try await session.execute("DELETE") }, { try await session.withRows("DELETE") { _ in } },
        { _ = try await session.pipeline(["SELECT", "DELETE"]) },
        { _ = try await session.explain("DELETE", mode: .analyze) },
      ] as [() async throws -> Void] {
        let error = await #expect(throws: DBError.self) { try await call() }
        #expect(error?.code == .auditFailed && error?.refusedBy == .policy && error?.outcome == "not_sent")
        #expect(error?.message.contains("the disk is full") == true && error?.endpoint == "memory")
        #expect(error?.category.exitCode == 7)
      }
      #expect(calls(server) == [], "nothing was sent")
      try await session.execute("SELECT")
    }
    #expect(calls(server) == ["execute SELECT"])
  }

  @Test func thePolicySaysWhatAFailingSinkKeepsFromRunning() async throws {
    for (blocking, sent) in [
      (.nothing, ["execute SELECT", "execute DELETE", "ping"]), (.writes, ["execute SELECT", "ping"]),
      (.everything, []),
    ] as [(AuditPolicy.Blocking, [String])] {
      let server = InMemoryServer(classifications: ["DELETE": Self.write])
      try await run(server, FullAuditSink(), blocking: blocking) { session in
        _ = try? await session.execute("SELECT")
        _ = try? await session.execute("DELETE")
        try? await session.ping()
      }
      #expect(calls(server) == sent, "\(blocking)")
    }
  }

  @Test func everythingThatBlocksHasABeginning() async throws {
    let sink = RecordingAuditSink()
    try await run(InMemoryServer(), sink, blocking: .everything) { session in
      try await session.execute("SELECT")
      try await session.ping()
    }
    #expect(sink.lines == ["began SELECT", "succeeded(rows: 0) SELECT", "began ping", "succeeded(rows: 0) ping"])
  }

  @Test func anEndThatCannotBeKeptIsLoggedAndChangesNothing() async throws {
    final class EndlessSink: AuditSink {
      func record(_ event: AuditEvent) async throws(DBError) {
        if event.outcome != .began { throw DBError(.auditFailed, "the disk is full") }
      }
    }
    let (logger, lines) = RecordingLogHandler.logger()
    let server = InMemoryServer(classifications: ["DELETE": Self.write]) { _ in batch(["n"], [[1]]) }
    let manager = try ConnectionManager(
      registry: server.registry, policy: .readWrite, audit: EndlessSink(), logger: logger)
    try await manager.withSession("memory:") { session in
      let rows = try await session.execute("DELETE").rows
      #expect(rows.count == 1)
    }
    await manager.shutdown(grace: .zero)
    #expect(lines.all.filter { $0.message == "The audit trail cannot be written" }.count == 1)
  }

  @Test func aTransactionWhoseCommitCannotBeRecordedIsRolledBack() async throws {
    final class NoCommitSink: AuditSink {
      func record(_ event: AuditEvent) async throws(DBError) {
        if ["commit", "roll back"].contains(event.statement) { throw DBError(.auditFailed, "the disk is full") }
      }
    }
    let server = InMemoryServer()
    try await run(server, NoCommitSink(), blocking: .everything) { session in
      let error = await #expect(throws: TransactionError.self) { try await session.withTransaction { _ in } }
      #expect(error?.outcome == .rolledBack && error?.commitError?.code == .auditFailed)
    }
    #expect(calls(server) == ["begin", "rollback"])
  }

  @Test func theContextIsTheTasks() async throws {
    let sink = RecordingAuditSink()
    try await run(InMemoryServer(), sink) { session in
      try await session.execute("a")
      try await AuditContext.$current.withValue(AuditContext(user: "ada", host: "h", connection: "shop")) {
        try await session.execute("b")
        await #expect(throws: Mine.self) { try await session.withTransaction { _ in throw Mine() } }
      }
    }
    #expect(sink.events.map(\.context.user) == [AuditContext.process.user, "ada", "ada", "ada"])
    #expect(sink.events.map(\.context.connection) == [nil, "shop", "shop", "shop"])
    #expect(!AuditContext.process.user.isEmpty && !AuditContext.process.host.isEmpty)
  }

  @Test func keepsTextsOnlyWhenAskedAndNeverValues() async throws {
    for keepsText in [false, true] {
      let sink = RecordingAuditSink()
      _ = try await run(InMemoryServer(), sink, keepsText: keepsText) { try await $0.execute("x = \("hunter2")") }
      #expect(sink.events.map(\.text) == [keepsText ? "x = ?" : nil] && sink.events[0].parameterTypes == ["text"])
      #expect(!"\(sink.events)".contains("hunter2"))
    }
  }
}
