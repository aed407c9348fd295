/// How long the strings of a path are, in bytes of UTF-8.
public struct TextLengths: Sendable, Hashable {
  public private(set) var count = 0
  public private(set) var minimum = 0
  public private(set) var maximum = 0
  private var sum = 0

  /// 0 when there are none.
  public var mean: Double { count > 0 ? Double(sum) / Double(count) : 0 }

  mutating func add(_ length: Int) {
    minimum = count == 0 ? length : min(minimum, length)
    maximum = max(maximum, length)
    count += 1
    sum += length
  }

  mutating func merge(_ other: TextLengths) {
    guard other.count > 0 else { return }
    minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    count += other.count
    sum += other.sum
  }
}
