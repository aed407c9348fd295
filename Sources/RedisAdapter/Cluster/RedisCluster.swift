internal import DBAdapterCore

/// All nodes of a Redis cluster, as one.
///
/// Each command goes to the node that serves its keys, over one connection to each node; commands of one send that go to the same node go in one
/// piece, and the replies come back in the order of the request. `MULTI … EXEC` of one send stays together. What the server's tips say is for
/// all nodes (`DBSIZE`, `FLUSHALL`, `KEYS`, `PING`) goes to all of them, and the replies become one as the tips say; where they say that it is
/// special (`INFO`) one node answers for itself. `SCAN` goes from primary to primary, and its cursor says where it is.
///
/// A node that says it did nothing is asked again, or another one is: at once where it says which (`MOVED`, `ASK`, five times), else a little
/// later (`TRYAGAIN`, `CLUSTERDOWN`, `LOADING`), until the deadline. So is a node that could not be reached, while another may take its place.
/// A command that may have been carried out when the connection was lost is repeated only if it reads.
final class RedisCluster: RedisCommanding {
  struct Settings: Sendable {
    /// Whether commands that only read go to replicas; they may answer with what was there a moment ago. Default: no.
    var readsFromReplicas = false
    /// How long a node that did nothing is asked again when there is no deadline. Default: 15 s.
    var patience = Duration.seconds(15)
    /// How long to wait for a connection to a node before the map of slots is consulted again. Default: 1 s.
    var opening = Duration.seconds(1)
    /// How long one node may take to tell the map. Default: 2 s.
    var telling = Duration.seconds(2)
    /// How long after the map was read it is not read again. Default: 100 ms.
    var rest = Duration.milliseconds(100)
  }

  static let mostRedirections = 5

  let seeds: [Endpoint]
  let settings: Settings
  let dial: ClusterNode.Dialling
  let clock = SystemTimeSource()
  let state: Locked<State>

  struct State {
    var table: RedisCommandTable
    var topology = ClusterTopology()
    /// Every node there is a connection to, or may be.
    var nodes: [Endpoint: ClusterNode] = [:]
    /// The nodes of the topology's shards, by the shard's index.
    var shards: [(primary: ClusterNode, replicas: [ClusterNode])] = []
    var reading: SharedOutcome<Void>?
    var lastRead = Deadline(nanoseconds: 0)
    var isClosed = false
  }

  /// Which node gets what may go to any of them.
  let preference = Int.random(in: 0..<HashSlot.count)

  /// - Parameters:
  ///   - seeds: nodes to ask for the others; one that answers is enough.
  ///   - table: the server's commands; ``use(_:)`` replaces it.
  ///   - dial: opens a connection to a node, within a limit of its own.
  init(
    seeds: [Endpoint], table: RedisCommandTable = .builtIn, settings: Settings = Settings(),
    dial: @escaping ClusterNode.Dialling
  ) {
    self.seeds = seeds
    self.settings = settings
    self.dial = dial
    state = Locked(State(table: table))
  }

  deinit { close() }

  /// From now on commands are judged by another table.
  func use(_ table: RedisCommandTable) { state.withLock { $0.table = table } }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Ends all connections.
  func close() {
    let nodes = state.withLock { state in
      state.isClosed = true
      return Array(state.nodes.values)
    }
    for node in nodes { node.close() }
  }

  // MARK: Commands

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    if commands.isEmpty { return [] }
    let table = state.withLock { $0.table }
    let steps = try ClusterStep.plan(commands, table)
    if steps.count == 1, case .units(let units) = steps[0], units.count == 1, let place = openPlace(of: units[0]) {
      return try await send(commands, units[0], to: place, until: deadline)
    }
    var journey = ClusterJourney(commands, deadline: deadline, patience: settings.patience)
    for step in steps { try await perform(step, table, &journey) }
    return journey.replies.compactMap { $0 }
  }

  private func perform(
    _ step: ClusterStep, _ table: RedisCommandTable, _ journey: inout ClusterJourney
  ) async throws(DBError) {
    switch step {
    case .units(let units): try await perform(units, &journey)
    case .askServer(let index):
      let target = try await target(of: journey.commands[index], &journey)
      try await perform([ClusterUnit(commands: index..<index + 1, target: target, isRead: false)], &journey)
    case .everywhere(let index, let includingReplicas, let policy):
      let command = journey.commands[index]
      let isRead = table.facts(of: command)?.classification.effect == .read
      try await load(until: journey.deadline)
      let targets = everywhere(includingReplicas)
      var visit = journey.visit(Array(repeating: command, count: targets.count))
      let units = targets.indices.map { place in
        ClusterUnit(commands: place..<place + 1, target: targets[place], isRead: isRead)
      }
      try await perform(units, &visit)
      journey.finish(index, RedisReply.merged(visit.replies.compactMap { $0 }, policy), acted: visit.hasActed)
    case .scan(let index): try await scan(index, &journey)
    }
  }

  /// The shards by a slot of theirs, so that each is found again when its primary has changed.
  private func everywhere(_ includingReplicas: Bool) -> [ClusterUnit.Target] {
    let topology = state.withLock { $0.topology }
    var targets = topology.firstSlots.map { ClusterUnit.Target.slot($0) }
    if includingReplicas { targets += topology.shards.flatMap(\.replicas).map { .node($0) } }
    return targets
  }

  /// Where a command goes whose keys only a server can tell; anywhere, if it cannot either.
  private func target(
    of command: RedisCommand, _ journey: inout ClusterJourney
  ) async throws(DBError) -> ClusterUnit.Target {
    var question = RedisCommand("COMMAND", "GETKEYS")
    for position in 0..<command.count { question.append(command[position]) }
    var visit = journey.visit([question])
    try await perform([ClusterUnit(commands: 0..<1, target: .anywhere, isRead: true)], &visit)
    var slots = SlotsOfCommand(command)
    for key in visit.replies[0]?.elements.compactMap(\.bytes) ?? [] { slots.add(key[...]) }
    return try slots.only(command.name).map { .slot($0) } ?? .anywhere
  }
}

extension RedisCluster {
  /// A cluster as a connection string describes it.
  /// - Parameters:
  ///   - seeds: nodes to ask for the others. Default: those of the string.
  ///   - limit: how long opening a connection to a node may take.
  convenience init(
    seeds: [Endpoint]? = nil, _ dialer: RedisDialer, table: RedisCommandTable = .builtIn, limit: Duration
  ) {
    var settings = Settings()
    settings.readsFromReplicas = dialer.options.readsFromReplicas
    self.init(seeds: seeds ?? dialer.options.endpoints, table: table, settings: settings) {
      endpoint throws(DBError) in
      try await dialer.open(endpoint, isForReplica: dialer.options.readsFromReplicas, limit: limit).connection
    }
  }
}
