internal import DBAdapterCore

/// A decimal number of up to 34 digits (IEEE 754-2008 decimal128, its coefficient a binary integer).
///
/// The sixteen bytes are kept as they came: `1.0` and `1.00` are different values, and so are the many ways to write zero and NaN.
public struct BSONDecimal128: Sendable, Hashable {
  /// Sign, exponent and the upper bits of the coefficient.
  public let high: UInt64
  /// The lower 64 bits of the coefficient.
  public let low: UInt64

  /// The sixteen bytes as two words, as IEEE 754 lays them out.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The quiet NaN without a payload.
  public static let notANumber = BSONDecimal128(high: 0x7C00_0000_0000_0000, low: 0)
  /// Above all numbers.
  public static let infinity = BSONDecimal128(high: 0x7800_0000_0000_0000, low: 0)
  /// Below all numbers.
  public static let negativeInfinity = BSONDecimal128(high: 0xF800_0000_0000_0000, low: 0)

  /// Whether the value is one of the NaNs.
  public var isNaN: Bool { high >> 58 & 31 == 31 }
  /// Whether the value is one of the infinities.
  public var isInfinite: Bool { high >> 58 & 31 == 30 }
  /// Whether the sign bit is set: also of `-0`.
  public var isNegative: Bool { high >> 63 == 1 }

  /// `coefficient * 10^exponent`, for numbers that are finite. A coefficient above 34 digits counts as zero, as the standard says.
  var parts: (coefficient: UInt128, exponent: Int) {
    // The second layout begins its coefficient with 0b100, which is always too large.
    if high >> 61 & 3 == 3 { return (0, Int(high >> 47 & 0x3FFF) - Self.bias) }
    let coefficient = UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low)
    return (coefficient > Self.largestCoefficient ? 0 : coefficient, Int(high >> 49 & 0x3FFF) - Self.bias)
  }

  init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
    high =
      (isNegative ? 1 << 63 : 0) | UInt64(exponent + Self.bias) << 49 | UInt64(truncatingIfNeeded: coefficient >> 64)
    low = UInt64(truncatingIfNeeded: coefficient)
  }

  private static let bias = 6_176
  private static let largestCoefficient: UInt128 = 9_999_999_999_999_999_999_999_999_999_999_999
  static let mostDigits = 34
  static let exponents = -6_176...6_111
}

extension BSONDecimal128 {
  /// The text of the specification: `1.50`, `1E+3`, `1.2E-10`, `NaN`, `-Infinity`.
  public var description: String {
    if isNaN { return "NaN" }
    if isInfinite { return isNegative ? "-Infinity" : "Infinity" }
    let (coefficient, exponent) = parts
    let digits = String(coefficient)
    let sign = isNegative ? "-" : ""
    let scientific = exponent + digits.utf8.count - 1
    guard exponent <= 0, scientific >= -6 else {
      let fraction = digits.dropFirst()
      return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "E"
        + (scientific < 0 ? "" : "+") + String(scientific)
    }
    if exponent == 0 { return sign + digits }
    let whole = digits.utf8.count + exponent
    return whole > 0
      ? sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
      : sign + "0." + String(repeating: "0", count: -whole) + digits
  }

  /// Reads digits with an optional point and exponent, `NaN`, `Infinity` and `inf`, with a sign and in any case.
  ///
  /// `nil` for other text, and for a number that cannot be kept exactly: more than 34 digits that matter, or an exponent that no
  /// zeros at the end of the digits can bring between -6176 and 6111.
  public init?(_ text: some StringProtocol) {
    guard let parsed = Self.parse(text) else { return nil }
    self = parsed
  }

  /// Reads what ``description`` writes.
  public static func read(_ text: String) -> BSONDecimal128? { BSONDecimal128(text) }

  private static func parse(_ text: some StringProtocol) -> BSONDecimal128? {
    var rest = Array(text.utf8)[...]
    var isNegative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      rest.removeFirst()
    }
    switch String(decoding: rest, as: UTF8.self).lowercased() {
    case "nan": return .notANumber
    case "inf", "infinity": return isNegative ? .negativeInfinity : .infinity
    default: break
    }
    var digits: [UInt8] = []
    let whole = rest.prefix { isDigit($0) }
    rest = rest.dropFirst(whole.count)
    digits.append(contentsOf: whole)
    var scale = 0
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix { isDigit($0) }
      rest = rest.dropFirst(1 + fraction.count)
      digits.append(contentsOf: fraction)
      scale = fraction.count
    }
    guard !digits.isEmpty, let exponent = exponent(&rest), rest.isEmpty else { return nil }
    return make(isNegative, digits, exponent: exponent - scale)
  }

  /// `E+12` at the front of a text, or nothing. What is beyond any decimal128 counts as a billion.
  private static func exponent(_ rest: inout ArraySlice<UInt8>) -> Int? {
    guard let mark = rest.first else { return 0 }
    guard mark | 0x20 == UInt8(ascii: "e") else { return nil }
    rest.removeFirst()
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    let digits = rest.prefix { isDigit($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    let magnitude = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1_000_000_000) }
    return isNegative ? -magnitude : magnitude
  }

  private static func make(_ isNegative: Bool, _ written: [UInt8], exponent: Int) -> BSONDecimal128? {
    let zero = UInt8(ascii: "0")
    var digits = written.drop { $0 == zero }
    var exponent = exponent
    if digits.isEmpty {
      exponent = min(max(exponent, exponents.lowerBound), exponents.upperBound)
      return BSONDecimal128(isNegative: isNegative, coefficient: 0, exponent: exponent)
    }
    while digits.count > mostDigits || exponent < exponents.lowerBound, digits.count > 1, digits.last == zero {
      digits.removeLast()
      exponent += 1
    }
    guard digits.count <= mostDigits else { return nil }
    var coefficient = digits.reduce(UInt128(0)) { $0 * 10 + UInt128($1 - zero) }
    var count = digits.count
    while exponent > exponents.upperBound, count < mostDigits {
      coefficient *= 10
      count += 1
      exponent -= 1
    }
    guard exponents.contains(exponent) else { return nil }
    return BSONDecimal128(isNegative: isNegative, coefficient: coefficient, exponent: exponent)
  }
}
