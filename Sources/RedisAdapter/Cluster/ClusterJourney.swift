internal import DBAdapterCore

/// The commands of one send on their way through a cluster, and what has come back.
struct ClusterJourney: Sendable {
  /// A unit that still has no final replies.
  struct Leg: Sendable {
    var unit: ClusterUnit
    /// Where the next attempt goes whatever the map says.
    var detour: Endpoint?
    /// Whether the node of the detour is asked although it does not serve the slot yet.
    var isAsking = false
    var attempts = 0
    var redirections = 0
    var avoidsReplicas = false
    /// What counts if there is no next attempt: what the server said, or why it could not be asked.
    var lastReplies: ArraySlice<RedisReply>?
    var lastFailure: DBError?

    init(_ unit: ClusterUnit) { self.unit = unit }

    /// Why the unit was not carried out at all; `nil` when it was, or when it failed by itself.
    func redirection(in replies: ArraySlice<RedisReply>, asked: Endpoint) -> ClusterRedirection? {
      let replies = replies.dropLast(unit.waits)
      guard let last = replies.last, last.kind == .error else { return nil }
      guard unit.isTransaction else { return ClusterRedirection(last, asked: asked) }
      // A transaction in which a command was refused is not carried out.
      for reply in replies where reply.kind == .error {
        if let redirection = ClusterRedirection(reply, asked: asked) { return redirection }
      }
      return nil
    }
  }

  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(320)

  let commands: [RedisCommand]
  let deadline: Deadline
  /// Until when an attempt may be followed by another.
  let limit: Deadline
  private(set) var replies: [RedisReply?]
  /// Whether something may have been changed already.
  var hasActed = false
  /// Whether the next attempt has to wait.
  var mustWait = false
  private var pause = Self.firstPause

  init(_ commands: [RedisCommand], deadline: Deadline, patience: Duration) {
    self.init(commands, deadline: deadline, limit: min(deadline, Deadline(after: patience)))
  }

  private init(_ commands: [RedisCommand], deadline: Deadline, limit: Deadline) {
    self.commands = commands
    self.deadline = deadline
    self.limit = limit
    replies = Array(repeating: nil, count: commands.count)
  }

  /// Other commands on the way, within the same limits.
  func visit(_ commands: [RedisCommand]) -> ClusterJourney {
    var visit = ClusterJourney(commands, deadline: deadline, limit: limit)
    visit.hasActed = hasActed
    return visit
  }

  mutating func finish(_ leg: Leg, _ own: ArraySlice<RedisReply>, acted: Bool = true) {
    for (index, reply) in zip(leg.unit.commands, own) { replies[index] = reply }
    if acted, !leg.unit.isRead { hasActed = true }
  }

  mutating func finish(_ index: Int, _ reply: RedisReply, acted: Bool) {
    replies[index] = reply
    if acted { hasActed = true }
  }

  /// How long to wait this time; twice as long as the last time.
  mutating func nextPause() -> Duration {
    mustWait = false
    defer { pause = min(pause * 2, Self.longestPause) }
    return pause
  }

  /// An error that ends the journey: where other commands of it may have been carried out, nothing says any more that repeating all is safe.
  func honest(_ error: DBError) -> DBError {
    hasActed && error.retry == .safe ? error.sentSomething.completed(endpoint: error.endpoint) : error
  }
}
