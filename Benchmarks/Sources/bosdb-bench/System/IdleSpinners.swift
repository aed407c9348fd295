internal import CLimits

/// Keeps every CPU awake while something runs: one thread each at idle priority.
///
/// A sleeping CPU of a virtual machine takes tens of microseconds to wake, which hides what the software costs.
enum IdleSpinners {
  static func during<R>(_ body: () async throws -> R) async throws -> R {
    guard limit_spinners_start() == 0 else { throw BenchmarkFailure("the system has no threads for the spinners") }
    defer { limit_spinners_stop() }
    return try await body()
  }
}
