internal import DBAdapterCore

/// The reply of `INFO` (https://redis.io/docs/latest/commands/info) as a document: `{"server": {"redis_version": "7.0.15", …}, …}`.
enum ServerReport {
  /// A line of the reply.
  struct Entry {
    /// In lower case; empty for lines before the first heading.
    var section: String
    var name: String
    var value: DBValue
  }

  /// Sections in their order, in each its fields in theirs. Whole numbers and decimal fractions are numbers; `keys=3,expires=0` is a
  /// document of its own; a name that occurs again makes an array of its values. What stands before the first heading is at the top.
  static func document(fromINFO text: String) -> DBDocument {
    var top = FieldCollector()
    var sections: [(name: String, fields: FieldCollector)] = []
    var positions: [String: Int] = [:]
    for heading in headings(in: text) where positions[heading] == nil {
      positions[heading] = sections.count
      sections.append((heading, FieldCollector()))
    }
    for entry in entries(inINFO: text) {
      if let position = positions[entry.section] {
        sections[position].fields.add(entry.name, entry.value)
      } else {
        top.add(entry.name, entry.value)
      }
    }
    for section in sections { top.add(section.name, .document(section.fields.document)) }
    return top.document
  }

  /// The lines of the reply, headings left out.
  static func entries(inINFO text: String) -> [Entry] {
    var section = ""
    var entries: [Entry] = []
    for line in lines(of: text) {
      if let heading = heading(line) {
        section = heading
      } else if let colon = line.firstIndex(of: ":") {
        let value = String(line[line.index(after: colon)...])
        entries.append(Entry(section: section, name: String(line[..<colon]), value: parsed(value)))
      } else {
        entries.append(Entry(section: section, name: String(line), value: .null))
      }
    }
    return entries
  }

  private static func lines(of text: String) -> [Substring] {
    // CRLF is one character.
    text.split { $0 == "\n" || $0 == "\r\n" }
  }

  private static func headings(in text: String) -> [String] { lines(of: text).compactMap { heading($0) } }

  private static func heading(_ line: Substring) -> String? {
    line.hasPrefix("# ") ? line.dropFirst(2).lowercased() : nil
  }

  /// A number, the fields of `k=v,k=v`, or the text itself.
  private static func parsed(_ text: String) -> DBValue {
    if let fields = fields(text) { return .document(fields) }
    return scalar(text)
  }

  /// A number where the text is the number's own writing, else the text.
  static func scalar(_ text: some StringProtocol) -> DBValue {
    if let number = Int64(text), String(number) == text { return .int(number) }
    if isFraction(text), let number = Double(text) { return .double(number) }
    return .text(String(text))
  }

  /// `-?digits.digits`, with no more digits than a double holds.
  private static func isFraction(_ text: some StringProtocol) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && digits.utf8.count <= 16
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  /// The fields of `calls=1,usec=20,usec_per_call=20.00`; `nil` when the text is not made of such.
  private static func fields(_ text: String) -> DBDocument? {
    guard text.contains("=") else { return nil }
    var collector = FieldCollector()
    for part in commaSeparated(text) {
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex,
        part[..<equals].utf8.allSatisfy(isNameByte)
      else { return nil }
      collector.add(String(part[..<equals]), scalar(part[part.index(after: equals)...]))
    }
    return collector.document
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  /// Split at commas outside brackets: `name=search,using=[a,b]` has two parts.
  private static func commaSeparated(_ text: String) -> [Substring] {
    var depth = 0
    return text.split(omittingEmptySubsequences: false) { character in
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      return character == "," && depth == 0
    }
  }
}

/// Fields in their order; the values of a name that occurs again become an array.
private struct FieldCollector {
  private var fields: [DBDocument.Field] = []
  private var positions: [String: Int] = [:]
  private var repeated: Set<String> = []

  var document: DBDocument { DBDocument(fields) }

  mutating func add(_ name: String, _ value: DBValue) {
    guard let position = positions[name] else {
      positions[name] = fields.count
      fields.append(DBDocument.Field(name, value))
      return
    }
    if repeated.insert(name).inserted {
      fields[position].value = .array(DBArray([fields[position].value, value]))
    } else if case .array(var list) = fields[position].value {
      list.elements.append(value)
      fields[position].value = .array(list)
    }
  }
}
