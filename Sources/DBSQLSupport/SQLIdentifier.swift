package import DBAdapterCore

/// Names as SQL text.
package enum SQLIdentifier {
  /// A name in double quotes, inner quotes doubled (SQL standard, delimited identifier).
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for an empty name or one with a NUL character.
  package static func quoted(_ name: String) throws(DBError) -> String {
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw DBError(.invalidParameter, "a name must not be empty or contain a NUL character")
    }
    // Scalar by scalar: a quote followed by a combining mark is a character of its own, and still ends the name.
    var text = "\""
    for scalar in name.unicodeScalars {
      if scalar == "\"" { text.unicodeScalars.append("\"") }
      text.unicodeScalars.append(scalar)
    }
    text.unicodeScalars.append("\"")
    return text
  }

  /// Several parts joined by dots: `"schema"."table"`.
  package static func quoted(_ parts: [String]) throws(DBError) -> String {
    var quotedParts: [String] = []
    for part in parts { quotedParts.append(try quoted(part)) }
    return quotedParts.joined(separator: ".")
  }
}
