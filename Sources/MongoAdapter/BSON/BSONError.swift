/// Why bytes are no BSON, why text is no Extended JSON, or why a value cannot be written as BSON.
public struct BSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in a text the reader could not go on, both counted from 1.
  public struct Position: Sendable, Hashable {
    public var line: Int
    /// Counted in Unicode scalars.
    public var column: Int

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
