/// An exact decimal number of any length, or NaN, or an infinity.
///
/// The digits are kept as they are written, trailing zeros included: `1.0` and `1.00` are different values because engines
/// keep their scale. Use ``isNumericallyEqual(to:)`` or ``<(_:_:)`` to compare amounts.
public struct DBDecimal: Sendable, Hashable, CustomStringConvertible {
  /// Plain decimal notation: an optional `-`, digits, optionally `.` and digits; or `NaN`, `Infinity`, `-Infinity`.
  public let description: String

  /// The most digits an exponent may expand to: PostgreSQL's limit before plus after the point.
  private static let maximumDigits = 131_072 + 16_383

  public static let notANumber = DBDecimal(canonical: "NaN")
  public static let infinity = DBDecimal(canonical: "Infinity")
  public static let negativeInfinity = DBDecimal(canonical: "-Infinity")

  /// Trusts the text: for decoders that produce canonical digits themselves.
  package init(canonical: String) { description = canonical }

  public init(_ value: some BinaryInteger) { description = String(value) }

  /// Reads decimal or scientific notation, `NaN`, `Infinity` or `inf` in any case; `nil` for anything else or for an exponent
  /// that would need more than 147,455 digits.
  public init?(_ text: some StringProtocol) {
    switch text.lowercased() {
    case "nan": self = .notANumber
    case "infinity", "+infinity", "inf", "+inf": self = .infinity
    case "-infinity", "-inf": self = .negativeInfinity
    default:
      guard let canonical = Self.canonical(Substring(text)) else { return nil }
      description = canonical
    }
  }

  /// Whether the value is NaN.
  public var isNaN: Bool { description == "NaN" }
  /// Whether the value is an ordinary number, neither NaN nor an infinity.
  public var isFinite: Bool { !isNaN && !description.hasSuffix("Infinity") }

  /// The number of digits after the point.
  public var scale: Int {
    guard isFinite, let point = description.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
    return description.utf8.distance(from: point, to: description.utf8.endIndex) - 1
  }

  /// Whether both denote the same number, whatever their scale. NaN equals nothing.
  public func isNumericallyEqual(to other: DBDecimal) -> Bool {
    !isNaN && !other.isNaN && !(self < other) && !(other < self)
  }

  private static func canonical(_ text: Substring) -> String? {
    var rest = text.utf8[...]
    var isNegative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    func takeDigits() -> [UInt8] {
      let digits = Array(rest.prefix { isDigit($0) })
      rest = rest.dropFirst(digits.count)
      return digits
    }
    var whole = takeDigits()
    var fraction: [UInt8] = []
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = takeDigits()
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      guard let exponent = Int(Substring(rest.dropFirst())),
        (-maximumDigits...maximumDigits).contains(exponent)
      else { return nil }
      rest = rest[rest.endIndex...]
      shift(&whole, &fraction, by: exponent)
    }
    guard rest.isEmpty, whole.count + fraction.count <= maximumDigits * 2 else { return nil }
    whole = Array(whole.drop { $0 == UInt8(ascii: "0") })
    if whole.isEmpty { whole = [UInt8(ascii: "0")] }
    let isZero = whole.allSatisfy { $0 == UInt8(ascii: "0") } && fraction.allSatisfy { $0 == UInt8(ascii: "0") }
    var digits: [UInt8] = isNegative && !isZero ? [UInt8(ascii: "-")] : []
    digits += whole
    if !fraction.isEmpty { digits += [UInt8(ascii: ".")] + fraction }
    return String(decoding: digits, as: UTF8.self)
  }

  private static func shift(_ whole: inout [UInt8], _ fraction: inout [UInt8], by exponent: Int) {
    let zero = UInt8(ascii: "0")
    if exponent > 0 {
      let moved = min(exponent, fraction.count)
      whole += fraction.prefix(moved) + Array(repeating: zero, count: exponent - moved)
      fraction.removeFirst(moved)
    } else if exponent < 0 {
      let moved = min(-exponent, whole.count)
      fraction = Array(repeating: zero, count: -exponent - moved) + whole.suffix(moved) + fraction
      whole.removeLast(moved)
    }
  }
}

extension DBDecimal: Comparable {
  /// Numeric order; NaN is ordered above everything, as PostgreSQL orders it.
  public static func < (left: DBDecimal, right: DBDecimal) -> Bool {
    if left.isNaN || right.isNaN { return !left.isNaN && right.isNaN }
    let (first, second) = (left.magnitudeParts, right.magnitudeParts)
    if first.isNegative != second.isNegative { return first.isNegative && !(first.isZero && second.isZero) }
    return first.isNegative ? isSmaller(second, first) : isSmaller(first, second)
  }

  private struct Parts {
    var isNegative = false
    var isInfinite = false
    var whole: Substring.UTF8View
    var fraction: Substring.UTF8View
    var isZero: Bool { !isInfinite && whole.allSatisfy { $0 == 48 } && fraction.allSatisfy { $0 == 48 } }
  }

  private var magnitudeParts: Parts {
    var digits = description[...]
    let isNegative = digits.hasPrefix("-")
    if isNegative { digits = digits.dropFirst() }
    guard isFinite else {
      return Parts(isNegative: isNegative, isInfinite: true, whole: "".utf8[...], fraction: "".utf8[...])
    }
    let halves = digits.split(separator: ".", maxSplits: 1)
    return Parts(
      isNegative: isNegative, whole: halves[0].utf8, fraction: halves.count > 1 ? halves[1].utf8 : "".utf8[...])
  }

  private static func isSmaller(_ left: Parts, _ right: Parts) -> Bool {
    if left.isInfinite || right.isInfinite { return !left.isInfinite && right.isInfinite }
    if left.whole.count != right.whole.count { return left.whole.count < right.whole.count }
    if !left.whole.elementsEqual(right.whole) { return left.whole.lexicographicallyPrecedes(right.whole) }
    let length = max(left.fraction.count, right.fraction.count)
    func padded(_ digits: Substring.UTF8View) -> [UInt8] {
      Array(digits) + Array(repeating: 48, count: length - digits.count)
    }
    return padded(left.fraction).lexicographicallyPrecedes(padded(right.fraction))
  }
}

extension FixedWidthInteger {
  /// The decimal as an integer, when it is one and fits.
  public init?(exactly decimal: DBDecimal) {
    guard decimal.isFinite else { return nil }
    let halves = decimal.description.split(separator: ".", maxSplits: 1)
    if halves.count > 1, halves[1].utf8.contains(where: { $0 != UInt8(ascii: "0") }) { return nil }
    self.init(halves[0])
  }
}

extension Double {
  /// The nearest double.
  public init(_ decimal: DBDecimal) {
    switch decimal {
    case .notANumber: self = .nan
    case .infinity: self = .infinity
    case .negativeInfinity: self = -.infinity
    default: self = Double(decimal.description) ?? .nan
    }
  }
}

package func isDigit(_ character: UInt8) -> Bool { character >= UInt8(ascii: "0") && character <= UInt8(ascii: "9") }
