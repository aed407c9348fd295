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
        try await context.session { session in
          try await session.withRows(QueryRequest(unsafeText: context.quirks.series(3))) { for try await _ in $0 {} }
        }
      }
    ),
    (
      .transactions,
      { context in
        try await context.session { try await $0.withTransaction { _ = try await $0.execute("SELECT 1") } }
      }
    ),
    (
      .savepoints,
      { context in
        try await context.session { session in
          try await session.withTransaction { try await $0.withTransaction { _ = try await $0.execute("SELECT 1") } }
        }
      }
    ),
    (
      .pipelining,
      { context in
        try await context.session { session in
          for result in try await session.pipeline(["SELECT 1", "SELECT 2"]) { _ = try result.get() }
        }
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
            _ = try await session.execute(QueryRequest(unsafeText: context.quirks.endless).timeout(.milliseconds(50)))
          } catch {
            _ = try await session.execute("SELECT 1")
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
    (.explain, { context in try await context.session { _ = try await $0.explain("SELECT 1") } }),
    (
      .explainAnalyze, { context in try await context.session { _ = try await $0.explain("SELECT 1", mode: .analyze) } }
    ),
    (
      .schemas,
      { context in
        let schemas = try await context.session { try await $0.schemas() }
        if schemas.items.isEmpty { throw DBError(.unsupported, "no schemas") }
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
