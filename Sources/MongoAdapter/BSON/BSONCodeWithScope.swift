/// JavaScript and the variables it sees. Deprecated; kept so that old documents survive.
public struct BSONCodeWithScope: Sendable, Hashable {
  public let code: String
  public let scope: BSONDocument

  public init(code: String, scope: BSONDocument) {
    self.code = code
    self.scope = scope
  }
}
