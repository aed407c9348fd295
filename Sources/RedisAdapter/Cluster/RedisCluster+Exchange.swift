internal import DBAdapterCore

/// How commands come to their nodes, and what is made of what the nodes say.
extension RedisCluster {
  // MARK: The short way

  /// The primary of a unit and its connection, if both are known and nothing else has to be considered.
  func openPlace(of unit: ClusterUnit) -> (node: ClusterNode, connection: any NodeConnection)? {
    guard case .slot(let slot) = unit.target, !settings.readsFromReplicas || !unit.isRead else { return nil }
    let node = state.withLock { state in
      state.isClosed ? nil : state.topology.shard(of: slot).map { state.shards[$0].primary }
    }
    guard let node, let connection = node.openConnection else { return nil }
    return (node, connection)
  }

  /// Sends one unit straight to its node, and goes on the long way if it is not carried out there.
  func send(
    _ commands: [RedisCommand], _ unit: ClusterUnit, to place: (node: ClusterNode, connection: any NodeConnection),
    until deadline: Deadline
  ) async throws(DBError) -> [RedisReply] {
    let group = Group(node: place.node, legs: [ClusterJourney.Leg(unit)], isReplica: false)
    let outcome: Result<[RedisReply], DBError>
    do throws(DBError) {
      let replies = try await place.connection.send(commands, until: deadline)
      if group.legs[0].redirection(in: replies[...], asked: place.node.endpoint) == nil { return replies }
      outcome = .success(replies)
    } catch {
      outcome = .failure(error.completed(endpoint: place.node.endpoint.description))
    }
    var journey = ClusterJourney(commands, deadline: deadline, patience: settings.patience)
    let rest =
      switch outcome {
      case .success(let replies): take(replies, group, &journey)
      case .failure(let error): try retried(group, after: error, &journey)
      }
    try await finish(rest, &journey)
    return journey.replies.compactMap { $0 }
  }

  // MARK: Going to nodes

  /// Carries out units until each has its replies.
  func perform(_ units: [ClusterUnit], _ journey: inout ClusterJourney) async throws(DBError) {
    if state.withLock({ $0.topology.isEmpty }) { try await load(until: journey.deadline) }
    try await finish(units.map { ClusterJourney.Leg($0) }, &journey)
  }

  private func finish(_ legs: [ClusterJourney.Leg], _ journey: inout ClusterJourney) async throws(DBError) {
    var pending = legs
    while !pending.isEmpty {
      if journey.mustWait { try await pause(&pending, &journey) }
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
