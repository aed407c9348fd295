internal import DBAdapterCore

/// Scripts as redis-cli reads them from a file: one command a line.
enum RedisScript {
  /// The commands of a script in order. Empty lines and lines that begin with `#` are left out.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` with the line of a command whose quotes do not fit.
  static func split(_ text: String) throws(DBError) -> [ScriptStatement] {
    var statements: [ScriptStatement] = []
    for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      // A carriage return is white space, so lines may end in CRLF.
      guard let start = line.firstIndex(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }),
        line[start] != UInt8(ascii: "#"), let end = line.lastIndex(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) })
      else { continue }
      let statement = ScriptStatement(text: String(Substring(line[start...end])), line: index + 1)
      do throws(DBError) {
        _ = try RedisCommand(text: statement.text)
      } catch {
        throw error.completed(message: "line \(statement.line): \(error.message)")
      }
      statements.append(statement)
    }
    return statements
  }
}
