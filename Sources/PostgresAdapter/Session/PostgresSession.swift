internal import DBAdapterCore
internal import DBSQLSupport

/// One open session: a connection with its statements, types and settings.
final class PostgresSession: Sendable {
  /// Prepared statements kept a connection unless the connection string says otherwise.
  static let defaultStatementCapacity = 256

  let connection: PostgresConnection
  let types = PostgresTypeCatalog()
  let isReadOnly: Bool
  /// Whether a transaction pooler stands in between: nothing may be left on the server between two statements.
  let isPooled: Bool
  let resetPolicy: ResetPolicy
  private let classifier: PostgresClassifier
  /// What the server reported of itself when the session began.
  let firstReport: PostgresReport
  let state: Locked<State>

  struct State {
    var statements: PostgresStatementCache
    /// Milliseconds as the server has it, 0 for its own default; `nil` when a rolled-back transaction may have undone it.
    var statementTimeout: Int64? = 0
    /// What statements since the last reset can have left behind.
    var traces = PostgresTraces.none
    /// Whether a statement was prepared when names could mean something else.
    var hasDoubtfulStatements = false
    /// Under which settings statements are prepared now.
    var reading = PostgresReading.plain

    /// Under which key a statement is kept. One of ours means the same whatever was set.
    func key(_ text: String, isOwn: Bool) -> PostgresStatementCache.Key {
      PostgresStatementCache.Key(text: text, reading: isOwn ? .plain : reading)
    }
  }

  init(
    _ connection: PostgresConnection, _ classifier: PostgresClassifier, isReadOnly: Bool, isPooled: Bool,
    statementCapacity: Int?, resetPolicy: ResetPolicy
  ) {
    self.connection = connection
    self.classifier = classifier
    self.isReadOnly = isReadOnly
    self.isPooled = isPooled
    self.resetPolicy = resetPolicy
    firstReport = PostgresReport(connection.handle, isReadOnly: isReadOnly)
    state = Locked(
      State(
        statements: PostgresStatementCache(capacity: isPooled ? 0 : statementCapacity ?? Self.defaultStatementCapacity))
    )
  }

  // MARK: Before a statement

  /// Whether a statement needs a read-only transaction of its own: where the session setting cannot hold or cannot be watched.
  var needsReadOnlyTransaction: Bool {
    isReadOnly && !connection.handle.isInTransaction && (isPooled || connection.handle.serverVersion < 140_000)
  }

  /// Refuses `COPY` where only rows are expected, in a session that may not write.
  ///
  /// The server lets even a read-only transaction write with `COPY … TO PROGRAM` and `TO 'file'`. The guard tells them from
  /// `TO STDOUT`, but by the text alone: a server that was made to read strings in another way (`standard_conforming_strings`,
  /// `client_encoding`) can see a different end of the statement. Its first word is the same for both.
  func checkReturnsRows(_ text: String) throws(DBError) {
    if isReadOnly, Self.isCopy(text) { throw PostgresErrors.copyNeedsStream }
  }

  /// Whether a statement's first word, behind white space, comments and empty statements, is `COPY`.
  static func isCopy(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      let start = PGStatementParser.skippingComments(0..<bytes.count, bytes, andSemicolons: true)
      let word = bytes[start...].prefix(4)
      return word.count == 4 && zip(word, "copy".utf8).allSatisfy { $0 | 0x20 == $1 }
    }
  }

  /// Makes the server read a statement's text as the guard does. It reports these settings by itself too.
  private func settleLanguage() async throws(DBError) {
    if readsTextAsWeDo { return }
    if !connection.handle.parameterStatus("standard_conforming_strings", is: "on") {
      try await command("SET SESSION standard_conforming_strings = on")
    }
    if !connection.handle.parameterStatus("client_encoding", is: "UTF8") {
      try await command("SET SESSION client_encoding = 'UTF8'")
    }
  }

  /// Makes the server's settings what a statement of the caller needs them to be, at a cost only when they are not.
  func settle(limit: Duration?) async throws(DBError) {
    try await settleAccess()
    if isPooled { return }
    // The server's setting ends at 24 days.
    let wanted = limit.map { min(Int64(Int32.max), max(1, $0.nanoseconds / 1_000_000)) } ?? 0
    guard state.withLock({ $0.statementTimeout }) != wanted, !connection.handle.isTransactionFailed else { return }
    try await command("SET SESSION statement_timeout = \(wanted == 0 ? "DEFAULT" : "\(wanted)")")
    state.withLock { $0.statementTimeout = wanted }
  }

  /// Keeps the time limit of an earlier statement from ending one of ours.
  func liftStatementTimeout() async throws(DBError) {
    guard state.withLock({ $0.statementTimeout }) != 0 else { return }
    try await settle(limit: nil)
  }

  /// Puts a read-only session back where a statement loosened it. The server reports the setting by itself (14 and later), so it is found
  /// out before the next statement is sent.
  func settleAccess() async throws(DBError) {
    guard isReadOnly, !isPooled else { return }
    if connection.handle.serverVersion >= 140_000,
      !connection.handle.parameterStatus("default_transaction_read_only", is: "on")
    {
      try await command("SET SESSION default_transaction_read_only = on")
    }
    try await settleLanguage()
  }

  /// A rolled-back transaction undoes settings made inside it.
  func transactionRolledBack() {
    state.withLock { state in
      state.statementTimeout = nil
      state.reading.undo()
    }
  }

  /// Looks at the command status of a statement: `ROLLBACK`, `ROLLBACK TO` and the `COMMIT` of a failed transaction all
  /// say the same.
  func noteEnd(_ tag: String) {
    if tag == "ROLLBACK" { transactionRolledBack() }
    if tag == "COMMIT" { state.withLock { $0.reading.endTransaction() } }
  }

  /// Runs a statement of ours that returns nothing.
  /// - Returns: the command status, `COMMIT`.
  @discardableResult
  func command(_ text: String) async throws(DBError) -> String {
    try connection.send(.text(text, types: []), binaryResult: false)
    var status = ""
    var failure: DBError?
    while let result = try await connection.nextResult() {
      if result.status == .failed {
        failure = failure ?? connection.error(result)
      } else {
        status = result.commandStatus
      }
    }
    if let failure { throw failure }
    noteEnd(status)
    return status
  }

  // MARK: Preparing

  /// The statement as the server describes it, from the cache or in one round trip.
  /// - Parameter isOwn: whether we wrote it; then it leaves nothing behind.
  func prepare(
    _ text: String, _ values: [DBValue], isOwn: Bool = false
  ) async throws(DBError) -> PostgresStatement {
    let isPlain = !connection.handle.isInTransaction
    let known = state.withLock { state -> PostgresStatement? in
      if isPlain { state.reading.endTransaction() }
      return state.statements.statement(state.key(text, isOwn: isOwn))
    }
    if let known, isOwn || readsTextAsWeDo { return known }
    let traces = isOwn ? .none : traces(of: text)
    do throws(DBError) {
      return try await describe(text, hints: [], traces, isOwn: isOwn)
    } catch {
      // The server could not tell the parameters' types by itself: help it with those of the values.
      guard ["42P18", "42725", "42883"].contains(error.server?.sqlState), !values.isEmpty,
        !connection.handle.isTransactionFailed
      else { throw error }
      let hints = values.map(Self.typeHint)
      guard hints.contains(where: { $0 != 0 }) else { throw error }
      return try await describe(text, hints: hints, traces, isOwn: isOwn)
    }
  }

  /// What a statement can leave behind, where that matters.
  func traces(of text: String) -> PostgresTraces {
    guard resetPolicy != .never, !isPooled else { return .none }
    return readsTextAsWeDo ? classifier.traces(of: text) : .names
  }

  /// Whether a string ends for the server where it ends for our grammar; otherwise it may see a call where we see a text.
  private var readsTextAsWeDo: Bool {
    connection.handle.parameterStatus("standard_conforming_strings", is: "on")
      && connection.handle.parameterStatus("client_encoding", is: "UTF8")
  }

  /// Called before a statement is sent.
  func note(_ traces: PostgresTraces) {
    if traces != .none { state.withLock { $0.traces = max($0.traces, traces) } }
  }

  /// The same for a statement with its values.
  func note(_ statement: PostgresStatement, _ values: [DBValue]) {
    note(statement.traces)
    if let setting = statement.setting { state.withLock { $0.reading.note(setting, statement.text, values) } }
  }

  func forget(_ text: String, isOwn: Bool) { state.withLock { $0.statements.remove($0.key(text, isOwn: isOwn)) } }

  private func describe(
    _ text: String, hints: [UInt32], _ traces: PostgresTraces, isOwn: Bool
  ) async throws(DBError) -> PostgresStatement {
    // Read in another way, a text is another statement. In a failed transaction the server takes no DEALLOCATE, which makes room.
    let keeps =
      state.withLock { $0.statements.capacity > 0 } && hints.isEmpty && (isOwn || readsTextAsWeDo)
      && !connection.handle.isTransactionFailed
    let (name, evicted) = state.withLock { state in
      keeps ? (state.statements.makeName(), state.statements.evict()) : ("", nil)
    }
    let description = try await sendPrepare(name: name, text: text, hints: hints, evicting: evicted)
    try await learn(description.parameters + description.fields.map(\.type))
    let statement = PostgresStatement(
      text: text, name: keeps ? name : nil, parameterTypes: description.parameters.map { types.type($0) },
      fields: description.fields, catalog: types, traces: traces,
      setting: isOwn || isPooled ? nil : classifier.setting(of: text))
    if keeps {
      state.withLock { state in
        state.statements.insert(statement, state.key(text, isOwn: isOwn))
        if state.traces == .names { state.hasDoubtfulStatements = true }
      }
    }
    return statement
  }

  private func sendPrepare(
    name: String, text: String, hints: [UInt32], evicting evicted: String?
  ) async throws(DBError) -> (parameters: [UInt32], fields: [PGField]) {
    try connection.checkNotStopped()
    let handle = connection.handle
    guard handle.enterPipeline() else { throw connection.error }
    let isSent =
      (evicted.map { handle.send(.text("DEALLOCATE \($0)", types: []), PGParameters(), binaryResult: false) } ?? true)
      && handle.sendPrepare(name: name, text: text, types: hints) && handle.sendDescribe(name: name)
      && handle.sendPipelineSync() && handle.flush() != .failed
    guard isSent else { throw connection.stuckInPipeline() }
    var parameters: [UInt32] = []
    var fields: [PGField] = []
    try await endPipeline { result in
      parameters = result.parameterTypes
      fields = result.fields
    }
    return (parameters, fields)
  }

  // MARK: Types

  /// Looks up the types among these that are not known yet.
  func learn(_ oids: [UInt32]) async throws(DBError) {
    let unknown = types.unknown(among: oids)
    if unknown.isEmpty { return }
    var parameters = PGParameters()
    parameters.append(text: "{" + unknown.sorted().map(String.init).joined(separator: ",") + "}")
    try connection.send(.text(PostgresTypeCatalog.query, types: []), parameters, binaryResult: false)
    var entries: [PostgresTypeCatalog.Entry] = []
    var failure: DBError?
    while let result = try await connection.nextResult() {
      if result.status == .failed { failure = connection.error(result) }
      for row in 0..<result.rowCount { entries.append(Self.entry(result, row)) }
    }
    if let failure { throw failure }
    types.add(entries)
  }

  private static func entry(_ result: borrowing PGResultHandle, _ row: Int) -> PostgresTypeCatalog.Entry {
    func text(_ column: Int) -> String { result.text(row: row, column: column) ?? "" }
    func number(_ column: Int) -> UInt32 { UInt32(text(column)) ?? 0 }
    return PostgresTypeCatalog.Entry(
      oid: number(0), name: text(1), typeClass: text(2), category: text(3), element: number(4), base: number(5),
      attribute: result.text(row: row, column: 6).map { ($0, number(7)) })
  }

  /// The type a value most likely is, 0 when its text form fits many.
  private static func typeHint(_ value: DBValue) -> UInt32 {
    switch value {
    case .int: 20
    case .double: 701
    case .decimal, .uint: 1700
    case .bool: 16
    case .text: 25
    case .bytes: 17
    case .uuid: 2950
    case .date: 1082
    case .time(let time): time.utcOffsetSeconds == nil ? 1083 : 1266
    case .timestamp(let timestamp): timestamp.hasZone ? 1184 : 1114
    case .interval: 1186
    case .json: 3802
    case .null, .array, .document, .native: 0
    }
  }
}
