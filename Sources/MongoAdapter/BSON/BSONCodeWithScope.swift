/// JavaScript and the variables it sees. Deprecated; kept so that old documents survive.
public struct BSONCodeWithScope: Sendable, Hashable {
  /// The JavaScript.
  public let code: String
  /// The variables by name.
  public let scope: BSONDocument

  /// Code and the variables it sees.
  public init(code: String, scope: BSONDocument) {
    self.code = code
    self.scope = scope
  }
}
