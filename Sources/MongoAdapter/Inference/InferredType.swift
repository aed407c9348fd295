/// A type that values at a path were seen to have.
public struct InferredType: Sendable, Hashable {
  public var kind: BSONKind
  /// Whether it is the binary subtype of UUIDs, which are counted apart from other binary values.
  public var isUUID: Bool
  public var count: Int
  /// Of the values at the path, nulls included.
  public var share: InferredShare

  public init(_ kind: BSONKind, isUUID: Bool = false, count: Int, share: InferredShare) {
    self.kind = kind
    self.isUUID = isUUID
    self.count = count
    self.share = share
  }

  /// The server's name of the type, `objectId`; a UUID's is `binData (uuid)`.
  public var name: String { isUUID ? "\(kind.name) (uuid)" : kind.name }
}
