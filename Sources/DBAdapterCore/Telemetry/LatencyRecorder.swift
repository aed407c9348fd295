internal import Histogram

/// How long something takes, in bounded memory: about 28 KB, whatever is recorded.
///
/// Two significant digits from a microsecond to an hour. What is longer counts as an hour in the percentiles, and what
/// is shorter than nothing as nothing; neither is lost. Count, average and maximum are exact.
package final class LatencyRecorder: Sendable {
  private static let longest: Int64 = 3_600_000_000_000

  private struct Record {
    var histogram = Histogram<UInt64>(
      lowestDiscernibleValue: 1_000, highestTrackableValue: UInt64(longest), numberOfSignificantValueDigits: .two)
    /// Nanoseconds. More than 292 years of waiting is all one.
    var sum: Int64 = 0
    var maximum: Int64 = 0
  }

  private let record = Locked(Record())

  package init() {}

  /// Takes well under 100 ns and allocates nothing; the first call after ``summary`` copies the histogram.
  package func record(_ duration: Duration) {
    let nanoseconds = max(0, duration.nanoseconds)
    let bounded = UInt64(min(nanoseconds, Self.longest))
    record.withLock { record in
      record.histogram.record(bounded)
      let (sum, overflow) = record.sum.addingReportingOverflow(nanoseconds)
      record.sum = overflow ? .max : sum
      if nanoseconds > record.maximum { record.maximum = nanoseconds }
    }
  }

  package var summary: LatencySummary {
    // Reading takes longer than recording: it reads a copy, so that nobody waits for it.
    let record = record.withLock { $0 }
    var summary = LatencySummary()
    let count = record.histogram.totalCount
    guard count > 0 else { return summary }
    func percentile(_ share: Double) -> Duration {
      .nanoseconds(min(Int64(record.histogram.valueAtPercentile(share)), record.maximum))
    }
    summary.count = Int(clamping: count)
    summary.average = .nanoseconds(record.sum / Int64(clamping: count))
    summary.p50 = percentile(50)
    summary.p95 = percentile(95)
    summary.p99 = percentile(99)
    summary.maximum = .nanoseconds(record.maximum)
    return summary
  }
}
