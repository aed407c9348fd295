internal import DBAdapterCore

/// One inspection under way: its time, its pace, and what it was refused.
final class InspectionRun {
  /// Facts of a key that a server may refuse to tell.
  enum Fact: String, CaseIterable {
    case type = "TYPE"
    case timeToLive = "PTTL"
    case encoding = "OBJECT ENCODING"
    case memory = "MEMORY USAGE"
  }

  private static let fewestCommands = 64
  private static let mostCommands = 2_048
  /// A pipeline that takes less than the first is made larger, one that takes more than the second smaller.
  private static let pipelineTimes = (short: Duration.milliseconds(10), long: Duration.milliseconds(40))

  private let start = Deadline.now()
  private let deadline: Deadline
  private let commandTimeout: Duration?
  private let operationsPerSecond: Int?
  /// When to stop looking; `never` for a full inspection.
  private let end: Deadline
  /// When to stop looking for keys, so that there is time left for their values.
  private let scanEnd: Deadline
  private var pipelineSize = 512
  private(set) var operations = 0
  private(set) var refused: Set<Fact> = []
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - timeout: when it is an error not to be done.
  ///   - commandTimeout: how long one pipeline may take.
  ///   - readsValues: whether there is something to do after the scan.
  init(_ budget: SamplingBudget, timeout: Duration?, commandTimeout: Duration?, readsValues: Bool) {
    deadline = Deadline(after: timeout)
    self.commandTimeout = commandTimeout
    operationsPerSecond = budget.operationsPerSecond.map { max(1, $0) }
    // Shortly before it would be an error.
    let most = timeout.map { $0 * 8 / 10 }
    let duration = budget.isFull ? most : min(budget.duration, most ?? budget.duration)
    end = Deadline(after: duration)
    scanEnd = readsValues ? Deadline(after: duration.map { $0 * 7 / 10 }) : end
  }

  /// The pace leaves no time for another command.
  private var isExhausted = false

  var isOver: Bool { isExhausted || end.hasPassed }
  var isScanOver: Bool { isExhausted || scanEnd.hasPassed }

  func note(_ sentence: String) {
    if !notes.contains(sentence), notes.count < 50 { notes.append(sentence) }
  }

  /// Sends commands in pipelines, at the budget's pace.
  /// - Returns: the replies, in order; fewer than commands when the time was over.
  func send(_ commands: [RedisCommand], to node: any RedisCommanding) async throws(DBError) -> [RedisReply] {
    var replies: [RedisReply] = []
    replies.reserveCapacity(commands.count)
    while replies.count < commands.count {
      guard try await waitForTurn() else { break }
      let size = operationsPerSecond.map { min(pipelineSize, max(1, $0 / 20)) } ?? pipelineSize
      let part = Array(commands[replies.count..<min(commands.count, replies.count + size)])
      let sent = Deadline.now()
      replies += try await node.send(part, until: min(deadline, Deadline(after: commandTimeout)))
      operations += part.count
      adapt(sent.elapsed(), isWhole: part.count == pipelineSize)
    }
    return replies
  }

  /// Sends one command.
  /// - Returns: `nil` when the time was over; an error is a reply.
  func send(_ command: RedisCommand, to node: any RedisCommanding) async throws(DBError) -> RedisReply? {
    try await send([command], to: node).first
  }

  private func waitForTurn() async throws(DBError) -> Bool {
    if isOver { return false }
    guard let operationsPerSecond else { return true }
    let turn = start + .nanoseconds(Int64(operations) * 1_000_000_000 / Int64(operationsPerSecond))
    guard turn < end else {
      isExhausted = true
      return false
    }
    guard let wait = turn.remaining, wait > .zero else { return true }
    do {
      try await Task.sleep(for: wait)
    } catch {
      throw DBError(.cancelled, "the task was cancelled during an inspection", retry: .safe, underlying: error)
    }
    return true
  }

  private func adapt(_ time: Duration, isWhole: Bool) {
    if time > Self.pipelineTimes.long {
      pipelineSize = max(Self.fewestCommands, pipelineSize / 2)
    } else if isWhole, time < Self.pipelineTimes.short {
      pipelineSize = min(Self.mostCommands, pipelineSize * 2)
    }
  }

  /// Whether a reply says that a command may not be used at all; it is noted.
  func isRefusal(_ reply: RedisReply, of command: String) -> Bool {
    guard reply.kind == .error, let text = reply.text else { return false }
    let isDenied = text.hasPrefix("NOPERM") && !Self.isAboutKey(text)
    let isUnknown = text.hasPrefix("ERR unknown command") || text.hasPrefix("ERR unknown subcommand")
    guard isDenied || isUnknown else { return false }
    note("\(command) \(isDenied ? "is not permitted to this user" : "is not known to the server")")
    return true
  }

  /// Whether a reply says that the user may not read that key.
  static func isAboutKey(_ reply: RedisReply) -> Bool {
    reply.kind == .error && reply.text.map { $0.hasPrefix("NOPERM") && isAboutKey($0) } == true
  }

  private static func isAboutKey(_ text: String) -> Bool { text.contains("key") && !text.contains("to run the") }

  func refuse(_ fact: Fact) { refused.insert(fact) }
}
