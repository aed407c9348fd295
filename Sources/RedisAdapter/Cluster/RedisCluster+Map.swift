internal import DBAdapterCore

/// Which node serves which slots: read when first needed, and again whenever something contradicts it.
extension RedisCluster {
  /// Waits until the map of slots is known.
  /// - Throws: why no node told it.
  func load(until deadline: Deadline) async throws(DBError) {
    if !state.withLock({ $0.topology.isEmpty }) { return }
    guard let reading = read(isUrgent: true) else { throw RedisErrors.closed }
    switch await reading.wait(until: deadline) {
    case .finished(let result): try result.get()
    case .deadline:
      throw DBError(
        .timeout, "no node of the cluster told which slots it serves in time", retry: .safe, stage: .startup)
    case .cancelled: throw RedisConnection.cancelled(wasSent: false)
    }
  }

  /// Reads the map again, unless that is being done or was done a moment ago.
  func readInBackground() { _ = read(isUrgent: false) }

  /// Takes in one slot's new place, and reads the rest again.
  func moved(_ slot: Int, to endpoint: Endpoint) {
    state.withLock { state in
      state.topology.move(slot: slot, to: endpoint)
      connectShards(&state)
    }
    readInBackground()
  }

  private func read(isUrgent: Bool) -> SharedOutcome<Void>? {
    let (reading, isNew) = state.withLock { state -> (SharedOutcome<Void>?, Bool) in
      if state.isClosed { return (nil, false) }
      if let reading = state.reading { return (reading, false) }
      if !isUrgent, state.lastRead + settings.rest > .now() { return (nil, false) }
      let reading = SharedOutcome<Void>()
      state.reading = reading
      return (reading, true)
    }
    if let reading, isNew {
      Task.detached {
        let outcome = await self.askNodes()
        // Nodes that have left end with the last who holds them, after the lock.
        _ = self.state.withLock { state in
          state.reading = nil
          state.lastRead = .now()
          return (try? outcome.get()).map { self.adopt($0, &state) } ?? []
        }
        reading.finish(outcome.map { _ in })
      }
    }
    return reading
  }

  // MARK: Nodes

  /// The node at an endpoint.
  func node(_ endpoint: Endpoint, _ state: inout State) -> ClusterNode {
    if let node = state.nodes[endpoint] { return node }
    let node = ClusterNode(endpoint, dial)
    if state.isClosed { node.close() }
    state.nodes[endpoint] = node
    return node
  }

  /// - Returns: the nodes that have left the cluster and are not used.
  private func adopt(_ topology: ClusterTopology, _ state: inout State) -> [ClusterNode] {
    state.topology = topology
    connectShards(&state)
    let endpoints = topology.endpoints
    let left = state.nodes.filter { !endpoints.contains($0.key) && $0.value.isIdle }
    for endpoint in left.keys { state.nodes[endpoint] = nil }
    return Array(left.values)
  }

  private func connectShards(_ state: inout State) {
    state.shards = state.topology.shards.map { shard in
      (node(shard.primary, &state), shard.replicas.map { node($0, &state) })
    }
  }

  /// The primaries of all shards, one after the other, each to be sent to directly: for what has to be done on every one of them.
  func primaries(until deadline: Deadline) async throws(DBError) -> [any RedisCommanding] {
    try await load(until: deadline)
    return state.withLock { $0.shards.map(\.primary) }
  }

  /// Where the primaries of all shards are.
  func primaryEndpoints(until deadline: Deadline) async throws(DBError) -> [Endpoint] {
    try await load(until: deadline)
    return state.withLock { $0.topology.shards.map(\.primary) }
  }

  /// Reads the map anew; a map that cannot be read stays as it was.
  func refresh(until deadline: Deadline) async {
    if let reading = read(isUrgent: true) { _ = await reading.wait(until: deadline) }
  }

  /// The node that serves a slot, as far as the map is known.
  func endpoint(of slot: Int) -> Endpoint? {
    state.withLock { state in state.topology.shard(of: slot).map { state.topology.shards[$0].primary } }
  }

  /// Where commands go that need a connection of their own: the primary of the slot of all their keys, or any primary if they have none.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` (CROSSSLOT) for keys in different slots.
  func home(of commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> Endpoint {
    guard let first = commands.first else { throw RedisErrors.closed }
    let table = state.withLock { $0.table }
    var slots = SlotsOfCommand(first)
    for command in commands {
      slots.goOn(command)
      _ = table.facts(of: command)?.visitKeys(of: command, includingChannels: true) { slots.add($0) }
    }
    let slot = try slots.only(first.name)
    try await load(until: deadline)
    let endpoint = state.withLock { state -> Endpoint? in
      if let slot { return state.topology.shard(of: slot).map { state.topology.shards[$0].primary } }
      return state.topology.shards.first?.primary
    }
    guard let endpoint else {
      readInBackground()
      throw DBError(.connectionFailed, "no node of the cluster serves slot \(slot ?? 0)", retry: .safe)
    }
    return endpoint
  }

  /// Runs something on a connection of its own, which `body` opens to the node that serves the keys; again when the node says that it did nothing
  /// because it is elsewhere or not now, or could not be reached.
  /// - Parameter body: gets the node, and throws the server's errors as they are.
  func atHome<R>(
    of commands: [RedisCommand], until deadline: Deadline, _ body: (Endpoint) async throws(DBError) -> R
  ) async throws(DBError) -> R {
    var journey = ClusterJourney(commands, deadline: deadline, patience: settings.patience)
    var redirections = 0
    var detour: Endpoint?
    while true {
      var failure: DBError
      do throws(DBError) {
        let endpoint = if let detour { detour } else { try await home(of: commands, until: deadline) }
        detour = nil
        do throws(DBError) {
          return try await body(endpoint)
        } catch {
          failure = error
          switch error.server.flatMap({ _ in ClusterRedirection(error.message, asked: endpoint) }) {
          case .moved(let slot, let place):
            moved(slot, to: place)
            detour = place
            redirections += 1
          case .ask, .later, .demoted: readInBackground()
          case nil:
            guard error.retry == .safe, error.code == .connectionFailed || error.code == .connectionLost else {
              throw error
            }
            readInBackground()
          }
        }
      } catch {
        guard error.retry == .safe, error.code == .connectionFailed else { throw error }
        failure = error
      }
      guard redirections <= Self.mostRedirections, !journey.limit.hasPassed else { throw failure }
      if detour != nil, redirections == 1 { continue }
      await clock.sleep(until: min(journey.limit, Deadline(after: journey.nextPause())))
      if Task.isCancelled { throw RedisConnection.cancelled(wasSent: false) }
    }
  }

  // MARK: Asking

  private struct Answer: Sendable {
    var topology: ClusterTopology
    /// Whether the node believes that it sees the whole cluster.
    var isSound: Bool
  }

  private enum Event: Sendable {
    case answer(Answer)
    case failure(DBError)
    case impatience
  }

  /// How long a node may keep silent before another is asked as well.
  private static let head = Duration.milliseconds(200)

  /// Asks one node after the other, and the next as well when one keeps silent. The first that sees the whole cluster is believed; if there is
  /// none, the last that answered.
  private func askNodes() async -> Result<ClusterTopology, DBError> {
    let candidates = state.withLock { state in
      let known = state.topology.endpoints.shuffled()
      let suspects = known.filter { state.nodes[$0]?.isSuspect == true }
      let sound = known.filter { state.nodes[$0]?.isSuspect != true }
      let rest = seeds.filter { !state.topology.endpoints.contains($0) }
      return (sound + rest + suspects).map { node($0, &state) }
    }
    var next = candidates.makeIterator()
    var best: ClusterTopology?
    var failure: DBError?
    await withTaskGroup(of: Event.self) { tasks in
      var asked = 0
      func askNext() {
        guard let node = next.next() else { return }
        asked += 1
        tasks.addTask { await self.ask(node) }
        tasks.addTask {
          await self.clock.sleep(until: Deadline(after: Self.head))
          return .impatience
        }
      }
      askNext()
      while asked > 0, let event = await tasks.next() {
        switch event {
        case .answer(let answer):
          asked -= 1
          best = answer.topology
          if answer.isSound { asked = 0 } else { askNext() }
        case .failure(let error):
          asked -= 1
          // A refused password says more than a machine that is down.
          if failure?.code != .authenticationFailed { failure = error }
          askNext()
        case .impatience: askNext()
        }
      }
      tasks.cancelAll()
    }
    if let best { return .success(best) }
    return .failure(failure ?? DBError(.connectionFailed, "the cluster has no node to ask", retry: .safe))
  }

  private func ask(_ node: ClusterNode) async -> Event {
    let deadline = Deadline(after: settings.telling)
    do throws(DBError) {
      let replies = try await node.send(
        [RedisCommand("CLUSTER", "SLOTS"), RedisCommand("CLUSTER", "INFO")], until: deadline)
      if replies[0].kind == .error {
        throw RedisErrors.error(replies[0]).completed(endpoint: node.endpoint.description)
      }
      let topology = try ClusterTopology(replies[0], asked: node.endpoint)
      guard !topology.isEmpty else {
        throw DBError(
          .connectionFailed, "the node \(node.endpoint) knows of no node that serves slots", retry: .safe,
          endpoint: node.endpoint.description)
      }
      return .answer(Answer(topology: topology, isSound: replies[1].text?.contains("cluster_state:ok") == true))
    } catch {
      return .failure(error)
    }
  }
}
