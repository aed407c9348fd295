internal import DBAdapterCore

/// A command of the SCAN family, which goes through a collection in pages (https://redis.io/docs/latest/commands/scan/).
struct RedisScan: Sendable {
  enum Family: String, Sendable { case keys = "SCAN", fields = "HSCAN", members = "SSCAN", scores = "ZSCAN" }

  let family: Family
  /// Where the server says to go on.
  private let cursorPosition: Int
  private let command: RedisCommand

  /// `nil` for any other command, and for one that is not complete.
  init?(_ command: RedisCommand) {
    guard let family = Family(rawValue: command.name) else { return nil }
    cursorPosition = family == .keys ? 1 : 2
    guard command.count > cursorPosition else { return nil }
    self.family = family
    var command = command
    let hasCount = (cursorPosition + 1..<max(cursorPosition + 1, command.count)).contains {
      command.text($0).uppercased() == "COUNT"
    }
    // The server's own ten are ten times slower.
    if !hasCount { command = command.with("COUNT", "1000") }
    self.command = command
  }

  var start: [UInt8] { Array(command[cursorPosition]) }

  func page(at cursor: [UInt8]) -> RedisCommand {
    var page = RedisCommand()
    for position in 0..<command.count {
      if position == cursorPosition { page.append(cursor) } else { page.append(command[position]) }
    }
    return page
  }

  var columns: ColumnSet {
    switch family {
    case .keys: ColumnSet([.string("key")])
    case .fields: ColumnSet([.string("field"), .string("value")])
    case .members: ColumnSet([.string("member")])
    case .scores: ColumnSet([.string("member"), .double("score")])
    }
  }
}

/// The elements of a collection, page after page; the next page is on its way while one is read. An element that stays while the scan runs is
/// returned at least once, and may be returned more than once.
final class RedisScanCursor: RowCursor {
  private struct State {
    var nodes: [any RedisCommanding]
    var ahead: Task<Result<RedisReply, DBError>, Never>?
    var page: RedisReply.Elements?
    var rowsLeft: Int?
    var summary = CursorSummary()
  }

  let columns: ColumnSet
  private let scan: RedisScan
  private let batchSize: Int
  private let deadline: Deadline?
  private let pageLimit: Duration?
  private let rowLimit: Int?
  private let state: Locked<State>

  init(
    _ scan: RedisScan, _ adapter: RedisAdapter, request: QueryRequest, batchSize: Int
  ) async throws(DBError) {
    self.scan = scan
    self.batchSize = batchSize
    columns = scan.columns
    deadline = request.timeout.map { Deadline(after: $0) }
    pageLimit = adapter.options.commandTimeout
    rowLimit = request.rowLimit
    let nodes = scan.family == .keys ? try await adapter.server().scannable() : [try adapter.server().route]
    state = Locked(
      State(nodes: nodes, rowsLeft: rowLimit, summary: CursorSummary(commandTag: scan.family.rawValue)))
    state.withLock { readAhead(from: scan.start, &$0) }
  }

  var summary: CursorSummary { state.withLock { $0.summary } }

  private func readAhead(from cursor: [UInt8], _ state: inout State) {
    guard let node = state.nodes.first else { return }
    let command = scan.page(at: cursor)
    let deadline = deadline ?? Deadline(after: pageLimit)
    state.ahead = Task { () -> Result<RedisReply, DBError> in
      do throws(DBError) { return .success(try await node.send(command, until: deadline)) } catch {
        return .failure(error)
      }
    }
  }

  func nextBatch() async throws(DBError) -> RowBatch? {
    while true {
      if let batch = takeRows() { return batch }
      guard let task = state.withLock({ $0.ahead }) else { return nil }
      let result = await withTaskCancellationHandler {
        await task.value
      } onCancel: {
        task.cancel()
      }
      let reply: RedisReply
      do throws(DBError) {
        reply = try result.get()
      } catch {
        state.withLock { if $0.ahead == task { $0.ahead = nil } }
        throw error
      }
      var parts = reply.elements
      guard let next = parts.next()?.bytes, let elements = parts.next() else {
        throw DBError(.protocolViolation, "\(scan.family.rawValue) was not answered with a cursor and a page")
      }
      let isEnd = next == [UInt8(ascii: "0")]
      state.withLock { state in
        // Meanwhile the cursor may have been closed, or another task have taken the page.
        guard state.ahead == task else { return }
        state.page = elements.elements
        state.ahead = nil
        if isEnd { state.nodes.removeFirst() }
        readAhead(from: isEnd ? [UInt8(ascii: "0")] : next, &state)
      }
    }
  }

  /// The next rows of the page that is there.
  private func takeRows() -> RowBatch? {
    state.withLock { state in
      guard var page = state.page, page.count > 0 else { return nil }
      var table = ReplyTable(columns, limit: nil)
      var rows = 0
      while rows < batchSize, page.count >= columns.count {
        if let left = state.rowsLeft {
          guard left > 0 else {
            stop(&state)
            break
          }
          state.rowsLeft = left - 1
        }
        _ = table.begin()
        table.append(page.next())
        switch scan.family {
        case .keys, .members: break
        case .fields: table.append(page.next())
        case .scores: table.append(double: page.next())
        }
        rows += 1
      }
      if state.page != nil { state.page = page }
      return rows > 0 ? table.finish() : nil
    }
  }

  /// There is more than the caller wants to have.
  private func stop(_ state: inout State) {
    state.ahead?.cancel()
    state.ahead = nil
    state.nodes = []
    state.page = nil
    state.summary.truncation = rowLimit.map { Truncation(.rowLimit, limit: $0) }
  }

  func close() async {
    state.withLock { state in
      state.ahead?.cancel()
      state.ahead = nil
      state.page = nil
      state.nodes = []
    }
  }
}

/// A result that is there already, in parts.
final class CollectedCursor: RowCursor {
  let columns: ColumnSet
  let summary: CursorSummary
  private let rows: RowBatch
  private let batchSize: Int
  private let position = Locked(0)

  init(_ result: QueryResult, batchSize: Int) {
    columns = result.columns
    rows = result.rows
    self.batchSize = batchSize
    summary = CursorSummary(
      affectedRows: result.affectedRows, commandTag: result.commandTag, notices: result.notices,
      truncation: result.truncation)
  }

  func nextBatch() async throws(DBError) -> RowBatch? {
    position.withLock { position in
      guard position < rows.count else { return nil }
      if position == 0, rows.count <= batchSize {
        position = rows.count
        return rows
      }
      let end = Swift.min(position + batchSize, rows.count)
      defer { position = end }
      return rows.part(position..<end)
    }
  }

  func close() async { position.withLock { $0 = rows.count } }
}
