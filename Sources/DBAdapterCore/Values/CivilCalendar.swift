/// The proleptic Gregorian calendar as arithmetic on day numbers (ISO 8601: year 0 is 1 BC).
package enum CivilCalendar {
  /// Days from 1970-01-01 to 2000-01-01.
  package static let daysFrom1970To2000: Int64 = 10_957
  package static let microsecondsPerDay: Int64 = 86_400_000_000

  /// The day number of a date, counted from 1970-01-01.
  package static func days(year: Int, month: Int, day: Int) -> Int64 {
    let shifted = Int64(month <= 2 ? year - 1 : year)
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date of a day number counted from 1970-01-01.
  package static func date(days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let day = Int(dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    let month = Int(monthIndex < 10 ? monthIndex + 3 : monthIndex - 9)
    return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, day)
  }

  package static func isValid(year: Int, month: Int, day: Int) -> Bool {
    guard (1...12).contains(month), day >= 1 else { return false }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day <= lengths[month - 1]
  }

  /// `2026-02-28`; years above 9999 carry a `+`, years before 0 a `-` (ISO 8601 expanded years).
  package static func appendDate(days: Int64, to text: inout String) {
    let (year, month, day) = date(days: days)
    if year < 0 { text.append("-") } else if year > 9_999 { text.append("+") }
    appendPadded(year.magnitude, width: 4, to: &text)
    text.append("-")
    appendPadded(month.magnitude, width: 2, to: &text)
    text.append("-")
    appendPadded(day.magnitude, width: 2, to: &text)
  }

  /// `13:05:07.25`, without the fraction when it is zero and without its trailing zeros otherwise.
  package static func appendTime(microseconds: Int64, to text: inout String) {
    let seconds = microseconds / 1_000_000
    appendPadded((seconds / 3_600).magnitude, width: 2, to: &text)
    text.append(":")
    appendPadded((seconds / 60 % 60).magnitude, width: 2, to: &text)
    text.append(":")
    appendPadded((seconds % 60).magnitude, width: 2, to: &text)
    appendFraction(microseconds: microseconds % 1_000_000, to: &text)
  }

  package static func appendFraction(microseconds: Int64, to text: inout String) {
    guard microseconds != 0 else { return }
    var fraction = microseconds.magnitude
    var width = 6
    while fraction.isMultiple(of: 10) {
      fraction /= 10
      width -= 1
    }
    text.append(".")
    appendPadded(UInt(fraction), width: width, to: &text)
  }

  package static func appendPadded(_ number: some UnsignedInteger, width: Int, to text: inout String) {
    let digits = String(number)
    for _ in 0..<max(0, width - digits.utf8.count) { text.append("0") }
    text.append(digits)
  }
}
