/// A reference to a document in a collection. Deprecated; kept so that old documents survive.
public struct BSONDBPointer: Sendable, Hashable {
  /// The collection: `database.collection`.
  public let namespace: String
  /// The document's `_id`.
  public let id: BSONObjectID

  /// A reference to a document by its collection and `_id`.
  public init(namespace: String, id: BSONObjectID) {
    self.namespace = namespace
    self.id = id
  }
}
