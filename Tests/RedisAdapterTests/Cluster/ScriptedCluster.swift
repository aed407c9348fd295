import DBAdapterCore

@testable import RedisAdapter

/// Nodes of a cluster that answer as a test says, and note what they are sent.
final class ScriptedCluster: Sendable {
  /// What a node says to a command, as the wire has it; `nil` for the usual.
  typealias Answer = @Sendable (RedisCommand) async throws(DBError) -> String?

  private struct State {
    /// Lines of `7001: GET a | GET b`, one a send.
    var log: [String] = []
    var dials: [UInt16] = []
    var answers: [UInt16: Answer] = [:]
    /// What dialling a node fails with.
    var failures: [UInt16: DBError] = [:]
    /// Ranges of slots and the nodes that serve them, the primary first.
    var map: [(ClosedRange<Int>, [UInt16])] = [
      (0...8_191, [7_001, 7_003]), (8_192...16_383, [7_002, 7_004]),
    ]
    var connections: [UInt16: [ScriptedConnection]] = [:]
    var dialTime = Duration.zero
  }

  private let state = Locked(State())

  static func endpoint(_ port: UInt16) -> Endpoint { Endpoint(host: "n", port: port) }

  func cluster(
    readsFromReplicas: Bool = false, patience: Duration = .seconds(5), opening: Duration = .seconds(1),
    seeds: [UInt16] = [7_001]
  ) throws -> RedisCluster {
    var settings = RedisCluster.Settings()
    settings.readsFromReplicas = readsFromReplicas
    settings.patience = patience
    settings.opening = opening
    settings.rest = .zero
    return RedisCluster(
      seeds: seeds.map(Self.endpoint), table: try CommandReply.table(), settings: settings
    ) { endpoint throws(DBError) in try await self.open(endpoint.port ?? 0) }
  }

  /// From now on a node answers so.
  func on(_ port: UInt16, _ answer: Answer?) { state.withLock { $0.answers[port] = answer } }

  /// From now on a node answers so to commands of one name, as often as it says.
  func on(_ port: UInt16, _ name: String, times: Int = .max, _ text: String) {
    let left = Locked(times)
    on(port) { command throws(DBError) in
      guard command.name == name else { return nil }
      return left.withLock { left in
        left -= 1
        return left >= 0 ? text : nil
      }
    }
  }

  func refuseDials(_ port: UInt16, _ error: DBError?) { state.withLock { $0.failures[port] = error } }
  func map(_ map: [(ClosedRange<Int>, [UInt16])]) { state.withLock { $0.map = map } }
  func slowDials(_ time: Duration) { state.withLock { $0.dialTime = time } }

  /// Loses all connections to a node.
  func lose(_ port: UInt16) { state.withLock { $0.connections.removeValue(forKey: port) }?.forEach { $0.close() } }

  /// What was sent, without what the map is read with.
  var log: [String] { state.withLock { $0.log.filter { !$0.contains("CLUSTER SLOTS") } } }
  /// How often the map was read.
  var readings: Int { state.withLock { $0.log.count { $0.contains("CLUSTER SLOTS") } } }
  var dials: [UInt16] { state.withLock { $0.dials } }

  func open(_ port: UInt16) async throws(DBError) -> ScriptedConnection {
    let (failure, time) = state.withLock { state in
      state.dials.append(port)
      return (state.failures[port], state.dialTime)
    }
    if time > .zero { await SystemTimeSource().sleep(until: Deadline(after: time)) }
    if let failure { throw failure }
    let connection = ScriptedConnection(port, self)
    state.withLock { $0.connections[port, default: []].append(connection) }
    return connection
  }

  fileprivate func answer(_ commands: [RedisCommand], _ port: UInt16) async throws(DBError) -> [RedisReply] {
    let texts = commands.map { command in (0..<command.count).map { command.text($0) }.joined(separator: " ") }
    let answer = state.withLock { state in
      state.log.append("\(port): " + texts.joined(separator: " | "))
      return state.answers[port]
    }
    var replies: [RedisReply] = []
    for command in commands {
      let text = try await answer?(command) ?? usual(command)
      guard let reply = try? CommandReply.read(text) else { throw DBError(.protocolViolation, "no reply: \(text)") }
      replies.append(reply)
    }
    return replies
  }

  private func usual(_ command: RedisCommand) -> String {
    switch command.name + (command.count > 1 ? " " + command.text(1).uppercased() : "") {
    case "CLUSTER SLOTS":
      let ranges = state.withLock { $0.map }.map { slots, nodes in
        "*\(nodes.count + 2)\r\n:\(slots.lowerBound)\r\n:\(slots.upperBound)\r\n"
          + nodes.map { "*2\r\n$1\r\nn\r\n:\($0)\r\n" }.joined()
      }
      return "*\(ranges.count)\r\n" + ranges.joined()
    case "CLUSTER INFO": return "$16\r\ncluster_state:ok\r\n"
    default: return "+OK\r\n"
    }
  }
}

/// A connection to a node of a ``ScriptedCluster``.
final class ScriptedConnection: NodeConnection {
  private let port: UInt16
  private let cluster: ScriptedCluster
  private let isOpen = Locked(true)

  init(_ port: UInt16, _ cluster: ScriptedCluster) {
    self.port = port
    self.cluster = cluster
  }

  var isUsable: Bool { isOpen.withLock { $0 } }
  var pendingCount: Int { 0 }
  func close() { isOpen.withLock { $0 = false } }

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    guard isUsable else { throw RedisErrors.closed }
    return try await cluster.answer(commands, port)
  }
}
