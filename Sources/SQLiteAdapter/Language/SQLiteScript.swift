public import DBAdapterCore

/// Cuts a script into statements the way SQLite reads it: a semicolon in a string, a comment, a quoted name or the body of a trigger
/// ends nothing (sqlite.org/c3ref/complete.html).
public enum SQLiteScript {
  /// The statements of a script in order, each without the semicolon that ended it. Comments before a statement and empty statements are
  /// left out; comments inside a statement stay.
  ///
  /// Whether a statement can be compiled is not checked: a quote that is never closed belongs to the last statement, and the engine
  /// says what is wrong with it.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` with the line of a NUL character, behind which SQLite would read nothing.
  public static func statements(in text: String) throws(DBError) -> [ScriptStatement] {
    let bytes = Array(text.utf8)
    if let end = bytes.firstIndex(of: 0) {
      throw DBError(.syntaxError, "line \(1 + newlines(bytes[..<end])) of the script contains a NUL character")
    }
    var statements: [ScriptStatement] = []
    var line = 1
    var counted = 0
    for range in ranges(in: bytes) {
      line += newlines(bytes[counted..<range.lowerBound])
      counted = range.lowerBound
      statements.append(ScriptStatement(text: bytes.text(trimmed(range, bytes)), line: line))
    }
    return statements
  }

  /// Where the statements of a text stand, from the first token to the semicolon that ends each, itself left out.
  static func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var tokenizer = SQLiteTokenizer(bytes)
    var start: Int?
    var trigger = TriggerWatch()
    while let token = tokenizer.next() {
      guard token.isSymbol(";") else {
        start = start ?? token.range.lowerBound
        trigger.see(bytes.keyword(token))
        continue
      }
      guard let begin = start else { continue }
      if trigger.mayContinue(past: bytes[begin..<token.range.upperBound]) { continue }
      ranges.append(begin..<token.range.lowerBound)
      start = nil
      trigger = TriggerWatch()
    }
    if let start { ranges.append(start..<bytes.count) }
    return ranges
  }

  private static func newlines(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 == 0x0A } }

  private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(bytes[end - 1]) { end -= 1 }
    return range.lowerBound..<end
  }
}

/// Knows whether a statement defines a trigger, whose body holds statements of its own.
private struct TriggerWatch {
  private var words: [String] = []
  private var isTrigger: Bool?
  private var wordsSinceSemicolon = 0
  private var endsWithEnd = false

  /// Takes the next token of the statement; `nil` when it is no plain word.
  mutating func see(_ word: String?) {
    wordsSinceSemicolon += 1
    endsWithEnd = word == "END" && wordsSinceSemicolon == 1
    guard isTrigger == nil else { return }
    switch word {
    case "EXPLAIN", "QUERY", "PLAN", "CREATE", "TEMP", "TEMPORARY": words.append(word ?? "")
    case "TRIGGER": isTrigger = words.contains("CREATE")
    default: isTrigger = false
    }
  }

  /// Whether the semicolon just seen is one of the body's. Only `; END ;` can end a trigger, so only there the library is asked.
  mutating func mayContinue(past statement: ArraySlice<UInt8>) -> Bool {
    defer { wordsSinceSemicolon = 0 }
    guard isTrigger == true else { return false }
    return !(endsWithEnd && SQLiteLibrary.isComplete(String(decoding: statement, as: UTF8.self)))
  }
}
