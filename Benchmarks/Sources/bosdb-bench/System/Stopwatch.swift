internal import CLimits

/// Wall and CPU time since a moment.
struct Stopwatch: Sendable {
  private let wall = Stopwatch.now()
  private let cpu = limit_cpu_nanoseconds()

  /// Nanoseconds on the monotonic clock.
  static func now() -> Int64 { limit_monotonic_nanoseconds() }

  /// Nanoseconds; CPU time is that of the whole process.
  func elapsed() -> (wall: Int64, cpu: Int64) { (Stopwatch.now() - wall, limit_cpu_nanoseconds() - cpu) }
}
