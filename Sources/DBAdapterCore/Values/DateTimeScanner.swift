/// Reads the ISO 8601 forms of dates, times and offsets from ASCII text.
struct DateTimeScanner {
  private var rest: ArraySlice<UInt8>

  init(_ text: some StringProtocol) { rest = Array(text.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// `[+-]YYYY-MM-DD`.
  mutating func date() -> (year: Int, month: Int, day: Int)? {
    let isNegative = skip("-")
    if !isNegative { _ = skip("+") }
    guard let year = number(digits: 4...7), skip("-"), let month = number(digits: 2...2), skip("-"),
      let day = number(digits: 2...2)
    else { return nil }
    return (isNegative ? -year : year, month, day)
  }

  mutating func skipDateTimeSeparator() -> Bool { skip("T") || skip("t") || skip(" ") }

  /// `HH:MM[:SS[.ffffff]]` in microseconds; more than six decimals are refused rather than rounded.
  mutating func time() -> Int64? {
    guard let hours = number(digits: 2...2), hours <= 24, skip(":"), let minutes = number(digits: 2...2), minutes < 60
    else { return nil }
    var seconds = 0
    var fraction: Int64 = 0
    if skip(":") {
      guard let value = number(digits: 2...2), value <= 60 else { return nil }
      seconds = value
      if skip(".") {
        let start = rest.count
        guard let value = number(digits: 1...6) else { return nil }
        fraction = Int64(value)
        for _ in 0..<(6 - (start - rest.count)) { fraction *= 10 }
      }
    }
    let total = Int64(hours * 3_600 + minutes * 60 + seconds) * 1_000_000 + fraction
    return total <= CivilCalendar.microsecondsPerDay ? total : nil
  }

  /// `Z`, `+HH`, `+HHMM`, `+HH:MM` or `+HH:MM:SS` in seconds east of UTC. What is none of these is left where it is, so that
  /// ``isAtEnd`` tells a malformed offset from a missing one.
  mutating func offset() -> Int32? {
    if skip("Z") || skip("z") { return 0 }
    let start = rest
    let isNegative = rest.first == UInt8(ascii: "-")
    guard skip("+") || skip("-"), let hours = number(digits: 2...2), hours < 24,
      let minutes = isAtEnd ? 0 : sixtieth(), let seconds = isAtEnd ? 0 : sixtieth()
    else {
      rest = start
      return nil
    }
    let total = Int32(hours * 3_600 + minutes * 60 + seconds)
    return isNegative ? -total : total
  }

  /// Two digits below 60, after an optional `:`.
  private mutating func sixtieth() -> Int? {
    _ = skip(":")
    guard let number = number(digits: 2...2), number < 60 else { return nil }
    return number
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func number(digits: ClosedRange<Int>) -> Int? {
    let run = rest.prefix(digits.upperBound).prefix { isDigit($0) }
    guard run.count >= digits.lowerBound else { return nil }
    rest = rest.dropFirst(run.count)
    return run.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }
}
