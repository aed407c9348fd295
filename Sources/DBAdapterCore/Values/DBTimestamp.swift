/// A moment in microseconds, or an infinity.
///
/// Counted from 2000-01-01T00:00:00 because PostgreSQL's whole range (4713 BC to 294276 AD) then fits 64 bits; counted from
/// 1970 its last years would not.
public struct DBTimestamp: Sendable, Hashable, CustomStringConvertible {
  /// Microseconds since 2000-01-01T00:00:00, in UTC when ``hasZone``, else in an unnamed local time.
  public let microsecondsSince2000: Int64
  /// Whether the moment is absolute (UTC). `false` for `timestamp without time zone`.
  public let hasZone: Bool

  public init(microsecondsSince2000 microseconds: Int64, hasZone: Bool) {
    microsecondsSince2000 = microseconds
    self.hasZone = hasZone
  }

  public static func infinity(hasZone: Bool) -> DBTimestamp {
    DBTimestamp(microsecondsSince2000: .max, hasZone: hasZone)
  }

  public static func negativeInfinity(hasZone: Bool) -> DBTimestamp {
    DBTimestamp(microsecondsSince2000: .min, hasZone: hasZone)
  }

  static let unixEpochOffset = CivilCalendar.daysFrom1970To2000 * CivilCalendar.microsecondsPerDay

  /// A moment by Unix time; `nil` when it is outside the range.
  public init?(unixMicroseconds: Int64, hasZone: Bool = true) {
    let (value, overflow) = unixMicroseconds.subtractingReportingOverflow(Self.unixEpochOffset)
    guard !overflow else { return nil }
    self.init(microsecondsSince2000: value, hasZone: hasZone)
  }

  /// Microseconds since 1970-01-01T00:00:00, or `nil` for infinities and for years past 294246.
  public var unixMicroseconds: Int64? {
    guard isFinite else { return nil }
    let (value, overflow) = microsecondsSince2000.addingReportingOverflow(Self.unixEpochOffset)
    return overflow ? nil : value
  }

  /// Whether the moment is not an infinity.
  public var isFinite: Bool { microsecondsSince2000 != .max && microsecondsSince2000 != .min }

  /// Reads `2026-02-28T13:05:07.25Z`, a space instead of `T`, an offset, no zone, `infinity`, `-infinity`.
  public init?(_ text: some StringProtocol, hasZone: Bool? = nil) {
    switch text {
    case "infinity": self = .infinity(hasZone: hasZone ?? true)
    case "-infinity": self = .negativeInfinity(hasZone: hasZone ?? true)
    default:
      var scanner = DateTimeScanner(text)
      guard let (year, month, day) = scanner.date(), abs(year) < 300_000,
        CivilCalendar.isValid(year: year, month: month, day: day)
      else { return nil }
      var microseconds: Int64 = 0
      var offset: Int32?
      if scanner.skipDateTimeSeparator() {
        guard let time = scanner.time() else { return nil }
        microseconds = time
        offset = scanner.offset()
      }
      guard scanner.isAtEnd else { return nil }
      let days = CivilCalendar.days(year: year, month: month, day: day) - CivilCalendar.daysFrom1970To2000
      let (whole, overflow) = days.multipliedReportingOverflow(by: CivilCalendar.microsecondsPerDay)
      let (moment, carry) = whole.addingReportingOverflow(microseconds - Int64(offset ?? 0) * 1_000_000)
      guard !overflow, !carry else { return nil }
      self.init(microsecondsSince2000: moment, hasZone: hasZone ?? (offset != nil))
      if !isFinite { return nil }
    }
  }

  /// RFC 3339: `2026-02-28T13:05:07.25Z`; without the `Z` when no zone is known.
  public var description: String {
    if microsecondsSince2000 == .max { return "infinity" }
    if microsecondsSince2000 == .min { return "-infinity" }
    var days = microsecondsSince2000 / CivilCalendar.microsecondsPerDay
    var time = microsecondsSince2000 % CivilCalendar.microsecondsPerDay
    if time < 0 {
      time += CivilCalendar.microsecondsPerDay
      days -= 1
    }
    var text = ""
    text.reserveCapacity(27)
    CivilCalendar.appendDate(days: days + CivilCalendar.daysFrom1970To2000, to: &text)
    text.append("T")
    CivilCalendar.appendTime(microseconds: time, to: &text)
    if hasZone { text.append("Z") }
    return text
  }
}
