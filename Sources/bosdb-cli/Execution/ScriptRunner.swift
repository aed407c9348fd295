internal import DBAdapterCore
internal import DBRendering

/// Runs statements one after another in one session and writes their rows as they arrive.
struct ScriptRunner {
  let script: Script
  let output: OutputOptions
  let rendering: RenderingOptions
  let sink: any OutputSink
  let console: Console
  let deadline: Deadline
  let confirmation: Confirmation
  let limit: Int?
  let continues: Bool
  let connected: Duration

  /// Rows written by all statements.
  private(set) var rowCount = 0
  /// How the first failed statement would have ended the command; only with `--continue`.
  private(set) var failedStatus: ExitStatus?
  private var byteCount = 0
  private var affectedRows = 0
  private var resultCount = 0
  /// Whether the current statement's output is complete, its error included.
  private var hasEnded = false
  private var executed = Duration.zero
  private var fetched = Duration.zero

  init(
    script: Script, output: OutputOptions, rendering: RenderingOptions, sink: any OutputSink, console: Console,
    deadline: Deadline, confirmation: Confirmation = Confirmation(), limit: Int?, continues: Bool = false,
    connected: Duration
  ) {
    self.script = script
    self.output = output
    self.rendering = rendering
    self.sink = sink
    self.console = console
    self.deadline = deadline
    self.confirmation = confirmation
    self.limit = limit
    self.continues = continues
    self.connected = connected
  }

  /// Runs the statements; stops at the first error unless it is told to go on.
  mutating func run(in session: DatabaseSession) async throws {
    for item in script.items {
      let start = Deadline.now()
      do {
        try await run(item, in: session)
      } catch let error as DBError {
        let failure = CommandFailure(
          error, place: item.place, connection: session.endpoint, elapsed: start.elapsed())
        guard continues, error.code != .cancelled, error.category != .connectionFailed, !deadline.hasPassed else {
          throw failure
        }
        console.report(failure)
        failedStatus = failedStatus ?? failure.status
      }
    }
  }

  /// Runs all statements together, where an engine has that instead of transactions, and writes their results afterwards.
  mutating func runAtomically(in session: DatabaseSession) async throws {
    let start = Deadline.now()
    var requests: [QueryRequest] = []
    for item in script.items { requests.append(try await limited(item.request, in: session)) }
    let results = try await session.atomically(requests)
    for (item, result) in zip(script.items, results) {
      do {
        try write(result.get(), start, session)
      } catch let error as DBError {
        let failure = CommandFailure(error, place: item.place, connection: session.endpoint, elapsed: start.elapsed())
        console.report(failure)
        failedStatus = failedStatus ?? failure.status
      }
    }
  }

  /// What is said at the end.
  /// - Parameter stats: the pool, when numbers are asked for.
  func conclude(stats pool: PoolSnapshot?) {
    if script.items.count > 1, resultCount < script.items.count, failedStatus == nil {
      console.note(Messages.scriptDone(script.items.count, affectedRows))
    }
    guard let pool else { return }
    Console.write(
      Messages.stats(
        rows: rowCount, bytes: byteCount, connect: connected.milliseconds, execute: executed.milliseconds,
        fetch: fetched.milliseconds, pool: pool) + "\n")
  }

  private mutating func run(_ item: Script.Item, in session: DatabaseSession) async throws {
    let format = output.rowFormat
    let request = try await limited(item.request, in: session)
    var outcome = outcome(of: session)
    let start = Deadline.now()
    hasEnded = false
    var copy = self
    do {
      try await session.withRows(request) { rows in
        outcome.timing.executed = start.elapsed()
        try await copy.write(rows, format, start, &outcome)
      }
      self = copy
    } catch let error as DBError where format == .envelope && !copy.hasEnded {
      self = copy
      outcome.error = error
      var writer = ResultWriter(format.renderer(rendering), to: sink)
      try writer.end(outcome)
      throw error
    }
  }

  /// A statement with the limits that are left, and a person's consent where it needs one.
  private func limited(_ request: QueryRequest, in session: DatabaseSession) async throws(DBError) -> QueryRequest {
    try await confirmation.confirmed(request, in: session).timeout(deadline.remaining).rowLimit(limit)
  }

  private func outcome(of session: DatabaseSession) -> ResultOutcome {
    var outcome = ResultOutcome()
    outcome.connection = session.endpoint
    outcome.engine = session.descriptor.kind
    outcome.isReadOnly = session.policy.level == .readOnly
    outcome.timing.waited = connected
    return outcome
  }

  /// Writes a result that is there as a whole.
  private mutating func write(_ result: QueryResult, _ start: Deadline, _ session: DatabaseSession) throws {
    var outcome = outcome(of: session)
    outcome.timing.executed = start.elapsed()
    if resultCount > 0, output.rowFormat.isForPeople { try "\n".withSinkBytes(sink) }
    var writer = ResultWriter(output.rowFormat.renderer(rendering), to: sink)
    writer.begin(result.columns)
    try writer.rows(result.rows)
    conclude(
      CursorSummary(
        affectedRows: result.affectedRows, commandTag: result.commandTag, notices: result.notices,
        truncation: result.truncation), &outcome)
    try writer.end(outcome)
    rowCount += writer.rowCount
    byteCount += writer.byteCount
    resultCount += 1
    announce(
      CursorSummary(notices: result.notices, truncation: result.truncation), writer.notes, rowCount: writer.rowCount,
      showsRows: true)
  }

  private func conclude(_ summary: CursorSummary, _ outcome: inout ResultOutcome) {
    outcome.affectedRows = summary.affectedRows
    outcome.commandTag = summary.commandTag
    outcome.truncation = summary.truncation
    outcome.notices = summary.notices
  }

  private mutating func write(
    _ rows: RowStream, _ format: OutputFormat, _ start: Deadline, _ outcome: inout ResultOutcome
  ) async throws {
    let showsRows = !rows.columns.isEmpty || format == .envelope
    if showsRows, resultCount > 0, format.isForPeople { try "\n".withSinkBytes(sink) }
    var writer = ResultWriter(format.renderer(rendering), to: sink)
    if showsRows { writer.begin(rows.columns) }
    do {
      for try await batch in rows.batches where showsRows {
        try writer.rows(batch)
        try writer.flush()
      }
    } catch let error as DBError where format == .envelope {
      outcome.error = error
    }
    let summary = rows.summary
    outcome.timing.fetched = start.elapsed() - outcome.timing.executed
    conclude(summary, &outcome)
    if showsRows { try writer.end(outcome) }
    hasEnded = true
    rowCount += writer.rowCount
    byteCount += writer.byteCount
    executed += outcome.timing.executed
    fetched += outcome.timing.fetched
    if showsRows { resultCount += 1 } else { affectedRows += summary.affectedRows ?? 0 }
    if let error = outcome.error { throw error }
    announce(summary, writer.notes, rowCount: writer.rowCount, showsRows: !rows.columns.isEmpty)
  }

  /// Says on standard error what the output cannot.
  private func announce(_ summary: CursorSummary, _ notes: RenderingNotes, rowCount: Int, showsRows: Bool) {
    for notice in summary.notices { console.note(SafeText(notice.description, keepsLineBreaks: true).text) }
    for renaming in notes.renamings { console.note(Messages.renamed(renaming.original, renaming.written)) }
    if let truncation = summary.truncation { console.note(Messages.truncated(truncation)) }
    if notes.cutCells > 0 { console.note(Messages.cut(notes.cutCells, output.maxCell ?? 0)) }
    if let text = notes.leftOutText { console.note(SafeText(Messages.leftOut(text)).text) }
    if !showsRows {
      let text = Messages.done(summary.commandTag, summary.affectedRows)
      if script.items.count == 1 { console.note(text) } else { console.detail(text) }
    } else if output.isTerminal, output.rowFormat == .table || output.rowFormat == .vertical {
      console.note(Messages.rows(rowCount))
    }
  }
}

extension String {
  fileprivate func withSinkBytes(_ sink: any OutputSink) throws {
    var text = self
    try text.withUTF8 { try sink.write(UnsafeRawBufferPointer($0)) }
  }
}
