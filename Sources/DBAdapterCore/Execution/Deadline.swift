#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A moment on the system's monotonic clock by which something must be over.
public struct Deadline: Sendable, Hashable, Comparable {
  /// Nanoseconds on the monotonic clock; `Int64.max` is never.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  public static let never = Deadline(nanoseconds: .max)

  /// The present moment.
  public static func now() -> Deadline {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Deadline(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// A moment from now; `nil` is never.
  public init(after duration: Duration?) {
    guard let duration else {
      self = .never
      return
    }
    let (sum, overflow) = Deadline.now().nanoseconds.addingReportingOverflow(duration.nanoseconds)
    nanoseconds = overflow ? .max : sum
  }

  public var isNever: Bool { nanoseconds == .max }
  public var hasPassed: Bool { !isNever && Deadline.now() >= self }

  /// How long is left, zero when it has passed; `nil` for never.
  public var remaining: Duration? {
    if isNever { return nil }
    let now = Deadline.now().nanoseconds
    return .nanoseconds(nanoseconds > now ? nanoseconds - now : 0)
  }

  /// The time from this moment to a later one.
  package func elapsed(to later: Deadline = .now()) -> Duration {
    let (difference, overflow) = later.nanoseconds.subtractingReportingOverflow(nanoseconds)
    return .nanoseconds(overflow ? (later < self ? .min : .max) : difference)
  }

  package static func + (moment: Deadline, duration: Duration) -> Deadline {
    let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return Deadline(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
  /// Whole nanoseconds, at most `Int64.max`.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }

  /// For messages: `300 ms`, `2 s`, `1.5 s`.
  package var brief: String {
    let milliseconds = (min(nanoseconds, .max - 500_000) + 500_000) / 1_000_000
    return milliseconds < 1_000 ? "\(milliseconds) ms" : DBValue.text(of: Double(milliseconds) / 1_000) + " s"
  }

  /// Milliseconds, rounded to the microsecond.
  package var milliseconds: Double { (Double(nanoseconds) / 1_000).rounded() / 1_000 }
}

extension DBTimestamp {
  /// The present moment by the system's wall clock, in UTC.
  public static func now() -> DBTimestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    return DBTimestamp(microsecondsSince2000: microseconds - unixEpochOffset, hasZone: true)
  }
}
