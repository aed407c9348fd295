/// Minimum, median, mean and maximum of many sizes in bounded memory.
///
/// Sizes are counted in buckets that are exact up to 32 and 1/32 of their size wide beyond, so the median is within 3 %.
package struct SizeSummary: Sendable, Hashable {
  package private(set) var count = 0
  package private(set) var minimum: Int64 = 0
  package private(set) var maximum: Int64 = 0
  package private(set) var sum = 0.0
  /// By bucket; at most 1,900 of them.
  private var buckets: [UInt16: Int] = [:]

  package init() {}

  package var mean: Double { count > 0 ? sum / Double(count) : 0 }

  package mutating func add(_ size: Int64) {
    let size = max(0, size)
    minimum = count == 0 ? size : min(minimum, size)
    maximum = max(maximum, size)
    count += 1
    sum += Double(size)
    buckets[Self.bucket(of: size), default: 0] += 1
  }

  package mutating func merge(_ other: SizeSummary) {
    guard other.count > 0 else { return }
    minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    sum += other.sum
    buckets.merge(other.buckets) { $0 + $1 }
  }

  /// The smaller one of the two in the middle, for an even number.
  package var median: Int64 {
    var left = (count + 1) / 2
    for (bucket, count) in buckets.sorted(by: { $0.key < $1.key }) {
      left -= count
      if left <= 0 { return min(max(Self.middle(of: bucket), minimum), maximum) }
    }
    return 0
  }

  /// `nil` when nothing was added.
  package func measurement(unit: String, isMeasured: Bool = true, source: String) -> Measurement? {
    guard count > 0 else { return nil }
    return Measurement(
      unit: unit, count: count, minimum: minimum, median: median, mean: mean, maximum: maximum, isMeasured: isMeasured,
      source: source)
  }

  private static func bucket(of size: Int64) -> UInt16 {
    if size < 64 { return UInt16(size) }
    let shift = 58 - size.leadingZeroBitCount
    return UInt16(shift * 32 + Int(size >> Int64(shift)))
  }

  private static func middle(of bucket: UInt16) -> Int64 {
    if bucket < 64 { return Int64(bucket) }
    let shift = Int64(bucket) / 32 - 1
    let start = (Int64(bucket) - shift * 32) << shift
    return start + (Int64(1) << shift - 1) / 2
  }
}
