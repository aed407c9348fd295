internal import DBAdapterCore

/// What a ``Stopwatch`` measured.
public struct MeasuredTime: Sendable, CustomStringConvertible {
  /// By the monotonic clock. For lower limits: something that has to wait so long.
  public let total: Duration
  /// What the machine took away of it, as ``MachineLag`` knows.
  public let lag: Duration

  /// The rest, which is the product's own. For upper limits.
  public var own: Duration { total - lag }

  /// `312 ms, of which the machine took 140 ms`.
  public var description: String { "\(total.brief), of which the machine took \(lag.brief)" }
}
