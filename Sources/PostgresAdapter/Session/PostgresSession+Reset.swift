internal import DBAdapterCore

/// Settings the server reports to its clients by itself, at one moment (PostgreSQL documentation 34.2, `PQparameterStatus`).
///
/// Compared with an earlier report they tell, without a round trip, of some settings that a statement changed without naming them: from
/// inside a trigger, say.
struct PostgresReport: Sendable {
  private static let names: [StaticString] = [
    "application_name", "DateStyle", "IntervalStyle", "TimeZone", "is_superuser", "session_authorization",
    "search_path",
  ]
  /// A read-only session puts these back before each statement.
  private static let settled: [StaticString] = [
    "client_encoding", "default_transaction_read_only", "standard_conforming_strings",
  ]

  private let values: [(name: StaticString, value: String?)]

  init(_ handle: PGConnectionHandle, isReadOnly: Bool) {
    values = (isReadOnly ? Self.names : Self.names + Self.settled).map { name in
      (name, handle.parameterStatus(name.description))
    }
  }

  /// Whether the server would report the same now.
  func holds(_ handle: PGConnectionHandle) -> Bool {
    values.allSatisfy { handle.parameterStatus($0.name, equals: $0.value) }
  }
}

/// Between two users of a session.
extension PostgresSession {
  /// `false` when the server can have nothing that the statements of the last user left, and nothing runs.
  var needsReset: Bool {
    if resetPolicy == .always { return true }
    let isClean = connection.whenIdle { handle in
      guard resetPolicy == .auto, !isPooled else { return true }
      return state.withLock { $0.traces == .none } && !handle.hasNotices
        && firstReport.holds(handle)
    }
    return isClean != true
  }

  /// Does what `DISCARD ALL` does, in one round trip, but keeps the statements prepared for this session: only those that a user prepared go, and
  /// all when some may mean something else by now.
  ///
  /// Behind a transaction pooler a session keeps nothing but an open transaction, which is rolled back.
  func reset() async throws(DBError) {
    try await connection.perform(limit: .seconds(5)) { () async throws(DBError) in
      if self.isPooled || self.resetPolicy == .never {
        if self.connection.handle.isInTransaction { try await self.command("ROLLBACK") }
        self.transactionRolledBack()
      } else {
        try await self.resetAll()
      }
    }
    _ = connection.handle.takeNotices()
  }

  private func resetAll() async throws(DBError) {
    let handle = connection.handle
    let before = state.withLock { $0 }
    // To ask for the prepared statements doubles the cost, and only what can leave anything can have left some or taken some away.
    let mayHaveChangedStatements =
      resetPolicy == .always || before.traces == .names || !firstReport.holds(handle)
    let script = Self.resetScript(
      isInTransaction: handle.isInTransaction, isReadOnly: isReadOnly, deallocatesAll: before.hasDoubtfulStatements)
    let answer = try await run(script: script + (mayHaveChangedStatements ? Self.statementsQuery : ""))
    let kept = before.hasDoubtfulStatements ? 0 : before.statements.count
    if mayHaveChangedStatements, answer.own != kept {
      // Somebody deallocated some, or one was left over when its table changed.
      try await command("DEALLOCATE ALL")
      state.withLock { $0.statements.removeAll() }
    } else {
      if let foreign = answer.foreign { _ = try await run(script: foreign) }
      if before.hasDoubtfulStatements { state.withLock { $0.statements.removeAll() } }
    }
    state.withLock { state in
      state.statementTimeout = 0
      state.traces = .none
      state.reading = .plain
      state.hasDoubtfulStatements = false
    }
  }

  private static func resetScript(isInTransaction: Bool, isReadOnly: Bool, deallocatesAll: Bool) -> String {
    (isInTransaction ? "ROLLBACK; " : "")
      + "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; CLOSE ALL; UNLISTEN *; "
      + "SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; "
      + (isReadOnly ? "SET SESSION default_transaction_read_only = on; " : "")
      + (deallocatesAll ? "DEALLOCATE ALL; " : "")
  }

  /// A row of two: the statements that deallocate what users prepared, or null; and how many of ours the server has.
  private static let statementsQuery = """
    SELECT pg_catalog.string_agg(pg_catalog.format('DEALLOCATE %I', name), '; ') FILTER (WHERE from_sql), \
    pg_catalog.count(*) FILTER (WHERE NOT from_sql) FROM pg_catalog.pg_prepared_statements
    """

  private func run(script: String) async throws(DBError) -> (foreign: String?, own: Int?) {
    try connection.send(.script(script), binaryResult: false)
    var answer: (foreign: String?, own: Int?) = (nil, nil)
    var failure: DBError?
    while let result = try await connection.nextResult() {
      if result.status == .failed { failure = failure ?? connection.error(result) }
      if result.status == .rows, result.columnCount == 2 {
        answer = (result.text(row: 0, column: 0), result.text(row: 0, column: 1).flatMap { Int($0) })
      }
      if connection.handle.isBroken { throw failure ?? connection.error }
    }
    if let failure { throw failure }
    return answer
  }
}
