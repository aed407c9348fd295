/// The least and the greatest number and date at a path.
struct ValueRange: Sendable, Hashable {
  private(set) var numbers: ClosedRange<Double>?
  /// Milliseconds since 1970 in UTC.
  private(set) var dates: ClosedRange<Int64>?

  mutating func add(_ element: BSONReader.Element) {
    let value = element.value
    switch element.kind {
    case .int32: add(Double(Int32(littleEndian: value.loadUnaligned(as: Int32.self))))
    case .int64: add(Double(Int64(littleEndian: value.loadUnaligned(as: Int64.self))))
    case .double: add(Double(bitPattern: UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))))
    case .date:
      let date = Int64(littleEndian: value.loadUnaligned(as: Int64.self))
      dates = Self.union(dates, date...date)
    default: break
    }
  }

  private mutating func add(_ number: Double) {
    if !number.isNaN { numbers = Self.union(numbers, number...number) }
  }

  mutating func merge(_ other: ValueRange) {
    if let other = other.numbers { numbers = Self.union(numbers, other) }
    if let other = other.dates { dates = Self.union(dates, other) }
  }

  private static func union<Bound>(_ left: ClosedRange<Bound>?, _ right: ClosedRange<Bound>) -> ClosedRange<Bound> {
    guard let left else { return right }
    return min(left.lowerBound, right.lowerBound)...max(left.upperBound, right.upperBound)
  }
}
