internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let capabilities: [(String, Body)] = [
    ("what works is what the adapter says", saysWhatWorks)
  ]

  /// One way to find out each capability: it returns when it works, and throws when it does not.
  static let probes: [(AdapterCapabilities, Body)] = [
    (
      .rowStreaming,
      { context in
        try await context.withRows(3) { session, request in
          try await session.withRows(request) { for try await _ in $0 {} }
        }
      }
    ),
    (
      .transactions,
      { context in
        try await context.session {
          try await $0.withTransaction { _ = try await $0.execute(context.dialect.answer(1)) }
        }
      }
    ),
    (
      .savepoints,
      { context in
        try await context.session { session in
          try await session.withTransaction {
            try await $0.withTransaction { _ = try await $0.execute(context.dialect.answer(1)) }
          }
        }
      }
    ),
    (
      .pipelining,
      { context in
        try await context.session { session in
          for result in try await session.pipeline([context.dialect.answer(1), context.dialect.answer(2)]) {
            _ = try result.get()
          }
        }
      }
    ),
    (
      .atomicPipelines,
      { context in
        var left: DBValue = .null
        try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
          _ = try await session.pipeline([
            context.dialect.insert(1, into: table), context.dialect.failing(table).request,
          ])
          left = try await context.scalar(session, context.dialect.count(table))
        }
        if left != 0 { throw DBError(.unsupported, "what ran before a failure in a pipeline was kept") }
      }
    ),
    (
      .atomicBatches,
      { context in
        try await context.session { session in
          for result in try await session.atomically([context.dialect.answer(1)]) { _ = try result.get() }
        }
      }
    ),
    (.nativeReplies, { context in try await context.session { _ = try await $0.native(context.dialect.answer(1)) } }),
    (
      .subscriptions,
      { context in
        try await context.session { try await $0.withMessages(of: [.channel(TestServers.uniqueName())]) { _ in } }
      }
    ),
    (
      .serverEnforcedReadOnly,
      { context in
        guard let sneaky = context.quirks.sneakyWrite else { return try await engineRefusesWrites(context) }
        try await context.session { session in
          for text in sneaky.setup { _ = try await session.execute(QueryRequest(unsafeText: text)) }
        }
        var refused = false
        do {
          try await context.session(.readOnly) { _ = try await $0.execute(QueryRequest(unsafeText: sneaky.statement)) }
        } catch let error as DBError {
          refused = error.code == sneaky.code
        }
        try await context.session { session in
          for text in sneaky.cleanup { _ = try await session.execute(QueryRequest(unsafeText: text)) }
        }
        if !refused { throw DBError(.unsupported, "the server let a write through") }
      }
    ),
    (
      .cancellation,
      { context in
        try await context.session { session in
          do {
            _ = try await session.execute(context.dialect.endless.timeout(.milliseconds(50)))
          } catch {
            _ = try await session.execute(context.dialect.answer(1))
          }
        }
      }
    ),
    (
      .bulkCopy,
      { context in
        try await context.session { session in
          try await session.withCopyOut("COPY (SELECT 1) TO STDOUT") { for try await _ in $0 {} }
        }
      }
    ),
    (
      .transactionalDDL,
      { context in
        try await context.session { session in
          struct Undo: Error {}
          let table = TestServers.uniqueName()
          do {
            try await session.withTransaction { inner in
              _ = try await inner.execute(QueryRequest(unsafeText: "CREATE TABLE \(table) (n BIGINT)"))
              throw Undo()
            }
          } catch is Undo {
          }
          // It must be possible to make it again.
          _ = try await session.execute(QueryRequest(unsafeText: "CREATE TABLE \(table) (n BIGINT)"))
          _ = try await session.execute(QueryRequest(unsafeText: "DROP TABLE \(table)"))
        }
      }
    ),
    (.explain, { context in try await context.session { _ = try await $0.explain(context.dialect.answer(1)) } }),
    (
      .explainAnalyze,
      { context in try await context.session { _ = try await $0.explain(context.dialect.answer(1), mode: .analyze) } }
    ),
    (
      .schemas,
      { context in
        var isEmpty = true
        try await context.withTable("n BIGINT") { session, table in
          _ = try await session.execute(context.dialect.insert(1, into: table))
          isEmpty = try await session.schemas().items.isEmpty
        }
        if isEmpty { throw DBError(.unsupported, "no schemas") }
      }
    ),
  ]

  /// Without a disguised write to try, the session itself has to say that it is read-only.
  private static func engineRefusesWrites(_ context: ConformanceContext) async throws {
    let isReadOnly = try await context.session(.readOnly) { try await $0.serverInfo().isReadOnly }
    if !isReadOnly { throw DBError(.unsupported, "the session is not read-only") }
  }

  static func works(_ probe: Body, _ context: ConformanceContext) async -> Bool {
    do {
      try await probe(context)
      return true
    } catch {
      return false
    }
  }

  private static func saysWhatWorks(_ context: ConformanceContext) async throws {
    let said = try await context.session { ($0.descriptor.capabilities, try await $0.serverInfo().capabilities) }
    context.expect(
      said.0 == context.quirks.capabilities,
      "the descriptor says \(said.0.names), declared are \(context.quirks.capabilities.names)")
    context.expect(said.0.isSuperset(of: said.1), "the server can do more than its adapter: \(said.1.names)")
    for (capability, probe) in probes {
      let name = capability.names.joined(separator: ", ")
      do {
        try await probe(context)
        context.expect(context.has(capability), "\(name) works and is not declared")
      } catch {
        context.expect(!context.has(capability), "\(name) is declared and fails: \(error)")
        if !context.has(capability), let error = error as? DBError {
          context.expect(
            [.unsupported, .syntaxError, .rejectedByGuard].contains(error.code), "\(name) is refused with \(error)")
        }
      }
    }
  }
}
