/// A range of values, read from the text in which an engine prints one: `[1,10)`, `(,2026-01-01]`, `empty`.
///
/// Ranges arrive as ``DBValue/native(_:)`` with their type's name; decode them with `row.decode(DBRange.self, at: "during")`, and a
/// multirange with `DBMultirange.self`. The bounds keep the text of the element type.
public struct DBRange: Sendable, Hashable, CustomStringConvertible {
  /// One end of a range.
  public struct Bound: Sendable, Hashable {
    /// The value as the engine prints it.
    public let text: String
    /// Whether the value itself belongs to the range.
    public let isInclusive: Bool
  }

  /// `nil` where the range has no lower end, and in an empty range.
  public let lower: Bound?
  /// `nil` where the range has no upper end, and in an empty range.
  public let upper: Bound?
  /// Whether the range holds no value at all.
  public let isEmpty: Bool

  /// Reads one range; `nil` when the text is none.
  public init?(_ text: some StringProtocol) {
    var parser = RangeParser(text)
    guard let range = parser.range(), parser.isAtEnd else { return nil }
    self = range
  }

  fileprivate init(lower: Bound?, upper: Bound?, isEmpty: Bool) {
    self.lower = lower
    self.upper = upper
    self.isEmpty = isEmpty
  }

  /// The range as PostgreSQL prints it, its bounds without quotes.
  public var description: String {
    if isEmpty { return "empty" }
    let opening = lower.map { ($0.isInclusive ? "[" : "(") + $0.text } ?? "("
    let closing = upper.map { $0.text + ($0.isInclusive ? "]" : ")") } ?? ")"
    return opening + "," + closing
  }
}

/// Several ranges in order, without overlap: `{[1,3),[7,9)}`.
public struct DBMultirange: Sendable, Hashable {
  public let ranges: [DBRange]

  /// Reads a multirange; `nil` when the text is none.
  public init?(_ text: some StringProtocol) {
    var parser = RangeParser(text)
    guard let ranges = parser.multirange(), parser.isAtEnd else { return nil }
    self.ranges = ranges
  }
}

extension DBRange: DBDecodable {
  /// A native value or a text that is a range.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBRange {
    if let text = try? String.decode(value), let range = DBRange(text) { return range }
    throw mismatch(value)
  }
}

extension DBMultirange: DBDecodable {
  /// A native value or a text that is a multirange.
  public static func decode(_ value: DBValue) throws(DecodeFailure) -> DBMultirange {
    if let text = try? String.decode(value), let ranges = DBMultirange(text) { return ranges }
    throw mismatch(value)
  }
}

/// Reads range literals (PostgreSQL documentation 8.17.5), scalar by scalar.
private struct RangeParser {
  private struct Bound { let text: String? }

  private var rest: ArraySlice<Unicode.Scalar>

  init(_ text: some StringProtocol) { rest = Array(text.unicodeScalars)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func multirange() -> [DBRange]? {
    guard take("{") else { return nil }
    var ranges: [DBRange] = []
    if take("}") { return ranges }
    repeat {
      guard let range = range() else { return nil }
      ranges.append(range)
    } while take(",")
    return take("}") ? ranges : nil
  }

  mutating func range() -> DBRange? {
    if rest.starts(with: "empty".unicodeScalars) {
      rest = rest.dropFirst(5)
      return DBRange(lower: nil, upper: nil, isEmpty: true)
    }
    let includesLower = take("[")
    guard includesLower || take("("), let lower = bound(), take(","), let upper = bound() else { return nil }
    let includesUpper = take("]")
    guard includesUpper || take(")") else { return nil }
    return DBRange(
      lower: lower.text.map { DBRange.Bound(text: $0, isInclusive: includesLower) },
      upper: upper.text.map { DBRange.Bound(text: $0, isInclusive: includesUpper) }, isEmpty: false)
  }

  /// A value, quoted where it has to be, or nothing at all for an open end.
  private mutating func bound() -> Bound? {
    var text = String.UnicodeScalarView()
    var isQuoted = false
    var wasQuoted = false
    while let scalar = rest.first {
      if !isQuoted, ",)]".unicodeScalars.contains(scalar) {
        return Bound(text: text.isEmpty && !wasQuoted ? nil : String(text))
      }
      rest.removeFirst()
      switch scalar {
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        text.append(escaped)
      case "\"" where isQuoted && rest.first == "\"":
        text.append("\"")
        rest.removeFirst()
      case "\"":
        isQuoted.toggle()
        wasQuoted = true
      default: text.append(scalar)
      }
    }
    return nil
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }
}
