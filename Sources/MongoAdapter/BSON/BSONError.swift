/// Why bytes are no BSON, why text is no Extended JSON, or why a value cannot be written as BSON.
public struct BSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in a text the reader could not go on, both counted from 1.
  public struct Position: Sendable, Hashable {
    /// Lines end at line feeds.
    public var line: Int
    /// Counted in Unicode scalars.
    public var column: Int

    /// A place by line and column, both from 1.
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// What was wrong, as a sentence without its place.
  public var message: String
  /// The byte of a document at which it was found; `nil` when the error is not about bytes.
  public var offset: Int?
  /// The place in a text; `nil` when the error is not about text.
  public var position: Position?

  /// - Parameters:
  ///   - message: what was wrong, without its place.
  ///   - offset: the byte of a document. Default: none.
  ///   - position: the place in a text. Default: none.
  public init(_ message: String, offset: Int? = nil, position: Position? = nil) {
    self.message = message
    self.offset = offset
    self.position = position
  }

  /// The message, after the place where there is one: `line 2, column 7: expected a value`.
  public var description: String {
    if let position { return "line \(position.line), column \(position.column): \(message)" }
    if let offset { return "byte \(offset): \(message)" }
    return message
  }
}
