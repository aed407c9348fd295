package import DBAdapterCore

/// How an engine writes a placeholder.
package enum PlaceholderStyle: Sendable {
  /// `$1`, `$2` (PostgreSQL).
  case dollarNumber
  /// `?1`, `?2` (SQLite).
  case questionNumber

  func placeholder(_ number: Int) -> String {
    switch self {
    case .dollarNumber: "$\(number)"
    case .questionNumber: "?\(number)"
    }
  }
}

/// A request as an SQL engine takes it: text with placeholders, and values.
package struct SQLStatement: Sendable {
  package let text: String
  package let parameters: [DBValue]

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for an empty statement, a NUL character, or a template together with
  ///   separate parameters; ``DBError/Code-swift.struct/unsupported`` for a command vector or a document.
  package init(_ request: QueryRequest, style: PlaceholderStyle) throws(DBError) {
    switch request.statement {
    case .text(let text):
      self.text = text
      parameters = request.parameters
    case .template(let template):
      guard request.parameters.isEmpty else {
        throw DBError(.invalidParameter, "a statement with interpolated values takes no separate parameters")
      }
      (text, parameters) = try Self.rendered(template, style)
    case .command, .document:
      throw DBError(.unsupported, "an SQL engine takes a statement as text, not as a command vector or a document")
    }
    switch Self.content(of: text) {
    case .statement: break
    case .nothing: throw DBError(.invalidParameter, "the statement is empty")
    case .null: throw DBError(.invalidParameter, "the statement contains a NUL character")
    }
  }

  private enum Content { case statement, nothing, null }

  /// Looks at every byte once, without the generic ways of a string: this stands in front of every statement.
  private static func content(of text: String) -> Content {
    var text = text
    return text.withUTF8 { bytes in
      if hasNull(UnsafeRawBufferPointer(bytes)) { return .null }
      return bytes.contains { $0 > 0x20 && $0 != UInt8(ascii: ";") } ? .statement : .nothing
    }
  }

  /// Eight bytes at a time: to take one from a byte whose high bit is clear sets it only where the byte is zero.
  private static func hasNull(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position &+ 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0 { return true }
      position &+= 8
    }
    return bytes[position...].contains(0)
  }

  private static func rendered(
    _ template: QueryTemplate, _ style: PlaceholderStyle
  ) throws(DBError) -> (String, [DBValue]) {
    var text = ""
    var values: [DBValue] = []
    for segment in template.segments {
      switch segment {
      case .text(let part): text += part
      case .identifier(let parts): text += try SQLIdentifier.quoted(parts)
      case .parameter(let value):
        values.append(value)
        text += style.placeholder(values.count)
      }
    }
    return (text, values)
  }
}
