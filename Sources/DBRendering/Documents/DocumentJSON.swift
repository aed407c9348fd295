internal import DBAdapterCore

/// Writes rows that are documents as JSON in their engine's own notation.
struct DocumentJSON {
  let style: DocumentStyle
  /// Kept between rows for its room.
  private var text: [UInt8] = []

  init(style: DocumentStyle) { self.style = style }

  /// How an envelope calls the notation.
  var encoding: String { "extended-json-" + style.rawValue }

  mutating func append(_ row: Row, to buffer: inout OutputBuffer) { withText(of: row) { buffer.append($0) } }

  /// Lends the JSON text of a document row.
  mutating func withText<R>(of row: Row, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    text.removeAll(keepingCapacity: true)
    _ = row.appendJSON(style: style, to: &text)
    return text.withUnsafeBytes { body($0) }
  }
}
