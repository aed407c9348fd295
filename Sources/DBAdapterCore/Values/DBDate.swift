/// A date of the proleptic Gregorian calendar, or an infinity.
public struct DBDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01; `Int32.max` and `Int32.min` are the infinities.
  public let daysSinceUnixEpoch: Int32

  public static let infinity = DBDate(daysSinceUnixEpoch: .max)
  public static let negativeInfinity = DBDate(daysSinceUnixEpoch: .min)

  public init(daysSinceUnixEpoch days: Int32) { daysSinceUnixEpoch = days }

  /// `nil` when there is no such day, or when it is millions of years away and does not fit.
  public init?(year: Int, month: Int, day: Int) {
    guard (-5_900_000...5_900_000).contains(year), CivilCalendar.isValid(year: year, month: month, day: day),
      let days = Int32(exactly: CivilCalendar.days(year: year, month: month, day: day))
    else { return nil }
    self.init(daysSinceUnixEpoch: days)
    if !isFinite { return nil }
  }

  /// Whether the date is a day of the calendar.
  public var isFinite: Bool { self != .infinity && self != .negativeInfinity }

  /// Year, month and day; year 0 is 1 BC. `nil` for the infinities.
  public var components: (year: Int, month: Int, day: Int)? {
    isFinite ? CivilCalendar.date(days: Int64(daysSinceUnixEpoch)) : nil
  }

  /// Reads `2026-02-28`, an expanded year with sign, `infinity` or `-infinity`.
  public init?(_ text: some StringProtocol) {
    switch text {
    case "infinity": self = .infinity
    case "-infinity": self = .negativeInfinity
    default:
      var scanner = DateTimeScanner(text)
      guard let (year, month, day) = scanner.date(), scanner.isAtEnd else { return nil }
      self.init(year: year, month: month, day: day)
    }
  }

  /// ISO 8601: `2026-02-28`.
  public var description: String {
    if self == .infinity { return "infinity" }
    if self == .negativeInfinity { return "-infinity" }
    var text = ""
    CivilCalendar.appendDate(days: Int64(daysSinceUnixEpoch), to: &text)
    return text
  }

  public static func < (left: DBDate, right: DBDate) -> Bool { left.daysSinceUnixEpoch < right.daysSinceUnixEpoch }
}
