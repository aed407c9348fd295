internal import DequeModule

/// What the choice of a pool to be evicted, or to give up a connection, needs to know of it.
struct PoolStanding: Sendable {
  let id: PoolID
  /// Somebody holds or awaits one of its sessions.
  let isBusy: Bool
  /// It has an open connection.
  let isAlive: Bool
  /// It has an idle connection and nobody waiting for one.
  let canSpare: Bool
  let lastUsed: Deadline
  let createdAt: Deadline
}

/// Which pools there are, and how the room for pools and connections is shared among them, as a pure value.
///
/// A pool beyond the maximum is on the list too, but not admitted: its callers wait, and it gets no connection before another pool has gone.
struct PoolDirectory: Sendable {
  private struct Entry: Sendable {
    var isAdmitted: Bool
    /// Connections granted and not given back.
    var granted = 0
  }

  private struct Ask: Sendable {
    let id: PoolID
    let since: Deadline
  }

  let maximumPools: Int
  let maximumConnections: Int
  private var entries: [PoolID: Entry] = [:]
  private var asks = Deque<Ask>()
  private var admitted = 0
  /// Connections that are being freed for those who wait.
  private var promised = 0
  /// Connections granted to all pools, and to those that are gone but not closed yet.
  private(set) var granted = 0

  init(maximumPools: Int, maximumConnections: Int) {
    self.maximumPools = maximumPools
    self.maximumConnections = maximumConnections
  }

  /// How many asks wait for something nobody has promised yet.
  var shortage: Int { max(asks.count - promised, 0) }

  // MARK: Pools

  mutating func add(_ id: PoolID) {
    entries[id] = Entry(isAdmitted: admitted < maximumPools)
    if admitted < maximumPools { admitted += 1 }
  }

  /// Forgets a pool; its connections stay counted until they are given back.
  /// - Returns: the pools that get a connection now, each as often as it is in the list.
  mutating func remove(_ id: PoolID) -> [PoolID] {
    guard let entry = entries.removeValue(forKey: id) else { return [] }
    if entry.isAdmitted { admitted -= 1 }
    asks.removeAll { $0.id == id }
    return grant()
  }

  func isAdmitted(_ id: PoolID) -> Bool { entries[id]?.isAdmitted ?? false }

  // MARK: Connections

  /// Wants one connection more for a pool.
  /// - Returns: whether it is granted at once.
  mutating func ask(_ id: PoolID, now: Deadline) -> Bool {
    guard entries[id] != nil else { return false }
    asks.append(Ask(id: id, since: now))
    // Only the one just added can be granted: whoever waits already waits for what is still missing.
    return !grant().isEmpty
  }

  mutating func withdraw(_ count: Int, _ id: PoolID) {
    for _ in 0..<count {
      guard let index = asks.lastIndex(where: { $0.id == id }) else { break }
      asks.remove(at: index)
    }
    promised = min(promised, asks.count)
  }

  mutating func giveBack(_ id: PoolID) -> [PoolID] {
    granted -= 1
    entries[id]?.granted -= 1
    promised = max(promised - 1, 0)
    return grant()
  }

  /// Somebody frees a connection for whom waits longest, unless as many are being freed as are waited for.
  mutating func claim(from id: PoolID) -> CapacityPressure? {
    guard shortage > 0, let ask = asks.first(where: { $0.id != id && needsConnection($0) }) else { return nil }
    promised += 1
    return CapacityPressure(since: ask.since, isDesperate: entries[ask.id]?.granted == 0)
  }

  mutating func dropClaim() { promised = max(promised - 1, 0) }

  /// Whether somebody waits for a pool to go.
  var needsSlot: Bool { admitted >= maximumPools && asks.contains { !isAdmitted($0.id) } }

  /// Who waits longest for a connection that nobody has promised yet.
  var needsConnection: PoolID? {
    guard granted >= maximumConnections, shortage > 0 else { return nil }
    return asks.first { needsConnection($0) }?.id
  }

  mutating func promise() { promised += 1 }

  private func needsConnection(_ ask: Ask) -> Bool { isAdmitted(ask.id) || admitted < maximumPools }

  /// First come, first served; who waits for a pool to go does not hold up those who only wait for a connection.
  private mutating func grant() -> [PoolID] {
    var served: [PoolID] = []
    var index = 0
    while granted < maximumConnections, index < asks.count {
      let id = asks[index].id
      guard admit(id) else {
        index += 1
        continue
      }
      asks.remove(at: index)
      granted += 1
      entries[id]?.granted += 1
      served.append(id)
    }
    promised = min(promised, asks.count)
    return served
  }

  private mutating func admit(_ id: PoolID) -> Bool {
    guard let entry = entries[id] else { return false }
    if entry.isAdmitted { return true }
    guard admitted < maximumPools else { return false }
    entries[id]?.isAdmitted = true
    admitted += 1
    return true
  }

  // MARK: Choosing

  /// The pool that goes to make room for another: one whose connections are all dead, else the least recently used, else the oldest; never
  /// one that is busy.
  static func victim(among pools: [PoolStanding]) -> PoolID? {
    pools.filter { !$0.isBusy }.min { left, right in
      if left.isAlive != right.isAlive { return !left.isAlive }
      if left.lastUsed != right.lastUsed { return left.lastUsed < right.lastUsed }
      return left.createdAt < right.createdAt
    }?.id
  }

  /// The pool that gives up an idle connection: the least recently used of those that can spare one.
  static func lender(among pools: [PoolStanding], to asking: PoolID) -> PoolID? {
    pools.filter { $0.canSpare && $0.id != asking }.min { $0.lastUsed < $1.lastUsed }?.id
  }
}
