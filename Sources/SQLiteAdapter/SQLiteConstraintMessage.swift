internal import DBAdapterCore

/// What SQLite's sentence about a broken constraint names: `UNIQUE constraint failed: t.a, t.b`.
struct SQLiteConstraintMessage: Equatable {
  var constraint: String?
  var table: String?
  var columns: [String] = []

  init(_ message: String) {
    if let datatype = message.split(separator: " column ", maxSplits: 1).last, message.hasPrefix("cannot store ") {
      readColumns(datatype)
      return
    }
    guard let mark = message.firstRange(of: " constraint failed: ") else { return }
    let kind = message[..<mark.lowerBound]
    let subject = message[mark.upperBound...]
    if kind == "CHECK" {
      constraint = String(subject)
    } else if subject.hasPrefix("index '") {
      constraint = String(subject.dropFirst("index '".count).dropLast())
    } else {
      readColumns(subject)
    }
  }

  /// `t.a, t.b`: a column's name may hold dots, a table's hardly ever.
  private mutating func readColumns(_ list: Substring) {
    for part in list.split(separator: ", ") {
      guard let dot = part.firstIndex(of: ".") else { continue }
      table = String(part[..<dot])
      columns.append(String(part[part.index(after: dot)...]))
    }
  }

  func fill(_ diagnostics: inout ServerDiagnostics) {
    diagnostics.constraint = constraint
    diagnostics.table = table
    if !columns.isEmpty { diagnostics.column = columns.joined(separator: ", ") }
  }
}
