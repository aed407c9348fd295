internal import HeapModule

/// Moments with the number of whom they concern, earliest first.
struct DeadlineQueue: Sendable {
  private struct Entry: Comparable, Sendable {
    let deadline: Deadline
    let number: UInt64
    static func < (left: Entry, right: Entry) -> Bool { left.deadline < right.deadline }
  }

  private var heap = Heap<Entry>()

  var count: Int { heap.count }
  var earliest: Deadline? { heap.min?.deadline }
  var first: (Deadline, UInt64)? { heap.min.map { ($0.deadline, $0.number) } }

  mutating func insert(_ deadline: Deadline, _ number: UInt64) {
    heap.insert(Entry(deadline: deadline, number: number))
  }

  mutating func popDue(_ now: Deadline) -> (Deadline, UInt64)? {
    guard let first = heap.min, first.deadline <= now else { return nil }
    heap.removeMin()
    return (first.deadline, first.number)
  }
}
