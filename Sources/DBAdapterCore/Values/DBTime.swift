/// A time of day in microseconds, with or without a UTC offset.
public struct DBTime: Sendable, Hashable, CustomStringConvertible {
  /// Microseconds since midnight, 0 to 86,400,000,000: PostgreSQL allows `24:00:00`.
  public let microseconds: Int64
  /// Seconds east of UTC, or `nil` when the type carries no zone.
  public let utcOffsetSeconds: Int32?

  public init(microseconds: Int64, utcOffsetSeconds: Int32? = nil) {
    self.microseconds = microseconds
    self.utcOffsetSeconds = utcOffsetSeconds
  }

  /// Reads `13:05`, `13:05:07.25`, `13:05:07+02:00`.
  public init?(_ text: some StringProtocol) {
    var scanner = DateTimeScanner(text)
    guard let microseconds = scanner.time() else { return nil }
    let offset = scanner.offset()
    guard scanner.isAtEnd else { return nil }
    self.init(microseconds: microseconds, utcOffsetSeconds: offset)
  }

  /// `13:05:07.25`, followed by the offset when there is one: `13:05:07+02:00`.
  public var description: String {
    var text = ""
    CivilCalendar.appendTime(microseconds: microseconds, to: &text)
    guard let offset = utcOffsetSeconds else { return text }
    text.append(offset < 0 ? "-" : "+")
    let seconds = offset.magnitude
    CivilCalendar.appendPadded(seconds / 3_600, width: 2, to: &text)
    text.append(":")
    CivilCalendar.appendPadded(seconds / 60 % 60, width: 2, to: &text)
    if seconds % 60 != 0 {
      text.append(":")
      CivilCalendar.appendPadded(seconds % 60, width: 2, to: &text)
    }
    return text
  }
}
