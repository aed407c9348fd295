import Testing

@testable import DBAdapterCore

@Suite struct WaiterQueueTests {
  private func waiter(_ number: UInt64, _ kind: LeaseKind = .exclusive, until deadline: Int64 = .max) -> Waiter {
    Waiter(
      id: WaiterID(number: number), kind: kind, site: PoolDriver.site, enqueued: Deadline(nanoseconds: 0),
      deadline: Deadline(nanoseconds: deadline))
  }

  @Test func keepsTheOrderOfEachKindApart() {
    let queue = Line()
    for number in 0..<6 { queue.append(waiter(UInt64(number), number.isMultiple(of: 2) ? .exclusive : .shared)) }
    #expect(queue.count == 6 && queue.exclusiveCount == 3 && queue.sharedCount == 3)
    #expect(queue.first(.exclusive)?.id.number == 0 && queue.first(.shared)?.id.number == 1)
    _ = queue.remove(WaiterID(number: 0))
    #expect(queue.first(.exclusive)?.id.number == 2 && queue.first(.shared)?.id.number == 1)
  }

  @Test func ordersByArrivalWhateverTheNumbers() {
    let queue = Line()
    for number: UInt64 in [9, 3, 7] { queue.append(waiter(number)) }
    #expect(queue.removeAll().map(\.id.number) == [9, 3, 7])
    #expect(queue.isEmpty && queue.first(.exclusive) == nil && queue.earliestDeadline == nil)
  }

  @Test func forgetsWhoLeavesFromTheMiddle() {
    let queue = Line()
    for number in 0..<5 { queue.append(waiter(UInt64(number))) }
    #expect(queue.remove(WaiterID(number: 2)) != nil)
    #expect(queue.remove(WaiterID(number: 2)) == nil, "nobody leaves twice")
    #expect(queue.remove(WaiterID(number: 0)) != nil)
    var order: [UInt64] = []
    while let first = queue.first(.exclusive) {
      order.append(first.id.number)
      _ = queue.remove(first.id)
    }
    #expect(order == [1, 3, 4])
  }

  @Test func findsWhoseTimeIsOverInTheOrderOfDeadlines() {
    let queue = Line()
    let deadlines: [Int64] = [50, 10, 40, 20, 30]
    for (number, deadline) in deadlines.enumerated() { queue.append(waiter(UInt64(number), until: deadline)) }
    #expect(queue.earliestDeadline?.nanoseconds == 10)
    _ = queue.remove(WaiterID(number: 1))
    #expect(queue.earliestDeadline?.nanoseconds == 20, "who left is not waited for")
    #expect(queue.removeOverdue(Deadline(nanoseconds: 19)) == nil)
    var overdue: [UInt64] = []
    while let waiter = queue.removeOverdue(Deadline(nanoseconds: 40)) { overdue.append(waiter.id.number) }
    #expect(overdue == [3, 4, 2] && queue.count == 1)
    #expect(queue.earliestDeadline?.nanoseconds == 50)
  }

  @Test func staysSmallWhenTenThousandComeAndGo() {
    let queue = Line()
    var random = SeededGenerator()
    var model: [UInt64] = []
    for number in 0..<10_000 {
      queue.append(waiter(UInt64(number), until: .random(in: 0..<1_000_000, using: &random)))
      model.append(UInt64(number))
    }
    for number in (0..<10_000).shuffled(using: &random).prefix(9_900) {
      _ = queue.remove(WaiterID(number: UInt64(number)))
    }
    #expect(queue.count == 100 && queue.places < 1_000, "\(queue.places) places; seed \(random.seed)")
    let left = Set(queue.removeAll().map(\.id.number))
    #expect(left.count == 100 && left.isSubset(of: model))
  }

  @Test func servesTenThousandInTheirOrder() {
    let queue = Line()
    for number in 0..<10_000 { queue.append(waiter(UInt64(number), until: Int64(20_000 - number))) }
    var isOrdered = true
    for number in 0..<10_000 {
      guard let first = queue.first(.exclusive), queue.remove(first.id) != nil else { break }
      isOrdered = isOrdered && first.id.number == number
    }
    #expect(isOrdered && queue.isEmpty && queue.earliestDeadline == nil)
  }
}

/// A queue whose calls may stand in expectations, which hold no changes.
private final class Line {
  private var queue = WaiterQueue()

  var count: Int { queue.count }
  var exclusiveCount: Int { queue.exclusiveCount }
  var sharedCount: Int { queue.sharedCount }
  var places: Int { queue.places }
  var isEmpty: Bool { queue.isEmpty }
  var earliestDeadline: Deadline? { queue.earliestDeadline }
  func append(_ waiter: Waiter) { queue.append(waiter) }
  func remove(_ id: WaiterID) -> Waiter? { queue.remove(id) }
  func first(_ kind: LeaseKind) -> Waiter? { queue.first(kind) }
  func removeAll() -> [Waiter] { queue.removeAll() }
  func removeOverdue(_ now: Deadline) -> Waiter? { queue.removeOverdue(now) }
}
