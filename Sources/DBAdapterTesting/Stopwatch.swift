internal import DBAdapterCore

/// Measures how long the code under test takes, and how much of that the machine took away.
///
/// ```swift
/// let watch = Stopwatch()
/// task.cancel()
/// _ = await task.result
/// #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
/// ```
public struct Stopwatch: Sendable {
  private let start: Deadline
  private let lagAtStart: Duration

  /// Starts now. The canary of ``MachineLag`` runs from here on at the latest.
  public init() { (lagAtStart, start) = MachineLag.reading() }

  /// The time since the start.
  public var time: MeasuredTime {
    let (lag, now) = MachineLag.reading()
    return MeasuredTime(total: start.elapsed(to: now), lag: lag - lagAtStart)
  }

  /// Runs a call and says how long it took.
  public static func measure<R>(_ body: () async throws -> R) async rethrows -> (result: R, time: MeasuredTime) {
    let watch = Stopwatch()
    let result = try await body()
    return (result, watch.time)
  }
}
