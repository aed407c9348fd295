import DBAdapterCore
import DBAdapterTesting
import Testing

@Suite struct TransactionTests {
  private struct Mine: Error {}

  private func run<R>(_ server: InMemoryServer, _ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await ConnectionManager.withManager(registry: server.registry, policy: .readWrite) { manager in
      try await manager.withSession("memory:", body)
    }
  }

  /// What the adapter was asked between `connect` and `close`.
  private func calls(_ server: InMemoryServer) -> [String] {
    server.calls.filter { !["connect", "close", "shutdown"].contains($0) }
  }

  @Test func commitsWhenTheBodyReturns() async throws {
    let server = InMemoryServer()
    let value = try await run(server) { session in
      try await session.withTransaction { inner in
        _ = try await inner.execute("x")
        return 7
      }
    }
    #expect(value == 7 && calls(server) == ["begin", "execute x", "commit"])
  }

  @Test func rollsBackAndRethrowsWhatTheBodyThrew() async throws {
    let server = InMemoryServer()
    try await run(server) { session in
      await #expect(throws: Mine.self) { try await session.withTransaction { _ in throw Mine() } }
      _ = try await session.execute("after")
    }
    #expect(calls(server) == ["begin", "rollback", "execute after"])
  }

  @Test func expiresTheInnerSessionBeforeTheEnd() async throws {
    let server = InMemoryServer()
    try await run(server) { session in
      let inner = try await session.withTransaction { $0 }
      let error = await #expect(throws: DBError.self) { try await inner.execute("late") }
      #expect(error?.code == .sessionExpired)
    }
    #expect(calls(server) == ["begin", "commit"])
  }

  @Test func nestsAsSavepoints() async throws {
    let server = InMemoryServer()
    try await run(server) { session in
      try await session.withTransaction { outer -> Void in
        try await outer.withTransaction { middle -> Void in
          await #expect(throws: Mine.self) { try await middle.withTransaction { _ in throw Mine() } }
        }
        let error = await #expect(throws: DBError.self) {
          try await outer.withTransaction(TransactionOptions(isReadOnly: true)) { _ in }
        }
        #expect(error?.code == .unsupported)
      }
    }
    #expect(
      calls(server) == [
        "begin", "savepoint create bosdb_1", "savepoint create bosdb_2", "savepoint rollback bosdb_2",
        "savepoint release bosdb_2", "savepoint release bosdb_1", "commit",
      ])
  }

  @Test func aRefusedCommitIsRolledBack() async throws {
    let refused = DBError(
      .transactionAborted, "current transaction is aborted", server: ServerDiagnostics(sqlState: "25P02"))
    let server = InMemoryServer(failures: ["commit": refused])
    try await run(server) { session in
      let error = await #expect(throws: TransactionError.self) { try await session.withTransaction { _ in } }
      #expect(
        error?.outcome == .rolledBack && error?.commitError?.code == .transactionAborted && error?.bodyError == nil)
    }
    #expect(calls(server) == ["begin", "commit", "rollback"])
  }

  @Test func aLostCommitIsUnknown() async throws {
    let server = InMemoryServer(failures: ["commit": DBError(.connectionLost, "gone", retry: .ifIdempotent)])
    try await run(server) { session in
      let error = await #expect(throws: TransactionError.self) { try await session.withTransaction { _ in } }
      #expect(error?.outcome == .unknown && error?.commitError?.retry == .ifIdempotent)
    }
  }

  @Test func aFailedRollBackKeepsBothErrors() async throws {
    let server = InMemoryServer(failures: ["rollback": DBError(.connectionLost, "gone", retry: .ifIdempotent)])
    try await run(server) { session in
      let error = await #expect(throws: TransactionError.self) {
        try await session.withTransaction { _ in throw Mine() }
      }
      #expect(
        error?.outcome == .rolledBack && error?.bodyError is Mine && error?.rollbackError?.code == .connectionLost)
    }
  }

  @Test func aFailedBeginRunsNothing() async throws {
    let server = InMemoryServer(failures: ["begin": DBError(.unsupported, "no such isolation")])
    try await run(server) { session in
      let error = await #expect(throws: DBError.self) {
        try await session.withTransaction { _ in Issue.record("the body ran") }
      }
      #expect(error?.code == .unsupported)
    }
    #expect(calls(server) == ["begin"])
  }

  @Test func aCancelledBodyStillRollsBack() async throws {
    let server = InMemoryServer()
    let task = Task {
      try await run(server) { session in
        try await session.withTransaction { _ in
          withUnsafeCurrentTask { $0?.cancel() }
          try Task.checkCancellation()
        }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(calls(server) == ["begin", "rollback"])
  }
}
