/// The answer of an inspection, with its age.
public struct Inspected<Value: Sendable>: Sendable {
  public let value: Value
  /// When the server was asked, by this machine's clock.
  public let readAt: DBTimestamp
  /// How long ago that was, by a clock that nobody sets.
  public let age: Duration
  /// `true`: older than its time to live, and given only because the server cannot be reached.
  public let isStale: Bool
  /// `false`: the server was asked for it, for this caller or for one who asked the same at the same time.
  public let isFromCache: Bool

  public init(value: Value, readAt: DBTimestamp, age: Duration, isStale: Bool, isFromCache: Bool) {
    self.value = value
    self.readAt = readAt
    self.age = age
    self.isStale = isStale
    self.isFromCache = isFromCache
  }
}
