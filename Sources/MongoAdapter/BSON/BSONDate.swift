public import DBAdapterCore

/// A moment as BSON keeps it: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct BSONDate: Sendable, Hashable, Comparable {
  /// Negative before 1970.
  public let millisecondsSince1970: Int64

  /// A moment by its milliseconds since 1970-01-01T00:00:00Z.
  public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

  /// The millisecond in which a moment lies; a local time is taken as UTC. `nil` for the infinities and where the moment is
  /// too late for Unix time in microseconds.
  public init?(_ timestamp: DBTimestamp) {
    guard let microseconds = timestamp.unixMicroseconds else { return nil }
    let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000)
    self.init(millisecondsSince1970: remainder < 0 ? quotient - 1 : quotient)
  }

  /// The moment in microseconds; `nil` where it is outside the range of such moments (years before -290308 or after 294246).
  public var timestamp: DBTimestamp? {
    let (microseconds, overflow) = millisecondsSince1970.multipliedReportingOverflow(by: 1_000)
    guard !overflow, let timestamp = DBTimestamp(unixMicroseconds: microseconds), timestamp.isFinite else { return nil }
    return timestamp
  }

  public static func < (left: BSONDate, right: BSONDate) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }
}

extension BSONDate {
  /// ISO 8601 in UTC: `2026-02-28T13:05:07.25Z`; a number of milliseconds where the year has more than four digits or is before 0.
  public var description: String {
    guard (-62_167_219_200_000..<253_402_300_800_000).contains(millisecondsSince1970), let timestamp else {
      return String(millisecondsSince1970)
    }
    return timestamp.description
  }

  /// Reads ISO 8601, or a number of milliseconds since 1970.
  public static func read(_ text: String) -> BSONDate? {
    if let milliseconds = Int64(text) { return BSONDate(millisecondsSince1970: milliseconds) }
    return DBTimestamp(text).flatMap { BSONDate($0) }
  }
}
