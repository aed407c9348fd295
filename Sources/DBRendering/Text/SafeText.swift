/// Text of a database or a server, safe to show on a terminal: control characters are escapes.
public struct SafeText: Sendable {
  /// The text to show.
  public let text: String
  /// Columns of a terminal.
  public let width: Int

  /// - Parameter keepsLineBreaks: whether line breaks stay. Default: `false`.
  public init(_ original: String, keepsLineBreaks: Bool = false) {
    let shown = DisplayText(original, lineBreak: keepsLineBreaks ? "\n" : "\\n")
    text = String(decoding: shown.utf8, as: UTF8.self)
    width = shown.width
  }
}
