/// A span of time whose months, days and microseconds are kept apart, because a month and a day have no fixed length.
public struct DBInterval: Sendable, Hashable, CustomStringConvertible {
  public let months: Int32
  public let days: Int32
  public let microseconds: Int64

  public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  /// An ISO 8601 duration, each part with its own sign: `P1Y2M-3DT4H5M6.5S`, `PT0S`.
  public var description: String {
    var text = "P"
    if months / 12 != 0 { text += "\(months / 12)Y" }
    if months % 12 != 0 { text += "\(months % 12)M" }
    if days != 0 { text += "\(days)D" }
    if microseconds != 0 {
      text += "T"
      let seconds = microseconds / 1_000_000
      if seconds / 3_600 != 0 { text += "\(seconds / 3_600)H" }
      if seconds / 60 % 60 != 0 { text += "\(seconds / 60 % 60)M" }
      let fraction = microseconds % 1_000_000
      if seconds % 60 != 0 || fraction != 0 {
        if microseconds < 0 { text += "-" }
        text += String((seconds % 60).magnitude)
        CivilCalendar.appendFraction(microseconds: fraction, to: &text)
        text += "S"
      }
    }
    return text == "P" ? "PT0S" : text
  }
}
