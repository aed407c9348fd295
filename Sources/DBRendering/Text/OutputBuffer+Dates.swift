internal import DBAdapterCore

extension OutputBuffer {
  /// Appends `2026-02-28`, or an infinity.
  mutating func append(_ value: DBDate) {
    guard value.isFinite else { return append(value.description) }
    append(day: Int64(value.daysSinceUnixEpoch))
  }

  /// Appends RFC 3339, without the `Z` when no zone is known, or an infinity.
  mutating func append(_ value: DBTimestamp) {
    guard value.isFinite else { return append(value.description) }
    var days = value.microsecondsSince2000 / CivilCalendar.microsecondsPerDay
    var time = value.microsecondsSince2000 % CivilCalendar.microsecondsPerDay
    if time < 0 {
      time += CivilCalendar.microsecondsPerDay
      days -= 1
    }
    append(day: days + CivilCalendar.daysFrom1970To2000)
    append(ascii: "T")
    append(timeOfDay: UInt64(time))
    if value.hasZone { append(ascii: "Z") }
  }

  /// Appends `13:05:07.25`, with the offset when there is one.
  mutating func append(_ value: DBTime) {
    guard value.utcOffsetSeconds == nil, value.microseconds >= 0 else { return append(value.description) }
    append(timeOfDay: UInt64(value.microseconds))
  }

  private mutating func append(day: Int64) {
    let (year, month, dayOfMonth) = CivilCalendar.date(days: day)
    if year < 0 { append(ascii: "-") } else if year > 9_999 { append(ascii: "+") }
    if year.magnitude > 9_999 {
      append(decimal: UInt64(year.magnitude))
    } else {
      append(padded: UInt64(year.magnitude), width: 4)
    }
    append(ascii: "-")
    append(padded: UInt64(month), width: 2)
    append(ascii: "-")
    append(padded: UInt64(dayOfMonth), width: 2)
  }

  private mutating func append(timeOfDay microseconds: UInt64) {
    let seconds = microseconds / 1_000_000
    append(padded: seconds / 3_600, width: 2)
    append(ascii: ":")
    append(padded: seconds / 60 % 60, width: 2)
    append(ascii: ":")
    append(padded: seconds % 60, width: 2)
    var fraction = microseconds % 1_000_000
    guard fraction != 0 else { return }
    var width = 6
    while fraction.isMultiple(of: 10) {
      fraction /= 10
      width -= 1
    }
    append(ascii: ".")
    append(padded: fraction, width: width)
  }
}
