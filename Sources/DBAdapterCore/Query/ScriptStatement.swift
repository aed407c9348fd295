/// One statement of a script, as the engine's own scanner cut it out.
public struct ScriptStatement: Sendable, Hashable {
  /// The statement without the `;` that ended it.
  public let text: String
  /// The line of the script on which the statement begins, from 1.
  public let line: Int

  public init(text: String, line: Int) {
    self.text = text
    self.line = line
  }
}
