internal import DBAdapterCore
internal import DBSQLSupport

/// The session's side on the worker thread: one connection, its statements and its transaction.
final class SQLiteSession {
  let options: SQLiteOptions
  let interruptHandle: SQLiteInterruptHandle
  /// Told when the session must not be lent again.
  private let onDamage: @Sendable () -> Void
  /// What the connection asks while it works; the same for every connection the session opens.
  private let hooks: SQLiteHooks
  private(set) var connection: SQLiteConnectionHandle?
  private var cache = SQLiteStatementCache()
  var transaction = SQLiteTransactionState()
  /// Whether a statement can have changed the session itself: a pragma, an attached file, something temporary.
  var isChanged = false

  /// Whether the last user can have left anything: not after statements that only touched the file.
  var needsReset: Bool {
    guard let connection else { return true }
    return isChanged || transaction.isExpected || !connection.isAutocommit
  }

  init(_ options: SQLiteOptions, _ interruptHandle: SQLiteInterruptHandle, onDamage: @escaping @Sendable () -> Void) {
    self.options = options
    self.interruptHandle = interruptHandle
    self.onDamage = onDamage
    hooks = SQLiteHooks(busyTimeout: options.busyTimeout)
  }

  /// Runs a call: it is the one that cancellation and deadline stop, and no other.
  func run<R>(_ operation: SQLiteOperation, _ body: (SQLiteSession) throws(DBError) -> R) -> Result<R, DBError> {
    // Work that waited for the thread is dropped when nobody wants it any longer.
    if operation.mustStop, let error = SQLiteErrors.stopped(operation.stop, operation.timeout) {
      return .failure(error)
    }
    interruptHandle.begin(operation)
    hooks.operation = operation
    defer {
      hooks.operation = nil
      interruptHandle.end()
    }
    do throws(DBError) {
      return .success(try body(self))
    } catch {
      return .failure(error)
    }
  }

  /// - Throws: ``DBError/Code-swift.struct/connectionLost`` before the session is opened and after it is closed.
  func open() throws(DBError) -> SQLiteConnectionHandle {
    guard let connection else { throw DBError(.connectionLost, "the session is not open", adapter: .sqlite) }
    return connection
  }

  var isOpen: Bool { connection != nil }

  func close() {
    cache.removeAll()
    connection = nil
    transaction = SQLiteTransactionState()
  }

  // MARK: Connecting

  /// Opens the file and reads its header, so that a file of another kind is found out here.
  func connect() throws(DBError) {
    close()
    if !options.isMemory {
      // Opening a pipe waits for its other end, and nothing could stop that.
      let probe = SQLiteFileProbe(path: options.path)
      if probe.kind == .pipe,
        let error = SQLiteErrors.unopened(options.path, probe, isReadOnly: options.isReadOnly, creates: false, nil)
      {
        throw error
      }
    }
    do throws(SQLiteFailure) {
      hooks.permission = .everything
      hooks.busyTimeout = options.busyTimeout
      connection = try SQLiteConnectionHandle(
        SQLiteConnectionHandle.Opening(
          uri: options.uri, isReadOnly: options.isReadOnly && !options.isMemory,
          creates: options.isMemory || (options.creates && !options.isReadOnly)),
        hooks: hooks, interruptHandle: interruptHandle)
    } catch {
      throw unopened(error, .opening)
    }
    do throws(DBError) {
      try configure()
    } catch {
      close()
      throw error
    }
  }

  private func configure() throws(DBError) {
    let connection = try open()
    do throws(SQLiteFailure) {
      try runDirectly("PRAGMA schema_version")
    } catch {
      throw unopened(error, .readingHeader)
    }
    if !options.isReadOnly, connection.isReadOnly {
      let probe = SQLiteFileProbe(path: options.path)
      throw SQLiteErrors.unopened(options.path, probe, isReadOnly: false, creates: options.creates, nil)
        ?? DBError(
          .permissionDenied, "\(options.path) can be read but not written; open it read-only, or add ?mode=ro",
          adapter: .sqlite)
    }
    try applySettings()
    isChanged = false
  }

  private func unopened(_ failure: SQLiteFailure, _ stage: SQLiteErrors.Stage) -> DBError {
    let explained: Set = [
      SQLiteCode.cannotOpen, SQLiteCode.inputOutput, SQLiteCode.permission, SQLiteCode.readOnly, SQLiteCode.error,
    ]
    if !options.isMemory, explained.contains(failure.primaryCode),
      let error = SQLiteErrors.unopened(
        options.path, SQLiteFileProbe(path: options.path), isReadOnly: options.isReadOnly, creates: options.creates,
        failure)
    {
      return error
    }
    return error(failure, stage)
  }

  /// Has the settings of the connection string take effect, at first and after a user changed them.
  func applySettings() throws(DBError) {
    let connection = try open()
    connection.hooks.permission = .everything
    connection.hooks.busyTimeout = options.busyTimeout
    connection.restoreBusyHandler()
    try command("PRAGMA foreign_keys = \(options.foreignKeys ? "ON" : "OFF")")
    if options.isReadOnly {
      try command("PRAGMA query_only = ON")
      connection.hooks.permission = .reading
    } else {
      try command("PRAGMA query_only = OFF")
      if let synchronous = options.synchronous { try command("PRAGMA synchronous = \(synchronous.rawValue)") }
      try applyJournalMode(connection)
    }
  }

  private func applyJournalMode(_ connection: SQLiteConnectionHandle) throws(DBError) {
    if options.isMemory { return }
    guard let wanted = options.journalMode else {
      // WAL is only our default: where it cannot be had, or not now, the database stays as it is.
      connection.hooks.busyTimeout = .zero
      do throws(SQLiteFailure) { try runDirectly("PRAGMA journal_mode = wal") } catch {}
      connection.hooks.busyTimeout = options.busyTimeout
      return
    }
    let mode = try rows("PRAGMA journal_mode = \(wanted.rawValue)").first?[0].description
    guard mode == wanted.rawValue else {
      throw DBError(
        .unsupported,
        "journal_mode=\(wanted.rawValue) cannot be had for \(options.path); it stays \(mode ?? "unknown")",
        adapter: .sqlite)
    }
  }

  // MARK: Statements

  /// Whether a statement is compiled and free: one that only reads or changes rows.
  func hasCompiled(_ text: String) -> Bool { cache.take(text) != nil }

  /// A compiled statement, from the cache where it may be kept.
  func prepare(_ text: String) throws(DBError) -> SQLiteStatement {
    if let statement = cache.take(text) { return statement }
    let verb = SQLiteVerb(text)
    // A pragma acts while it is compiled, whatever becomes of it afterwards.
    if verb.changesSession { isChanged = true }
    let statement = try compile(text, verb, permission: nil)
    if verb.isCacheable { cache.insert(statement) }
    return statement
  }

  /// Compiles the one statement of a text.
  /// - Parameter permission: what it may do while it is compiled; `nil` for what the session may.
  func compile(
    _ text: String, _ verb: SQLiteVerb, permission: SQLiteHooks.Permission?
  ) throws(DBError) -> SQLiteStatement {
    let connection = try open()
    // A pragma acts while it is compiled, so that a second statement has to be seen before.
    if verb.pragma != nil { try checkSingle(text, from: 0, allowed: 1) }
    let before = connection.hooks.permission
    if let permission { connection.hooks.permission = permission }
    defer { connection.hooks.permission = before }
    let source = Self.withoutLeadingSemicolons(text)
    connection.hooks.sawTraces = false
    let prepared: SQLiteConnectionHandle.Prepared
    do throws(SQLiteFailure) {
      prepared = try connection.prepare(source, isPersistent: verb.isCacheable && permission == nil)
    } catch {
      throw self.error(error, .preparing, text)
    }
    guard let handle = prepared.statement else {
      throw DBError(.invalidParameter, "the statement is empty: it holds nothing but comments", adapter: .sqlite)
    }
    try checkSingle(text, from: prepared.tail, allowed: 0)
    return SQLiteStatement(
      text: text, verb: verb, handle: handle, changesSession: verb.changesSession || connection.hooks.sawTraces)
  }

  private static func withoutLeadingSemicolons(_ text: String) -> String {
    var tokenizer = SQLiteTokenizer(text)
    guard var token = tokenizer.next(), token.isSymbol(";") else { return text }
    while token.isSymbol(";"), let next = tokenizer.next() { token = next }
    // Spaces in their place keep every position in the text what it was.
    return String(repeating: " ", count: token.range.lowerBound)
      + tokenizer.bytes.text(token.range.lowerBound..<tokenizer.bytes.count)
  }

  /// - Parameter allowed: how many statements may stand behind the position.
  private func checkSingle(_ text: String, from position: Int, allowed: Int) throws(DBError) {
    // Almost every statement ends where its text ends.
    guard position < text.utf8.count else { return }
    let bytes = Array(text.utf8)
    let ranges = SQLiteScript.ranges(in: Array(bytes[position...]))
    guard ranges.count > allowed else { return }
    let place = SQLiteErrors.position(ofByte: position + ranges[allowed].lowerBound, in: text)
    throw DBError(
      .invalidParameter,
      "a request holds one statement, and a second one begins at character \(place); send it on its own",
      adapter: .sqlite)
  }

  // MARK: Errors

  func error(_ failure: SQLiteFailure, _ stage: SQLiteErrors.Stage, _ text: String? = nil) -> DBError {
    let fatal = [SQLiteCode.corrupt, SQLiteCode.notADatabase, SQLiteCode.inputOutput, SQLiteCode.misuse]
    if fatal.contains(failure.primaryCode) { onDamage() }
    var context = SQLiteErrors.Context(stage: stage, path: options.path)
    context.readOnlyScope = options.isReadOnly ? "session" : transaction.isReadOnly ? "transaction" : nil
    context.text = text
    context.stop = hooks.operation?.stop ?? .none
    context.timeout = hooks.operation?.timeout
    context.busyTimeout = connection?.hooks.busyTimeout ?? .zero
    return SQLiteErrors.error(failure, context)
  }

  /// Runs one of our own statements to its end, without its rows, outside the cache.
  private func runDirectly(_ text: String) throws(SQLiteFailure) {
    guard let handle = try connection?.prepare(text, isPersistent: false).statement else { return }
    while try handle.step() == .row {}
  }

  /// Runs one of our own statements without its rows.
  func command(_ text: String) throws(DBError) {
    do throws(SQLiteFailure) {
      try runDirectly(text)
    } catch {
      throw self.error(error, .running, text)
    }
  }
}
