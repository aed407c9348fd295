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
  private let preference = Int.random(in: 0..<HashSlot.count)

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

  private var isClosed: Bool { state.withLock { $0.isClosed } }

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
    var journey = ClusterJourney(commands, deadline: deadline, patience: settings.patience)
    if steps.count == 1, case .units(let units) = steps[0] {
      try await perform(units, &journey)
    } else {
      for step in steps { try await perform(step, table, &journey) }
    }
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

  // MARK: Going to nodes

  /// Carries out units until each has its replies.
  func perform(_ units: [ClusterUnit], _ journey: inout ClusterJourney) async throws(DBError) {
    if state.withLock({ $0.topology.isEmpty }) { try await load(until: journey.deadline) }
    var pending = units.map { ClusterJourney.Leg($0) }
    while !pending.isEmpty {
      if isClosed { throw journey.honest(RedisErrors.closed) }
      let groups = try grouped(&pending, &journey)
      let outcomes = await exchange(groups, journey)
      var rest: [ClusterJourney.Leg] = []
      var failure: DBError?
      for (group, outcome) in zip(groups, outcomes) {
        switch outcome {
        case .success(let replies): rest += take(replies, group, &journey)
        case .failure(let error):
          do throws(DBError) {
            rest += try retried(group, after: error, &journey)
          } catch {
            failure = failure ?? error
          }
        }
      }
      if let failure { throw journey.honest(failure) }
      // What could not be sent at all waits as well.
      rest += pending
      pending = rest.sorted { $0.unit.commands.lowerBound < $1.unit.commands.lowerBound }
      if journey.mustWait, !pending.isEmpty { try await pause(&pending, &journey) }
    }
  }

  /// Units for one node.
  private struct Group {
    let node: ClusterNode
    var legs: [ClusterJourney.Leg]
    let isReplica: Bool
  }

  /// Takes the units whose nodes are known, node by node.
  private func grouped(
    _ pending: inout [ClusterJourney.Leg], _ journey: inout ClusterJourney
  ) throws(DBError) -> [Group] {
    var groups: [Group] = []
    var lost: [ClusterJourney.Leg] = []
    for leg in pending {
      guard let (node, isReplica) = node(for: leg) else {
        lost.append(leg)
        journey.mustWait = true
        continue
      }
      if let index = groups.firstIndex(where: { $0.node === node }) {
        groups[index].legs.append(leg)
      } else {
        groups.append(Group(node: node, legs: [leg], isReplica: isReplica))
      }
    }
    pending = lost
    return groups
  }

  /// `nil` when nobody serves the slot.
  private func node(for leg: ClusterJourney.Leg) -> (ClusterNode, isReplica: Bool)? {
    state.withLock { state in
      if let endpoint = leg.detour { return (node(endpoint, &state), false) }
      switch leg.unit.target {
      case .node(let endpoint): return (node(endpoint, &state), true)
      case .anywhere:
        guard !state.shards.isEmpty else { return nil }
        return (state.shards[(preference + leg.attempts) % state.shards.count].primary, false)
      case .slot(let slot):
        guard let shard = state.topology.shard(of: slot) else { return nil }
        if settings.readsFromReplicas, leg.unit.isRead, !leg.avoidsReplicas,
          let replica = state.shards[shard].replicas.filter({ !$0.isSuspect }).randomElement()
        {
          return (replica, true)
        }
        return (state.shards[shard].primary, false)
      }
    }
  }

  /// Sends each group to its node, to all nodes at the same time.
  private func exchange(
    _ groups: [Group], _ journey: ClusterJourney
  ) async -> [Result<[RedisReply], DBError>] {
    if groups.count == 1 { return [await exchange(groups[0], journey)] }
    return await withTaskGroup(of: (Int, Result<[RedisReply], DBError>).self) { tasks in
      for (index, group) in groups.enumerated() {
        tasks.addTask { (index, await self.exchange(group, journey)) }
      }
      var outcomes = [Result<[RedisReply], DBError>](repeating: .success([]), count: groups.count)
      for await (index, outcome) in tasks { outcomes[index] = outcome }
      return outcomes
    }
  }

  private func exchange(_ group: Group, _ journey: ClusterJourney) async -> Result<[RedisReply], DBError> {
    let commands =
      group.legs.count == 1 && !group.legs[0].isAsking && group.legs[0].unit.commands.count == journey.commands.count
      ? journey.commands
      : group.legs.flatMap { leg in
        (leg.isAsking ? [RedisCommand("ASKING")] : []) + journey.commands[leg.unit.commands]
      }
    do throws(DBError) {
      let opening = min(journey.deadline, Deadline(after: settings.opening))
      return .success(try await group.node.send(commands, until: journey.deadline, openUntil: opening))
    } catch {
      return .failure(error)
    }
  }

  // MARK: What came back

  /// Keeps final replies.
  /// - Returns: the units that have to go on.
  private func take(
    _ replies: [RedisReply], _ group: Group, _ journey: inout ClusterJourney
  ) -> [ClusterJourney.Leg] {
    var rest: [ClusterJourney.Leg] = []
    var position = 0
    for leg in group.legs {
      if leg.isAsking { position += 1 }
      let own = replies[position..<position + leg.unit.commands.count]
      position += own.count
      guard let redirection = leg.redirection(in: own, asked: group.node.endpoint) else {
        journey.finish(leg, own)
        continue
      }
      var leg = leg
      leg.lastReplies = own
      if follow(redirection, &leg, group, &journey) { rest.append(leg) } else { journey.finish(leg, own, acted: false) }
    }
    return rest
  }

  /// - Returns: whether the unit goes on; its redirection is its answer otherwise.
  private func follow(
    _ redirection: ClusterRedirection, _ leg: inout ClusterJourney.Leg, _ group: Group,
    _ journey: inout ClusterJourney
  ) -> Bool {
    leg.detour = nil
    leg.isAsking = false
    leg.attempts += 1
    if group.isReplica {
      // A replica that sends a read away cannot serve it; the primary can.
      if case .node = leg.unit.target { return false }
      leg.avoidsReplicas = true
      group.node.suspect(for: settings.opening)
    }
    switch redirection {
    case .moved(let slot, let endpoint):
      moved(slot, to: endpoint)
      leg.unit.target = .slot(slot)
      leg.detour = endpoint
      leg.avoidsReplicas = true
      leg.redirections += 1
      if leg.redirections > 1 { journey.mustWait = true }
    case .ask(_, let endpoint):
      leg.detour = endpoint
      leg.isAsking = true
      leg.redirections += 1
    case .later:
      leg.redirections = 0
      if !group.isReplica { journey.mustWait = true }
      readInBackground()
    case .demoted:
      journey.mustWait = true
      readInBackground()
    }
    return leg.redirections <= Self.mostRedirections
  }

  /// The units of a group that go on although their node failed.
  /// - Throws: the error, when repeating would not be honest or would not help.
  private func retried(
    _ group: Group, after error: DBError, _ journey: inout ClusterJourney
  ) throws(DBError) -> [ClusterJourney.Leg] {
    let isOnlyReads = group.legs.allSatisfy(\.unit.isRead)
    let isUnreachable: Bool
    switch error.code {
    case .connectionFailed, .connectionLost, .serverShuttingDown, .tooManyConnections: isUnreachable = true
    case .timeout: isUnreachable = error.stage != nil
    default: isUnreachable = false
    }
    if isUnreachable || error.code == .timeout {
      group.node.suspect(for: settings.opening)
      readInBackground()
    }
    if error.retry != .safe, !isOnlyReads { journey.hasActed = true }
    guard isUnreachable, error.retry == .safe || isOnlyReads, !journey.limit.hasPassed, !Task.isCancelled else {
      throw error
    }
    if case .node = group.legs[0].unit.target { throw error }
    if !group.isReplica { journey.mustWait = true }
    return group.legs.map { leg in
      var leg = leg
      leg.detour = nil
      leg.isAsking = false
      leg.attempts += 1
      leg.avoidsReplicas = true
      leg.lastFailure = error
      leg.lastReplies = nil
      return leg
    }
  }

  /// Waits a little before the next attempt; at the limit the last answers count.
  private func pause(
    _ pending: inout [ClusterJourney.Leg], _ journey: inout ClusterJourney
  ) async throws(DBError) {
    if !journey.limit.hasPassed {
      await clock.sleep(until: min(journey.limit, Deadline(after: journey.nextPause())))
      if Task.isCancelled { throw journey.honest(RedisConnection.cancelled(wasSent: false)) }
      // What nobody served may be served by somebody by now.
      if pending.contains(where: { $0.lastReplies == nil }) { readInBackground() }
      if !journey.limit.hasPassed { return }
    }
    for leg in pending {
      guard let replies = leg.lastReplies else { throw journey.honest(leg.lastFailure ?? unserved(leg)) }
      journey.finish(leg, replies, acted: false)
    }
    pending = []
  }

  private func unserved(_ leg: ClusterJourney.Leg) -> DBError {
    let what = if case .slot(let slot) = leg.unit.target { "slot \(slot)" } else { "it" }
    return DBError(.connectionFailed, "no node of the cluster serves \(what)", retry: .safe)
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
