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
  /// Values of documents that had no column, where documents are written as columns of their fields: the field was in none of the first
  /// documents, or is in its document twice.
  public var fieldsLeftOut = 0
  /// The paths of the first of them, at most five.
  public var pathsLeftOut: [String] = []

  /// What to say of ``fieldsLeftOut``; `nil` when there are none.
  public var leftOutText: String? {
    guard fieldsLeftOut > 0 else { return nil }
    let values = fieldsLeftOut == 1 ? "1 value has" : "\(fieldsLeftOut) values have"
    let paths = pathsLeftOut.joined(separator: ", ") + (fieldsLeftOut > pathsLeftOut.count ? ", …" : "")
    return "\(values) no column and \(fieldsLeftOut == 1 ? "is" : "are") left out (\(paths)); "
      + "the columns are the fields of the first documents"
  }
}
