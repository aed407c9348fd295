internal import DBAdapterCore
internal import DBRendering

/// An error for people: the sentence, the place in the statement, and what the server adds.
struct ErrorText {
  private let failure: CommandFailure
  private let isVerbose: Bool
  private static let widest = 100

  init(_ failure: CommandFailure, isVerbose: Bool) {
    self.failure = failure
    self.isVerbose = isVerbose
  }

  /// Lines without the last line break.
  var text: String {
    let error = failure.error
    var lines = ["error: " + shown(error.message) + (error.server?.sqlState.map { " [\($0)]" } ?? "")]
    lines += excerpt
    if let stage = error.stage { lines.append(Messages.connecting(error.endpoint ?? "?", stage.rawValue)) }
    if let detail = error.server?.detail, !error.message.contains(detail) { lines.append("detail: " + shown(detail)) }
    if let hint = Messages.hint(for: error, statement: failure.place?.statement) ?? error.server?.hint {
      lines.append("hint: " + shown(hint))
    }
    if isVerbose { lines += error.debugDescription.split(separator: "\n").dropFirst().map { "  " + shown(String($0)) } }
    return lines.joined(separator: "\n")
  }

  /// The line of the statement the server points at, with a caret under the place.
  private var excerpt: [String] {
    guard let place = failure.place, let position = failure.error.server?.position,
      let (line, column) = Self.line(at: position, in: place.statement)
    else { return [] }
    let start = max(0, column - Self.widest / 2)
    let window = String(line.dropFirst(start).prefix(Self.widest))
    let before = SafeText(String(window.prefix(column - start)))
    return ["  " + SafeText(window).text, "  " + String(repeating: " ", count: before.width) + "^"]
  }

  /// How many lines after the statement's first line the error is.
  static func lineOffset(of error: DBError, in statement: String) -> Int? {
    guard let position = error.server?.position else { return nil }
    return statement.unicodeScalars.prefix(max(position - 1, 0)).count { $0 == "\n" }
  }

  /// Positions count Unicode scalars from 1.
  private static func line(at position: Int, in statement: String) -> (line: String, column: Int)? {
    let scalars = statement.unicodeScalars
    guard position >= 1,
      let index = scalars.index(scalars.startIndex, offsetBy: position - 1, limitedBy: scalars.endIndex)
    else { return nil }
    let start = scalars[..<index].lastIndex(of: "\n").map { scalars.index(after: $0) } ?? scalars.startIndex
    let end = scalars[index...].firstIndex(of: "\n") ?? scalars.endIndex
    return (String(scalars[start..<end]), String(scalars[start..<index]).count)
  }

  private func shown(_ text: String) -> String { SafeText(text, keepsLineBreaks: true).text }
}
