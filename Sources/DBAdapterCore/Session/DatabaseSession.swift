/// What callers get: one session with a database, with time limits, guard and audit around the adapter.
///
/// It is valid inside the closure that lends it; later calls throw ``DBError/Code-swift.struct/sessionExpired``. It runs one statement
/// at a time: a second one meanwhile throws ``DBError/Code-swift.struct/connectionBusy``.
///
/// Every call throws ``DBError``: ``DBError/Code-swift.struct/cancelled`` when its task is cancelled (the statement is stopped on the
/// server first), ``DBError/Code-swift.struct/timeout`` when the request's time limit is over,
/// ``DBError/Code-swift.struct/rejectedByGuard`` when the session's policy forbids the statement.
public final class DatabaseSession: Sendable {
  let adapter: any IDBAdapter
  let state: SessionState
  let guardian: QueryGuard
  let audit: Auditing
  /// How many transactions enclose the session; above one they are savepoints.
  let transactionDepth: Int
  /// The pool the adapter is lent from.
  let lender: ConnectionPool
  let preparing: (any StatementPreparing)?
  /// Whether other sessions use the connection at the same time.
  let isShared: Bool

  init(lease: Lease, policy: AccessPolicy, audit: Auditing) {
    adapter = lease.adapter
    self.audit = audit
    lender = lease.pool
    isShared = lease.kind == .shared
    preparing = lease.adapter.preparing
    transactionDepth = 0
    guardian = QueryGuard(
      policy: policy, hasAdministrativeStatements: type(of: adapter).descriptor.hasAdministrativeStatements)
    state = SessionState()
  }

  /// The session lent to the body of a transaction.
  init(inside outer: DatabaseSession) {
    adapter = outer.adapter
    audit = outer.audit
    lender = outer.lender
    transactionDepth = outer.transactionDepth + 1
    guardian = outer.guardian
    state = SessionState(inside: outer.state)
    isShared = outer.isShared
    preparing = outer.preparing
  }

  /// What the adapter is and can do.
  public var descriptor: AdapterDescriptor { type(of: adapter).descriptor }

  /// What the session may do.
  public var policy: AccessPolicy { guardian.policy }

  /// The executor on which the session's calls cross no thread; prefer it for code that runs many small statements:
  /// `withTaskExecutorPreference(session.executor) { … }`.
  public var executor: (any TaskExecutor)? { adapter.executor }

  /// Where the session is connected, without credentials.
  public var endpoint: String { adapter.endpoint }

  /// The pool that lent the session, at this moment.
  public var pool: PoolSnapshot { lender.snapshot() }

  /// Runs one statement and collects its rows.
  ///
  /// A result larger than ``QueryRequest/rowLimit`` or ``QueryRequest/byteLimit`` is cut and says so in ``QueryResult/truncation``.
  @discardableResult
  public func execute(
    _ request: QueryRequest, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> QueryResult {
    try await execute(request, CallSite(file: file, line: line))
  }

  func execute(_ request: QueryRequest, _ origin: CallSite) async throws(DBError) -> QueryResult {
    let request = guardian.limited(request)
    try state.enter(origin)
    defer { state.leave() }
    if let preparing { return try await execute(request, preparing, origin) }
    // The subject is a copy of the request, which only somebody who looks at it needs.
    let trail = isWatched ? try await admit(.statement(request), origin) : nil
    let start = Deadline.now()
    do throws(DBError) {
      let result = try await result(of: request)
      lender.telemetry.recordExecution(start.elapsed())
      await trail?.end(result)
      return result
    } catch {
      lender.telemetry.recordExecution(start.elapsed(), failure: error.code)
      await trail?.end(error)
      throw completed(error, origin)
    }
  }

  /// Everything a statement returned, within its limits.
  private func result(of request: QueryRequest) async throws(DBError) -> QueryResult {
    guard let limit = request.byteLimit else { return try await adapter.executeQuery(request) }
    guard let streaming = adapter as? any RowStreaming else {
      return try await adapter.executeQuery(request).limited(toBytes: limit)
    }
    let start = Deadline.now()
    let cursor = await limited(try await streaming.openCursor(request, batchSize: 256), request)
    let executed = start.elapsed()
    var batches: [RowBatch] = []
    do throws(DBError) {
      while let batch = try await cursor.nextBatch() { batches.append(batch) }
    } catch {
      await cursor.close()
      throw error
    }
    let summary = cursor.summary
    let columns = cursor.columns
    await cursor.close()
    if let failure = cursor.closingFailure { throw failure }
    let withoutRows = summary.affectedRows.map { ReplyShape.affected($0) } ?? .acknowledged
    return QueryResult(
      rows: .joined(batches, columns: columns),
      reply: columns.areDocuments ? .documents : columns.count == 0 ? withoutRows : .rows,
      affectedRows: summary.affectedRows,
      commandTag: summary.commandTag, notices: summary.notices, truncation: summary.truncation,
      timing: QueryTiming(executed: executed, fetched: start.elapsed() - executed))
  }

  /// A cursor that ends where the request's byte limit is reached.
  func limited(_ cursor: any RowCursor, _ request: QueryRequest) async -> any RowCursor {
    guard let limit = request.byteLimit else { return cursor }
    let onlyReads = policy.level == .readOnly ? true : (try? await adapter.classify(request))?.effect == .read
    return ByteLimitedCursor(cursor, limit: limit, stopsStatement: onlyReads)
  }

  /// Whether the adapter can do something; what the connected server narrows is in ``serverInfo()``.
  public func supports(_ capability: AdapterCapabilities) -> Bool { descriptor.capabilities.contains(capability) }

  /// One round trip to the server.
  /// - Parameter timeout: how long to wait for the answer. Default: 5 seconds.
  public func ping(
    timeout: Duration? = .seconds(5), file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) {
    try await inspect("ping", file, line) { adapter throws(DBError) in try await adapter.ping(timeout: timeout) }
  }

  /// What answered, and what it can do.
  public func serverInfo(file: StaticString = #fileID, line: UInt = #line) async throws(DBError) -> ServerInfo {
    try await inspect("server info", file, line) { adapter throws(DBError) in try await adapter.serverInfo() }
  }

  /// What the server tells of itself beyond ``serverInfo(file:line:)``, in sections; `nil` where the engine has no such report.
  /// - Parameter sections: the sections wanted, by the server's names. Default: those that it shows unasked.
  public func serverReport(
    _ sections: [String] = [], file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> DBDocument? {
    guard let reporting = adapter as? any ServerReporting else { return nil }
    return try await perform(.question("server report"), CallSite(file: file, line: line)) { _ throws(DBError) in
      try await reporting.serverReport(sections)
    }
  }

  /// What the session's user may do on the server beyond what the session is for; `nil` where the engine does not tell.
  public func privileges(file: StaticString = #fileID, line: UInt = #line) async throws(DBError) -> SessionPrivileges? {
    guard let reporting = adapter as? any PrivilegeReporting else { return nil }
    return try await perform(.question("privileges"), CallSite(file: file, line: line)) { _ throws(DBError) in
      try await reporting.privileges()
    }
  }

  /// What a statement would do, by the adapter's own reading, without running it.
  public func classify(
    _ request: QueryRequest, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> StatementClassification {
    try state.enter(CallSite(file: file, line: line))
    defer { state.leave() }
    return try await adapter.classify(request)
  }

  // MARK: Inspection

  /// The schemas of the database, by name.
  public func schemas(
    _ options: ListOptions = ListOptions(), file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Listing<SchemaInfo> {
    try await inspect("list schemas", file, line) { adapter throws(DBError) in try await adapter.listSchemas(options) }
  }

  /// The tables, views and their kind of one schema, or of all that are not the engine's own, by name.
  public func tables(
    in schema: String? = nil, _ options: ListOptions = ListOptions(), file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Listing<TableInfo> {
    try await inspect("list tables", file, line) { adapter throws(DBError) in
      try await adapter.listTables(in: schema, options)
    }
  }

  /// Columns, constraints and indexes of one table.
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such table.
  public func describe(
    _ table: TableReference, _ options: DescribeOptions = DescribeOptions(), file: StaticString = #fileID,
    line: UInt = #line
  ) async throws(DBError) -> TableDescription {
    try await inspect("describe \(table)", file, line) { adapter throws(DBError) in
      try await adapter.describeTable(table, options)
    }
  }

  /// Columns, constraints and indexes of all tables of a schema, or of all schemas that are not the engine's own.
  public func describeTables(
    in schema: String? = nil, _ options: ListOptions = ListOptions(), file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> Listing<TableDescription> {
    try await inspect("describe tables", file, line) { adapter throws(DBError) in
      try await adapter.describeTables(in: schema, options)
    }
  }

  /// How the server would run a statement; with ``ExplainMode/analyze`` it runs it, and the guard treats it as the statement itself. A plan is
  /// refused only where making it might run code or do what the guard does not know: see ``AdapterDescriptor/planningMayRunCode``.
  public func explain(
    _ request: QueryRequest, mode: ExplainMode = .plan, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> QueryPlan {
    let origin = CallSite(file: file, line: line)
    let request = guardian.limited(request)
    let subject = mode == .plan ? Subject.plan(request) : .statement(request)
    return try await perform(subject, origin) { adapter throws(DBError) in
      try await adapter.explainQuery(request, mode: mode)
    }
  }
}

// MARK: - The order of every call: session alive, guard, audit begin, adapter, audit end

extension DatabaseSession {
  enum Subject: Sendable {
    /// Runs, so the guard looks at it.
    case statement(QueryRequest)
    /// Is only planned, whatever it would do; the guard looks at it where planning may run code.
    case plan(QueryRequest)
    case question(String)
    /// Takes back what was done; an audit that cannot be written must not keep it from that.
    case retreat(String)
  }

  /// - Parameter bytes: how many a result takes, for the audit. Default: none.
  func perform<R>(
    _ subject: Subject, _ origin: CallSite, rows: (R) -> Int = { _ in 0 }, bytes: (R) -> Int = { _ in 0 },
    _ body: (any IDBAdapter) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    try state.enter(origin)
    defer { state.leave() }
    let trail = try await admit(subject, origin)
    let start = Deadline.now()
    do throws(DBError) {
      let result = try await body(adapter)
      if case .statement = subject { lender.telemetry.recordExecution(start.elapsed()) }
      if let trail { await trail.end(.succeeded(rows: rows(result), bytes: bytes(result))) }
      return result
    } catch {
      if case .statement = subject { lender.telemetry.recordExecution(start.elapsed(), failure: error.code) }
      await trail?.end(error)
      throw completed(error, origin)
    }
  }

  /// Whether somebody looks at statements before they run: the guard, or an audit sink.
  var isWatched: Bool { audit.isActive || guardian.needsClassification }

  /// Lets a call through when the guard agrees. The caller has entered the session.
  /// - Returns: the call's audit trail, which has begun; `nil` when nobody reads it.
  func admit(_ subject: Subject, _ origin: CallSite) async throws(DBError) -> AuditTrail? {
    switch subject {
    case .question, .retreat: return try await begin(subject, nil, origin)
    case .statement(let request):
      guard isWatched else { return nil }
      return try await admit(subject, request, try await classification(of: subject, request, origin), origin)
    case .plan(let request):
      guard guardian.needsClassification, descriptor.planningMayRunCode else {
        return try await begin(subject, nil, origin)
      }
      let classification = try await classification(of: subject, request, origin)
      // To plan a change changes nothing.
      let changes: [StatementClassification.Effect] = [.write, .definition]
      if let effect = classification?.effect, changes.contains(effect) {
        return try await begin(subject, effect, origin)
      }
      return try await admit(subject, request, classification, origin)
    }
  }

  /// The same for a statement that was prepared.
  func admit(
    _ statement: any PreparedStatement, _ request: QueryRequest, _ origin: CallSite
  ) async throws(DBError) -> AuditTrail? {
    guard isWatched else { return nil }
    return try await admit(.statement(request), request, statement.classification, origin)
  }

  /// What a statement does; `nil` for one that cannot be read, where only the audit wants to know.
  private func classification(
    of subject: Subject, _ request: QueryRequest, _ origin: CallSite
  ) async throws(DBError) -> StatementClassification? {
    do throws(DBError) {
      return try await adapter.classify(request)
    } catch {
      guard guardian.needsClassification else { return nil }
      if audit.isActive { await AuditTrail(self, subject, .unknown).end(error) }
      throw completed(error, origin)
    }
  }

  private func admit(
    _ subject: Subject, _ request: QueryRequest, _ classification: StatementClassification?, _ origin: CallSite
  ) async throws(DBError) -> AuditTrail? {
    if guardian.needsClassification, let classification {
      do throws(DBError) {
        try guardian.check(classification, isConfirmed: request.isConfirmed)
      } catch {
        if audit.isActive { await AuditTrail(self, subject, classification.effect).end(error) }
        throw completed(error, origin)
      }
    }
    return try await begin(subject, classification?.effect ?? .unknown, origin)
  }

  private func begin(
    _ subject: Subject, _ effect: StatementClassification.Effect?, _ origin: CallSite
  ) async throws(DBError) -> AuditTrail? {
    guard audit.isActive else { return nil }
    let trail = AuditTrail(self, subject, effect)
    do throws(DBError) {
      try await trail.begin()
    } catch {
      throw completed(error, origin)
    }
    return trail
  }

  /// An adapter's error with what the session knows: engine, endpoint, and where the caller is.
  func completed(_ error: DBError, _ origin: CallSite) -> DBError {
    if error.meansServerLost { state.markLost() }
    return error.completed(adapter: descriptor.kind, endpoint: adapter.endpoint, origin: origin.location)
  }

  private func inspect<R>(
    _ question: String, _ file: StaticString, _ line: UInt, _ body: (any IDBAdapter) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    try await perform(.question(question), CallSite(file: file, line: line), body)
  }
}

extension Statement {
  /// The statement for people, with `?` where a value is bound.
  package var textWithoutValues: String {
    switch self {
    case .text(let text): text
    case .template(let template):
      template.segments.map { segment in
        switch segment {
        case .text(let text): text
        case .parameter: "?"
        case .identifier(let parts): parts.map { "\"\($0)\"" }.joined(separator: ".")
        }
      }.joined()
    case .command(let arguments): (arguments.first?.description ?? "") + (arguments.count > 1 ? " …" : "")
    case .document(let document): "{ \(document.fields.first?.name ?? ""): … }"
    }
  }
}
