internal import DBAdapterCore

/// What an audit keeps of a statement: its text without constants and comments, and a fingerprint.
///
/// The library's normaliser leaves constants of some statements in (`COMMENT`, `COPY`, `CALL`, `NOTIFY`, definitions), so that its result goes
/// through the scanner, which knows every constant for one.
struct PostgresNormalizer: Sendable {
  /// One for all sessions, as statements are the same in many.
  static let shared = PostgresNormalizer()

  private static let capacity = 512
  private static let longestKept = 4 * 1_024
  /// A longer text is not given to the grammar, and only its beginning is kept.
  private static let longestParsed = 4 * 1_024
  private static let longestResult = 4 * 1_024

  private let cache = Locked<[String: NormalizedStatement]>([:])

  func normalized(_ text: String) -> NormalizedStatement {
    if let known = cache.withLock({ $0[text] }) { return known }
    let result = Self.normalize(text)
    // A text with a password in it stays nowhere.
    guard text.utf8.count <= Self.longestKept, !result.mayHoldSecret else { return result }
    cache.withLock { cache in
      if cache.count >= Self.capacity { cache.removeAll(keepingCapacity: true) }
      cache[text] = result
    }
    return result
  }

  static func normalize(_ text: String) -> NormalizedStatement {
    guard !text.utf8.contains(0) else { return firstWord(of: text) }
    if text.utf8.count > longestParsed { return beginning(of: text) }
    guard let known = PGStatementScanner.normalized(text), let tokens = try? PGStatementScanner.tokens(of: known) else {
      return unknown(text)
    }
    let masked = PostgresMasking(known, tokens)
    // The fingerprint of other statements has their constants in it.
    let fingerprint = masked.isQuery && !masked.hasMasked ? PGStatementScanner.fingerprint(text) : nil
    return result(masked, fingerprint, mayHoldSecret: masked.namesSecrets || namesSecrets(text))
  }

  /// What the grammar does not know.
  private static func unknown(_ text: String) -> NormalizedStatement {
    // A password may stand where the grammar expects none, without quotes. With standard_conforming_strings off a string may go on where the
    // scanner sees its end.
    guard !namesSecrets(text), !text.utf8.contains(UInt8(ascii: "\\")),
      let tokens = try? PGStatementScanner.tokens(of: text)
    else {
      return firstWord(of: text)
    }
    return result(PostgresMasking(text, tokens), nil, mayHoldSecret: true)
  }

  /// A text that is too long to be read whole: it is cut where a token ends.
  private static func beginning(of text: String) -> NormalizedStatement {
    var start = String(decoding: text.utf8.prefix(longestParsed), as: UTF8.self)
    guard !start.utf8.contains(UInt8(ascii: "\\")) else { return firstWord(of: text) }
    var tokens: [PGToken]
    do throws(PGScanFailure) {
      // The last one may be half of a token.
      tokens = try PGStatementScanner.tokens(of: start).dropLast()
    } catch {
      start = String(String.UnicodeScalarView(start.unicodeScalars.prefix(error.character)))
      guard let known = try? PGStatementScanner.tokens(of: start) else { return firstWord(of: text) }
      tokens = known
    }
    let masked = PostgresMasking(start, tokens)
    return NormalizedStatement(cut(masked.text) + " …", mayHoldSecret: true)
  }

  private static func firstWord(of text: String) -> NormalizedStatement {
    let bytes = Array(text.utf8.prefix(longestResult))
    let start = PGStatementParser.skippingComments(bytes.indices, bytes, andSemicolons: true)
    let word = bytes[start...].prefix { (0x41...0x5A).contains($0 & ~0x20) }.prefix(32)
    return NormalizedStatement(String(decoding: word, as: UTF8.self) + " …", mayHoldSecret: true)
  }

  private static func result(
    _ masked: PostgresMasking, _ fingerprint: String?, mayHoldSecret: Bool
  ) -> NormalizedStatement {
    let whole = NormalizedStatement(masked.text, fingerprint: fingerprint, mayHoldSecret: mayHoldSecret)
    guard masked.text.utf8.count > longestResult else { return whole }
    return NormalizedStatement(cut(masked.text) + " …", fingerprint: whole.fingerprint, mayHoldSecret: mayHoldSecret)
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > longestResult else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: longestResult)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }

  /// Words beside which passwords stand, wherever they are: in a body, in a comparison, in the arguments of a function.
  private static func namesSecrets(_ text: String) -> Bool {
    let text = text.lowercased()
    return secretWords.contains { text.contains($0) }
  }

  private static let secretWords = [
    "passw", "secret", "token", "credential", "api_key", "apikey", "dblink", "set_config", "pgp_", "crypt", "hmac",
    "program", "u&\"",
  ]
}
