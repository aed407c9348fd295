internal import DequeModule

/// Names one caller's wait for a session.
struct WaiterID: Hashable, Sendable {
  let number: UInt64
}

/// Whether a caller needs a connection to itself.
enum LeaseKind: Sendable, Hashable, CaseIterable {
  case exclusive
  case shared
}

/// A caller that waits for a session.
struct Waiter: Sendable {
  let id: WaiterID
  let kind: LeaseKind
  let site: CallSite
  let enqueued: Deadline
  let deadline: Deadline
  /// Its place among all that ever waited, whatever their kind; given by the queue.
  fileprivate(set) var arrival: UInt64 = 0
}

/// Callers in the order they came. Every operation is O(log n) or better, spread over the operations before it: a caller that leaves from the
/// middle is forgotten at once, and its place in the queues when as many places are empty as taken.
struct WaiterQueue: Sendable {
  private var waiters: [WaiterID: Waiter] = [:]
  private var exclusive = Deque<WaiterID>()
  private var shared = Deque<WaiterID>()
  private var deadlines = DeadlineQueue()
  private var arrivals: UInt64 = 0

  var count: Int { waiters.count }
  var isEmpty: Bool { waiters.isEmpty }
  private(set) var exclusiveCount = 0
  var sharedCount: Int { count - exclusiveCount }

  mutating func append(_ waiter: Waiter) {
    var waiter = waiter
    arrivals += 1
    waiter.arrival = arrivals
    waiters[waiter.id] = waiter
    switch waiter.kind {
    case .exclusive:
      exclusive.append(waiter.id)
      exclusiveCount += 1
    case .shared: shared.append(waiter.id)
    }
    if !waiter.deadline.isNever { deadlines.insert(waiter.deadline, waiter.id.number) }
  }

  /// Takes a waiter out, wherever it stands.
  mutating func remove(_ id: WaiterID) -> Waiter? {
    guard let waiter = waiters.removeValue(forKey: id) else { return nil }
    if waiter.kind == .exclusive { exclusiveCount -= 1 }
    compact()
    return waiter
  }

  /// Who came first among those of a kind.
  mutating func first(_ kind: LeaseKind) -> Waiter? {
    switch kind {
    case .exclusive: Self.first(&exclusive, waiters)
    case .shared: Self.first(&shared, waiters)
    }
  }

  /// Takes out all, in the order they came.
  mutating func removeAll() -> [Waiter] {
    let all = waiters.values.sorted { $0.arrival < $1.arrival }
    self = WaiterQueue()
    return all
  }

  /// The earliest deadline of anyone waiting.
  var earliestDeadline: Deadline? {
    mutating get {
      while let (deadline, number) = deadlines.first {
        if waiters[WaiterID(number: number)]?.deadline == deadline { return deadline }
        _ = deadlines.popDue(deadline)
      }
      return nil
    }
  }

  /// Takes out a waiter whose deadline has come.
  mutating func removeOverdue(_ now: Deadline) -> Waiter? {
    while let (_, number) = deadlines.popDue(now) {
      if let waiter = remove(WaiterID(number: number)) { return waiter }
    }
    return nil
  }

  /// How many places the queues take, those of waiters who left included.
  var places: Int { exclusive.count + shared.count + deadlines.count }

  private static func first(_ queue: inout Deque<WaiterID>, _ waiters: [WaiterID: Waiter]) -> Waiter? {
    while let id = queue.first {
      if let waiter = waiters[id] { return waiter }
      queue.removeFirst()
    }
    return nil
  }

  private mutating func compact() {
    let slack = waiters.count + 64
    if exclusive.count - exclusiveCount > slack { exclusive.removeAll { waiters[$0] == nil } }
    if shared.count - sharedCount > slack { shared.removeAll { waiters[$0] == nil } }
    if deadlines.count - waiters.count > slack {
      deadlines = DeadlineQueue()
      for waiter in waiters.values where !waiter.deadline.isNever {
        deadlines.insert(waiter.deadline, waiter.id.number)
      }
    }
  }
}
