internal import DBAdapterCore

extension AdapterConformanceSuite {
  static let errors: [(String, Body)] = [
    ("an error of syntax says where", syntaxErrors),
    ("errors of the engine have codes, and the session goes on", engineErrors),
    ("constraints are named", constraints),
    ("an empty statement and two statements are refused", wrongCounts),
    ("no error shows a value", noValues),
  ]

  private static func syntaxErrors(_ context: ConformanceContext) async throws {
    try await context.session { session in
      for (text, position) in context.dialect.wrongSyntax {
        let error = await context.expect(.syntaxError, of: text) {
          try await session.execute(QueryRequest(unsafeText: text))
        }
        guard let error else { continue }
        context.expect(
          error.server?.position == position,
          "\(text): position \(String(describing: error.server?.position)), not \(String(describing: position))")
        context.expect(
          error.retry == .never && error.outcome == "rejected", "\(text): \(error.retry), \(error.outcome)")
        context.expect(
          !error.message.isEmpty && error.origin.file.contains("Conformance"), "\(text): \(error.debugDescription)")
      }
      await context.expectAlive(session, after: "errors of syntax")
    }
  }

  private static func engineErrors(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT PRIMARY KEY") { session, table in
      _ = try await session.execute(context.dialect.insert(1, into: table))
      for (text, code, word) in context.dialect.failures(table) {
        let error = await context.expect(code, of: text) { try await session.execute(QueryRequest(unsafeText: text)) }
        if let word {
          context.expect(
            error?.server?.nativeName == word, "\(text): the server's word is \(error?.server?.nativeName ?? "none")")
        }
        await context.expectAlive(session, after: text)
      }
      if let (expression, code) = context.quirks.failingExpression {
        await context.expect(code, of: expression) {
          try await session.execute(QueryRequest(unsafeText: "SELECT \(expression)"))
        }
      }
      guard let (request, code) = context.dialect.failingRows(after: 1_000) else { return }
      await context.expect(code, of: "a failure after 1,000 rows") { try await session.execute(request) }
      await context.expectAlive(session, after: "a failure after 1,000 rows")
    }
  }

  private static func constraints(_ context: ConformanceContext) async throws {
    guard context.quirks.hasConstraints else { return }
    let table = TestServers.uniqueName()
    let constrained = context.dialect.constrained(table)
    try await context.session { session in
      for request in constrained.create + [constrained.accepted] { _ = try await session.execute(request) }
      for (what, request, constraint) in constrained.violations {
        let error = await context.expect(.constraintViolation, of: what) { try await session.execute(request) }
        context.expect(error?.retry != .safe, "\(what) may be repeated")
        if let constraint {
          context.expect(
            error?.server?.constraint == constraint,
            "\(what): constraint \(String(describing: error?.server?.constraint))")
        }
      }
      let count = try await context.scalar(session, context.dialect.count(table))
      context.expect(count == 1, "\(count.shown) rows are left of refused inserts")
      _ = try await session.execute(context.dialect.drop(table))
    }
  }

  private static func wrongCounts(_ context: ConformanceContext) async throws {
    try await context.withTable("n BIGINT") { session, table in
      for text in context.dialect.emptyStatements {
        let error = await context.failure(of: "the statement '\(text)'") {
          try await session.execute(QueryRequest(unsafeText: text))
        }
        context.expect(
          error?.code == .invalidParameter, "the statement '\(text)' failed with \(String(describing: error))")
      }
      for (text, isWrong) in context.dialect.severalStatements(table) {
        let error = await context.failure(of: text) { try await session.execute(QueryRequest(unsafeText: text)) }
        context.expect(
          error?.code == .invalidParameter || isWrong, "\(text) failed with \(String(describing: error))")
      }
      for text in context.dialect.singleStatements {
        do {
          let result = try await session.execute(QueryRequest(unsafeText: text))
          context.expect(result.rows.count == 1, "\(text) gave \(result.rows.count) rows")
        } catch {
          context.report("\(text) is one statement and failed with \(error)")
        }
      }
      let count = try await context.scalar(session, context.dialect.count(table))
      context.expect(count == 0, "refused statements stored \(count.shown) rows")
    }
  }

  private static func noValues(_ context: ConformanceContext) async throws {
    try await context.withTable("t TEXT, n BIGINT CHECK (n < 10)") { session, table in
      let secret = "HuNtEr2-\(TestServers.uniqueName())"
      let error = await context.failure(of: "a value that is refused") {
        try await session.execute(context.dialect.refused(secret, table))
      }
      // What the server itself says may hold values (DETAIL: Failing row contains …); our own sentence and the log line do not.
      context.expect(
        error?.description.contains(secret) != true, "the error shows a bound value: \(String(describing: error))")
      let lines = context.audit.events.map { "\($0)" }
      context.expect(!lines.contains { $0.contains(secret) }, "the audit trail shows a bound value")
    }
  }
}
