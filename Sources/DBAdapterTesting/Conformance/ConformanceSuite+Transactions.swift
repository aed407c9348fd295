internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let transactions: [(String, Body)] = [
    ("a transaction commits, and others see it then", commits),
    ("a body's error rolls back and is thrown as it is", rollsBack),
    ("savepoints undo the inner part only", savepoints),
    ("a failed statement and a commit end honestly", failedCommit),
    ("a transaction takes its options or refuses them", options),
    ("a cancelled transaction stores nothing", cancelledTransaction),
    ("the inner session ends before the transaction does", innerSessionEnds),
    ("schema changes roll back where that is promised", transactionalDDL),
  ]

  private struct Mine: Error {}

  private static func count(
    _ session: DatabaseSession, _ table: String, _ context: ConformanceContext
  ) async throws -> DBValue {
    try await context.scalar(session, context.dialect.count(table))
  }

  private static func insert(
    _ number: Int, _ table: String, _ session: DatabaseSession, _ context: ConformanceContext
  ) async throws {
    _ = try await session.execute(context.dialect.insert(number, into: table))
  }

  private static func whenTransactional(
    _ context: ConformanceContext, _ body: (DatabaseSession, String) async throws -> Void
  ) async throws {
    guard context.has(.transactions) else {
      return try await context.session { session in
        await context.expect(.unsupported, of: "a transaction") { try await session.withTransaction { _ in } }
      }
    }
    try await context.withTable("n BIGINT PRIMARY KEY", body)
  }

  private static func commits(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      let returned = try await session.withTransaction { inner in
        try await insert(1, table, inner, context)
        let mine = try await count(inner, table, context)
        let others = try await context.session { try await count($0, table, context) }
        context.expect(mine == 1 && others == 0, "before the commit: \(mine.shown) inside, \(others.shown) outside")
        return 7
      }
      let others = try await context.session { try await count($0, table, context) }
      context.expect(returned == 7 && others == 1, "after the commit others see \(others.shown)")
    }
  }

  private static func rollsBack(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      do {
        try await session.withTransaction { inner in
          try await insert(1, table, inner, context)
          throw Mine()
        }
        context.report("the body's error was lost")
      } catch is Mine {
      }
      let left = try await count(session, table, context)
      context.expect(left == 0, "after the roll-back there are \(left.shown)")
      await context.expect(.constraintViolation, of: "a transaction with a duplicate") {
        try await session.withTransaction { inner in
          try await insert(1, table, inner, context)
          try await insert(1, table, inner, context)
        }
      }
      let still = try await count(session, table, context)
      context.expect(still == 0, "after a failed statement there are \(still.shown)")
    }
  }

  private static func savepoints(_ context: ConformanceContext) async throws {
    guard context.has(.savepoints) else { return }
    try await whenTransactional(context) { session, table in
      try await session.withTransaction { outer in
        try await insert(1, table, outer, context)
        try await outer.withTransaction { try await insert(2, table, $0, context) }
        do {
          try await outer.withTransaction { inner in
            try await insert(3, table, inner, context)
            try await inner.withTransaction { try await insert(4, table, $0, context) }
            throw Mine()
          }
        } catch is Mine {
        }
        // A failed statement inside spoils only the inside.
        _ = await context.failure(of: "a duplicate in a savepoint") {
          try await outer.withTransaction { try await insert(1, table, $0, context) }
        }
        try await insert(5, table, outer, context)
        await context.expect(.unsupported, of: "options of a savepoint") {
          try await outer.withTransaction(TransactionOptions(isReadOnly: true)) { _ in }
        }
      }
      let rows = try await session.execute(QueryRequest(unsafeText: "SELECT n FROM \(table) ORDER BY n")).rows.map {
        $0[0]
      }
      context.expect(rows == [1, 2, 5], "the rows are \(rows)")
    }
  }

  private static func failedCommit(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      do {
        try await session.withTransaction { inner in
          try await insert(1, table, inner, context)
          _ = await context.failure(of: "a duplicate") { try await insert(1, table, inner, context) }
        }
        context.expect(!context.quirks.failureAbortsTransaction, "the commit of a failed transaction succeeded")
      } catch let error as TransactionError {
        context.expect(context.quirks.failureAbortsTransaction, "the commit failed: \(error)")
        context.expect(error.outcome == .rolledBack, "the outcome is \(error.outcome)")
        context.expect(
          error.commitError?.code == .transactionAborted,
          "the commit failed with \(String(describing: error.commitError))")
      }
      let left = try await count(session, table, context)
      let wanted: DBValue = context.quirks.failureAbortsTransaction ? 0 : 1
      context.expect(left == wanted, "\(left.shown) rows are left")
      await context.expectAlive(session, after: "a failed commit")
    }
  }

  private static func options(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      for level in [TransactionOptions.Isolation.readUncommitted, .readCommitted, .repeatableRead, .serializable] {
        do {
          try await session.withTransaction(TransactionOptions(isolation: level)) {
            _ = try await count($0, table, context)
          }
        } catch let error as DBError {
          let isDeclared = context.quirks.isolationLevels.contains(level)
          context.expect(error.code == .unsupported && !isDeclared, "isolation \(level.rawValue) failed with \(error)")
        }
      }
      do {
        try await session.withTransaction(TransactionOptions(isReadOnly: true)) {
          try await insert(1, table, $0, context)
        }
        context.report("a read-only transaction wrote")
      } catch let error as DBError {
        context.expect(
          [.permissionDenied, .unsupported].contains(error.code), "a write in a read-only transaction: \(error)")
      }
      // The option ends with its transaction.
      try await insert(2, table, session, context)
      let left = try await count(session, table, context)
      context.expect(left == 1, "\(left.shown) rows")
    }
  }

  private static func cancelledTransaction(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      for step in 0..<3 {
        let task = Task {
          try await session.withTransaction { inner in
            if step == 0 { withUnsafeCurrentTask { $0?.cancel() } }
            try await insert(1, table, inner, context)
            if step == 1 { withUnsafeCurrentTask { $0?.cancel() } }
            try await insert(2, table, inner, context)
            // Cancelled after the last statement: the body has returned, so whether the commit still goes is the race's to say.
            if step == 2 { throw CancellationError() }
          }
        }
        if case .success = await task.result { context.report("a transaction cancelled at step \(step) committed") }
        let left = try await context.session { try await count($0, table, context) }
        context.expect(left == 0, "cancelled at step \(step) it stored \(left.shown) rows")
        if context.has(.cancellation) {
          await context.expectAlive(session, after: "a transaction cancelled at step \(step)")
        }
      }
    }
  }

  private static func innerSessionEnds(_ context: ConformanceContext) async throws {
    try await whenTransactional(context) { session, table in
      let inner = try await session.withTransaction { $0 }
      await context.expect(.sessionExpired, of: "a statement after the transaction") {
        try await insert(1, table, inner, context)
      }
      let left = try await count(session, table, context)
      context.expect(left == 0, "a late statement stored \(left.shown) rows")
    }
  }

  private static func transactionalDDL(_ context: ConformanceContext) async throws {
    guard context.has(.transactionalDDL) else { return }
    try await context.session { session in
      let table = TestServers.uniqueName()
      do {
        try await session.withTransaction { inner in
          _ = try await inner.execute(QueryRequest(unsafeText: "CREATE TABLE \(table) (n BIGINT)"))
          throw Mine()
        }
      } catch is Mine {
      }
      await context.expect(.objectNotFound, of: "a table whose making was rolled back") {
        try await session.execute(QueryRequest(unsafeText: "SELECT * FROM \(table)"))
      }
    }
  }
}
