internal import DBAdapterCore

/// Pieces of JSON text, appended to bytes.
enum JSONText {
  static func append(_ literal: StaticString, to text: inout [UInt8]) {
    text.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  static func append(_ number: Int64, to text: inout [UInt8]) {
    var magnitude = number.magnitude
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = digits.count
      repeat {
        let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
        magnitude = quotient
      } while magnitude > 0
      if number < 0 {
        start -= 1
        digits[start] = UInt8(ascii: "-")
      }
      text.append(contentsOf: digits[start...])
    }
  }

  static func append(hexadecimal bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// `2012-12-24T12:15:30.501Z`, without the fraction when it is zero. For the years 1970 to 9999.
  static func append(moment milliseconds: Int64, to text: inout [UInt8]) {
    let (days, time) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let (year, month, day) = CivilCalendar.date(days: days)
    append(year, width: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    append(month, width: 2, to: &text)
    text.append(UInt8(ascii: "-"))
    append(day, width: 2, to: &text)
    text.append(UInt8(ascii: "T"))
    append(Int(time / 3_600_000), width: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(Int(time / 60_000 % 60), width: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(Int(time / 1_000 % 60), width: 2, to: &text)
    if time % 1_000 != 0 {
      text.append(UInt8(ascii: "."))
      append(Int(time % 1_000), width: 3, to: &text)
    }
    text.append(UInt8(ascii: "Z"))
  }

  private static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
    var divisor = width == 4 ? 1_000 : width == 3 ? 100 : 10
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  /// A JSON string of bytes that need not be UTF-8: what is not valid becomes U+FFFD.
  static func append(quoted bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    if BSONText.isValid(bytes) {
      appendEscaped(bytes, to: &text)
    } else {
      var repaired = BSONText.repaired(bytes)
      repaired.withUTF8 { appendEscaped(UnsafeRawBufferPointer($0), to: &text) }
    }
    text.append(UInt8(ascii: "\""))
  }

  private static func appendEscaped(_ utf8: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    var start = 0
    var position = 0
    while position < utf8.count {
      let byte = utf8[position]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
        text.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start..<position]))
        appendEscape(byte, to: &text)
        start = position + 1
      }
      position &+= 1
    }
    text.append(contentsOf: UnsafeRawBufferPointer(rebasing: utf8[start...]))
  }

  private static func appendEscape(_ byte: UInt8, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x22, 0x5C: text.append(byte)
    case 0x08: text.append(UInt8(ascii: "b"))
    case 0x09: text.append(UInt8(ascii: "t"))
    case 0x0A: text.append(UInt8(ascii: "n"))
    case 0x0C: text.append(UInt8(ascii: "f"))
    case 0x0D: text.append(UInt8(ascii: "r"))
    default:
      append("u00", to: &text)
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }
}
