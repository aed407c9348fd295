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
    var lastWish: UInt64 = 0
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

  /// Hears how many connections more a pool wants.
  /// - Returns: how many it gets at once. For the others it waits in line, unless the wish is not urgent.
  mutating func want(_ wish: CapacityWish, _ id: PoolID, now: Deadline) -> Int {
    guard let entry = entries[id], entry.lastWish < wish.number else { return 0 }
    entries[id]?.lastWish = wish.number
    let asked = wish.isUrgent ? wish.count : 0
    var surplus = asks.count { $0.id == id } - asked
    while surplus > 0, let index = asks.lastIndex(where: { $0.id == id }) {
      asks.remove(at: index)
      surplus -= 1
    }
    while surplus < 0 {
      asks.append(Ask(id: id, since: now))
      surplus += 1
    }
    // Others who wait already wait for what is still missing: only this pool can be served.
    if wish.isUrgent { return grant().count }
    promised = min(promised, asks.count)
    let spare = entry.isAdmitted ? min(wish.count, maximumConnections - granted) : 0
    granted += spare
    entries[id]?.granted += spare
    return spare
  }

  mutating func giveBack(_ id: PoolID) -> [PoolID] {
    granted -= 1
    entries[id]?.granted -= 1
    promised = max(promised - 1, 0)
    return grant()
  }

  /// First come, first served, those first that have no connection at all. Who waits for a pool to go does not hold up those who only wait
  /// for a connection.
  private mutating func grant() -> [PoolID] {
    var served: [PoolID] = []
    while granted < maximumConnections, let index = firstAsk(where: { mayBeAdmitted($0) }) {
      let id = asks.remove(at: index).id
      if entries[id]?.isAdmitted == false {
        entries[id]?.isAdmitted = true
        admitted += 1
      }
      granted += 1
      entries[id]?.granted += 1
      served.append(id)
    }
    promised = min(promised, asks.count)
    return served
  }

  private func firstAsk(where isFit: (PoolID) -> Bool) -> Int? {
    asks.firstIndex { isDesperate($0.id) && isFit($0.id) } ?? asks.firstIndex { isFit($0.id) }
  }

  private func mayBeAdmitted(_ id: PoolID) -> Bool { isAdmitted(id) || admitted < maximumPools }
  private func isDesperate(_ id: PoolID) -> Bool { entries[id]?.granted == 0 }

  // MARK: Who lacks what

  /// Whether somebody waits for what others might give up.
  var isShort: Bool { needsSlot || isShortOfConnections }

  private var isShortOfConnections: Bool {
    asks.count > promised && asks.count { mayBeAdmitted($0.id) } > promised
  }

  /// Whether somebody waits for a pool to go.
  var needsSlot: Bool { admitted >= maximumPools && asks.contains { !isAdmitted($0.id) } }

  /// Who is the next to be granted a connection, if nobody frees one for it yet.
  var needsConnection: PoolID? {
    guard isShortOfConnections else { return nil }
    return firstAsk { mayBeAdmitted($0) }.map { asks[$0].id }
  }

  /// A pool frees a connection for whom waits longest, unless as many are being freed as are waited for.
  mutating func claim(from id: PoolID) -> CapacityPressure? {
    guard isShortOfConnections, let index = firstAsk(where: { $0 != id && mayBeAdmitted($0) }) else { return nil }
    promised += 1
    return CapacityPressure(since: asks[index].since, isDesperate: isDesperate(asks[index].id))
  }

  mutating func promise() { promised += 1 }
  mutating func dropClaim() { promised = max(promised - 1, 0) }

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
