internal import CPGQuery
internal import DBAdapterCore

/// The server's own grammar and scanner, through libpg_query.
enum PGStatementParser {
  /// The parse tree as JSON, or `nil` when the grammar does not know the text.
  static func parseTree(_ text: String) -> String? {
    let result = pg_query_parse(text)
    defer { pg_query_free_parse_result(result) }
    guard result.error == nil, let tree = result.parse_tree else { return nil }
    return String(cString: tree)
  }

  /// Cuts a script into statements; comments and empty statements are left out.
  static func split(_ script: String) throws(DBError) -> [ScriptStatement] {
    guard !script.utf8.contains(0) else { throw DBError(.invalidParameter, "the script contains a NUL character") }
    let result = pg_query_split_with_scanner(script)
    defer { pg_query_free_split_result(result) }
    let bytes = Array(script.utf8)
    if let failure = result.error {
      let offset = max(0, Int(failure.pointee.cursorpos) - 1)
      var server = ServerDiagnostics(sqlState: "42601")
      server.position = offset + 1
      throw DBError(
        .syntaxError, "line \(lineNumber(of: offset, in: bytes)): " + String(cString: failure.pointee.message), server: server)
    }
    var statements: [ScriptStatement] = []
    var line = 1
    var counted = 0
    for index in 0..<Int(result.n_stmts) {
      guard let statement = result.stmts[index]?.pointee else { continue }
      var start = Int(statement.stmt_location)
      let end = start + Int(statement.stmt_len)
      while start < end, bytes[start] <= 0x20 { start += 1 }
      line += bytes[counted..<start].count { $0 == UInt8(ascii: "\n") }
      counted = start
      statements.append(ScriptStatement(text: String(decoding: bytes[start..<end], as: UTF8.self), line: line))
    }
    return statements
  }

  private static func lineNumber(of offset: Int, in bytes: [UInt8]) -> Int {
    1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
  }
}
