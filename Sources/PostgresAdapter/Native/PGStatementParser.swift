internal import CPGQuery
internal import DBAdapterCore

/// The server's own grammar and scanner, through libpg_query.
enum PGStatementParser {
  /// What the grammar says of a text it does not know; `nil` when it knows it.
  /// - Parameter serverVersion: as libpq gives it; a newer server may know more.
  static func syntaxError(_ text: String, serverVersion: Int) -> DBError? {
    PGDeepStack.run(over: text) { failure(of: text, serverVersion: serverVersion) } ?? nil
  }

  private static func failure(of text: String, serverVersion: Int) -> DBError? {
    let result = pg_query_parse(text)
    defer { pg_query_free_parse_result(result) }
    guard let failure = result.error else { return nil }
    var server = ServerDiagnostics(sqlState: "42601")
    if failure.pointee.cursorpos > 0 { server.position = Int(failure.pointee.cursorpos) }
    if serverVersion / 10_000 > Int(PG_VERSION_NUM) / 10_000 {
      server.hint = "read-only sessions check statements with the grammar of PostgreSQL \(PG_MAJORVERSION)"
    }
    return DBError(.syntaxError, String(cString: failure.pointee.message), server: server, adapter: .postgres)
  }

  /// Cuts a script into statements; comments and empty statements are left out.
  ///
  /// The parser cuts best, since it knows bodies such as `BEGIN ATOMIC … END`. Where it meets an error the scanner cuts, so that the
  /// statements before the error can still run; pieces of a body are put together again.
  static func split(_ script: String) throws(DBError) -> [ScriptStatement] {
    guard !script.utf8.contains(0) else { throw DBError(.invalidParameter, "the script contains a NUL character") }
    let bytes = Array(script.utf8)
    if let ranges = try? ranges(pg_query_split_with_parser(script), bytes) { return statements(ranges, bytes) }
    let scanned = try ranges(pg_query_split_with_scanner(script), bytes)
    return statements(joiningBodies(fillingGaps(scanned, bytes), bytes), bytes)
  }

  /// The scanner drops statements without a keyword, a misspelt one among them; they have to be seen, and fail.
  private static func fillingGaps(_ ranges: [Range<Int>], _ bytes: [UInt8]) -> [Range<Int>] {
    var filled: [Range<Int>] = []
    var end = 0
    for range in ranges + [bytes.count..<bytes.count] {
      let gap = end..<range.lowerBound
      if let start = bytes[gap].firstIndex(where: { $0 > 0x20 && $0 != UInt8(ascii: ";") }) {
        let stop = bytes[gap].lastIndex { $0 > 0x20 && $0 != UInt8(ascii: ";") } ?? start
        filled.append(start..<(stop + 1))
      }
      if !range.isEmpty { filled.append(range) }
      end = range.upperBound
    }
    return filled
  }

  private static func ranges(_ result: PgQuerySplitResult, _ bytes: [UInt8]) throws(DBError) -> [Range<Int>] {
    defer { pg_query_free_split_result(result) }
    if let failure = result.error {
      let offset = max(0, Int(failure.pointee.cursorpos) - 1)
      let line = 1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
      var server = ServerDiagnostics(sqlState: "42601")
      server.position = offset + 1
      throw DBError(.syntaxError, "line \(line): " + String(cString: failure.pointee.message), server: server)
    }
    return (0..<Int(result.n_stmts)).compactMap { index in
      result.stmts[index].map { statement in
        let start = Int(statement.pointee.stmt_location)
        return start..<(start + Int(statement.pointee.stmt_len))
      }
    }
  }

  /// Whether the grammar knows a text.
  private static func isKnown(_ text: String) -> Bool { PGParseTree.read(text) { _ in true } == true }

  private static func joiningBodies(_ ranges: [Range<Int>], _ bytes: [UInt8]) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    var rest = ranges[...]
    while let first = rest.popFirst() {
      var whole = first
      if text(first, bytes).uppercased().contains("ATOMIC"), !isKnown(text(first, bytes)) {
        let end = rest.firstIndex { isKnown(text(first.lowerBound..<$0.upperBound, bytes)) }
        if let end {
          whole = first.lowerBound..<rest[end].upperBound
          rest = rest[(end + 1)...]
        }
      }
      joined.append(whole)
    }
    return joined
  }

  private static func statements(_ ranges: [Range<Int>], _ bytes: [UInt8]) -> [ScriptStatement] {
    var line = 1
    var counted = 0
    return ranges.compactMap { range in
      let start = skippingComments(range, bytes)
      guard start < range.upperBound else { return nil }
      line += bytes[counted..<start].count { $0 == UInt8(ascii: "\n") }
      counted = start
      return ScriptStatement(text: text(start..<range.upperBound, bytes), line: line)
    }
  }

  private static func text(_ range: Range<Int>, _ bytes: [UInt8]) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// Where a statement begins behind white space and comments; block comments nest.
  static func skippingComments<Bytes: RandomAccessCollection<UInt8>>(
    _ range: Range<Int>, _ bytes: Bytes, andSemicolons: Bool = false
  ) -> Int where Bytes.Index == Int {
    var position = range.lowerBound
    var depth = 0
    func starts(_ text: StaticString) -> Bool {
      position + 1 < range.upperBound && bytes[position] == text.utf8Start[0]
        && bytes[position + 1] == text.utf8Start[1]
    }
    while position < range.upperBound {
      if starts("/*") {
        depth += 1
        position += 2
      } else if depth > 0, starts("*/") {
        depth -= 1
        position += 2
      } else if depth > 0 || bytes[position] <= 0x20
        || (andSemicolons && bytes[position] == UInt8(ascii: ";"))
      {
        position += 1
      } else if starts("--") {
        // A carriage return ends a line comment too, as in the server's scanner.
        while position < range.upperBound, bytes[position] != UInt8(ascii: "\n"),
          bytes[position] != UInt8(ascii: "\r")
        { position += 1 }
      } else {
        break
      }
    }
    return position
  }
}
