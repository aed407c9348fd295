/// A regular expression of the server (PCRE).
public struct BSONRegex: Sendable, Hashable {
  /// The expression itself, without slashes.
  public let pattern: String
  /// Letters in alphabetical order: `i` ignores case, `m` lets `^` and `$` match at lines, `s` lets `.` match line ends, `x` ignores
  /// white space in the pattern.
  public let options: String

  /// - Throws: ``BSONError`` when pattern or options hold a zero byte, which ends them in BSON.
  public init(pattern: String, options: String = "") throws(BSONError) {
    guard !pattern.utf8.contains(0), !options.utf8.contains(0) else {
      throw BSONError("a regular expression cannot hold a zero byte")
    }
    self.init(unchecked: pattern, options: String(options.sorted()))
  }

  init(unchecked pattern: String, options: String) {
    self.pattern = pattern
    self.options = options
  }
}
