internal import DBAdapterCore

extension OutputBuffer {
  /// Appends a whole number in decimal.
  @inline(__always)
  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }

  /// Appends a whole number in decimal.
  @inline(__always)
  mutating func append(decimal value: UInt64) {
    if value < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = value
      var position = 20
      while rest >= 10 {
        let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
        position -= 1
        digits[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder)
        rest = quotient
      }
      position -= 1
      digits[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
      append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[position...]))
    }
  }

  /// Appends the shortest text that reads back to the same double.
  mutating func append(_ value: Double) {
    if let whole = Int64(exactly: value), whole.magnitude < 1_000_000_000_000_000, whole != 0 || value.sign == .plus {
      append(decimal: whole)
    } else {
      append(DBValue.text(of: value))
    }
  }

  /// Appends a whole number below 10^width with exactly `width` digits.
  @inline(__always)
  mutating func append(padded value: UInt64, width: Int) {
    appendUnsafe(width) { digits in
      var rest = value
      for position in stride(from: width - 1, through: 0, by: -1) {
        digits[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return width
    }
  }
}
