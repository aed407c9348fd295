/// What a reader of the output has to be told, because the output cannot say it.
public struct RenderingNotes: Sendable, Hashable {
  /// A column whose name occurred before, and the name it was written under.
  public struct Renaming: Sendable, Hashable {
    /// The name as the server gave it.
    public let original: String
    /// The name as it was written.
    public let written: String
  }

  /// Cells cut at ``RenderingOptions/maximumCell``.
  public var cutCells = 0
  /// Duplicate column names, in formats whose rows are objects.
  public var renamings: [Renaming] = []
}
