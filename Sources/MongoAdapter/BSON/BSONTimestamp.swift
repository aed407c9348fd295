/// The server's own counter of operations: a second, and a number within it. For moments there is ``BSONDate``.
public struct BSONTimestamp: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let seconds: UInt32
  /// The number of the operation within its second.
  public let increment: UInt32

  /// A point of the server's history by its second and its number therein.
  public init(seconds: UInt32, increment: UInt32) {
    self.seconds = seconds
    self.increment = increment
  }

  init(rawValue: UInt64) {
    self.init(seconds: UInt32(truncatingIfNeeded: rawValue >> 32), increment: UInt32(truncatingIfNeeded: rawValue))
  }

  var rawValue: UInt64 { UInt64(seconds) << 32 | UInt64(increment) }

  public static func < (left: BSONTimestamp, right: BSONTimestamp) -> Bool { left.rawValue < right.rawValue }
}
