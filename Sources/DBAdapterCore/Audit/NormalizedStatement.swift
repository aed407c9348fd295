/// A statement as an audit keeps it: what it does, without any value in it.
public struct NormalizedStatement: Sendable, Hashable {
  /// The text with `?` or `$1` where literals and bound values stand.
  public var text: String
  /// The same for statements that differ in values alone, and for no others that anybody will meet.
  public var fingerprint: String
  /// Whether the statement's own text may hold a password: then it is never kept.
  public var mayHoldSecret: Bool

  /// - Parameter fingerprint: Default: a digest of the normalised text.
  public init(_ text: String, fingerprint: String? = nil, mayHoldSecret: Bool = false) {
    self.text = text
    self.fingerprint = fingerprint ?? Self.digest(of: text)
    self.mayHoldSecret = mayHoldSecret
  }

  /// FNV-1a over 64 bits, as 16 hexadecimal digits.
  private static func digest(of text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
