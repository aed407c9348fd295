/// A statement with holes: every interpolated value becomes a bound parameter, never text.
public struct QueryTemplate: Sendable, Hashable {
  public enum Segment: Sendable, Hashable {
    /// Text of the statement itself.
    case text(String)
    /// A value; each adapter writes its own placeholder.
    case parameter(DBValue)
    /// A name in one or more parts, quoted by the adapter: `"schema"."table"`.
    case identifier([String])
  }

  public var segments: [Segment]

  public init(_ segments: [Segment]) { self.segments = segments }
}

/// What a statement is made of.
public enum Statement: Sendable, Hashable {
  /// Text in the engine's own language, placeholders included.
  case text(String)
  case template(QueryTemplate)
  /// A command and its arguments, for engines that take argument vectors.
  case command([DBValue])
  /// A command document, for document engines.
  case document(DBDocument)
}
