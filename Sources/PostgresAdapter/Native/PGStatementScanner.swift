internal import CPGQuery

/// One token as the server's scanner cuts it.
struct PGToken: Equatable {
  enum Kind: Equatable { case word, quotedName, literal, parameter, symbol, comment }

  let kind: Kind
  /// Its bytes in the text.
  let range: Range<Int>
}

/// The server's scanner, normaliser and fingerprint, through libpg_query.
enum PGStatementScanner {
  /// The tokens of a text, comments among them.
  /// - Throws: ``PGScanFailure`` when the scanner does not know it: a quote that is never closed, for example.
  static func tokens(of text: String) throws(PGScanFailure) -> [PGToken] {
    let result = pg_query_scan(text)
    defer { pg_query_free_scan_result(result) }
    if let failure = result.error { throw PGScanFailure(character: max(0, Int(failure.pointee.cursorpos) - 1)) }
    guard let data = result.pbuf.data else { return [] }
    let message = UnsafeRawBufferPointer(start: data, count: result.pbuf.len)
    let bytes = Array(text.utf8)
    return ranges(in: message).compactMap { range in
      range.upperBound <= bytes.count && !range.isEmpty ? PGToken(kind: kind(of: range, bytes), range: range) : nil
    }
  }

  /// The text with `$1`, `$2` … where constants stand, or `nil` when the grammar does not know it. Constants of some statements stay.
  static func normalized(_ text: String) -> String? {
    let result = pg_query_normalize(text)
    defer { pg_query_free_normalize_result(result) }
    guard result.error == nil, let text = result.normalized_query else { return nil }
    return String(cString: text)
  }

  /// 16 hexadecimal digits, the same for queries that differ in constants alone.
  static func fingerprint(_ text: String) -> String? {
    let result = pg_query_fingerprint(text)
    defer { pg_query_free_fingerprint_result(result) }
    guard result.error == nil, let digits = result.fingerprint_str else { return nil }
    return String(cString: digits)
  }

  /// By its first bytes, since the numbers of the scanner's kinds differ between versions.
  private static func kind(of range: Range<Int>, _ bytes: [UInt8]) -> PGToken.Kind {
    let first = bytes[range.lowerBound]
    let second = range.count > 1 ? bytes[range.lowerBound + 1] : 0
    switch first {
    case UInt8(ascii: "'"), 0x30...0x39: return .literal
    case UInt8(ascii: "\""): return .quotedName
    case UInt8(ascii: "$"): return (0x30...0x39).contains(second) ? .parameter : .literal
    case UInt8(ascii: "."): return (0x30...0x39).contains(second) ? .literal : .symbol
    case UInt8(ascii: "-") where second == UInt8(ascii: "-"): return .comment
    case UInt8(ascii: "/") where second == UInt8(ascii: "*"): return .comment
    case UInt8(ascii: "_"), 0x80...: return .word
    default: break
    }
    guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else { return .symbol }
    // A word has no quotes: E'…', B'…', X'…', N'…', U&'…' and U&"…" have.
    let token = bytes[range]
    if token.contains(UInt8(ascii: "'")) { return .literal }
    return token.contains(UInt8(ascii: "\"")) ? .quotedName : .word
  }

  /// The places of the tokens of a `ScanResult` (pg_query.proto): field 2 repeats messages whose fields 1 and 2 are start and end.
  private static func ranges(in message: UnsafeRawBufferPointer) -> [Range<Int>] {
    var reader = PGMessageReader(message)
    var ranges: [Range<Int>] = []
    while let field = reader.next() {
      guard field.number == 2, case .bytes(let bytes) = field.value else { continue }
      var inner = PGMessageReader(bytes)
      var (start, end) = (0, 0)
      while let field = inner.next() {
        guard case .number(let number) = field.value else { continue }
        if field.number == 1 { start = number }
        if field.number == 2 { end = number }
      }
      if start >= 0, start <= end { ranges.append(start..<end) }
    }
    return ranges
  }
}

/// The scanner does not know a text from some character on.
struct PGScanFailure: Error {
  /// Counted from 0.
  let character: Int
}

/// The fields of a message in Protocol Buffers' encoding (protobuf.dev/programming-guides/encoding).
private struct PGMessageReader {
  enum Value {
    case number(Int)
    case bytes(UnsafeRawBufferPointer)
  }

  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ message: UnsafeRawBufferPointer) { rest = message[...] }

  /// `nil` at the end, and before anything that is not understood.
  mutating func next() -> (number: Int, value: Value)? {
    guard let tag = variable() else { return nil }
    switch tag & 7 {
    case 0: return variable().map { (tag >> 3, .number($0)) }
    case 2:
      guard let count = variable(), count >= 0, count <= rest.count else { return nil }
      let bytes = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
      rest = rest.dropFirst(count)
      return (tag >> 3, .bytes(bytes))
    default: return nil
    }
  }

  private mutating func variable() -> Int? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int(truncatingIfNeeded: value) }
      shift += 7
    }
    return nil
  }
}
