internal import DBAdapterCore

/// Keys by the time they have left.
struct ExpiryHistogram: Sendable, Hashable {
  private static let minute: Int64 = 60_000
  private static let hour = 60 * minute
  private static let day = 24 * hour
  /// Names, and the milliseconds that a key of the bucket has less than.
  private static let buckets: [(name: String, limit: Int64)] = [
    ("< 1 min", minute), ("< 1 h", hour), ("< 1 d", day), ("< 1 w", 7 * day), ("< 30 d", 30 * day), (">= 30 d", .max),
  ]

  private var without = 0
  private var counts = [Int](repeating: 0, count: buckets.count)

  /// - Parameter milliseconds: the reply of `PTTL`: -1 for a key that does not expire.
  mutating func add(milliseconds: Int64) {
    if milliseconds < 0 {
      without += 1
    } else {
      counts[Self.buckets.firstIndex { milliseconds < $0.limit } ?? counts.count - 1] += 1
    }
  }

  mutating func merge(_ other: ExpiryHistogram) {
    without += other.without
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// `nil` when the time of no key could be read.
  var distribution: Distribution? {
    let result = Distribution(
      [Distribution.Bucket(Distribution.Bucket.withoutExpiry, without)]
        + zip(Self.buckets, counts).map { Distribution.Bucket($0.name, $1) })
    return result.count > 0 ? result : nil
  }
}
