/// One change that a change stream tells of (MongoDB manual, Change Events).
public struct MongoChange: Sendable, Hashable {
  /// The event as the server sent it.
  public let document: BSONDocument

  /// `insert`, `update`, `replace`, `delete`, `drop`, `invalidate`.
  public var operation: String { text(document["operationType"]) ?? "" }
  /// Where it happened; `nil` for an event of the whole deployment.
  public var database: String? { text(part("ns")?["db"]) }
  public var collection: String? { text(part("ns")?["coll"]) }
  /// The `_id`, and the shard key where there is one, of the document that changed.
  public var key: BSONDocument? { part("documentKey") }
  /// The document afterwards: of an insert or a replacement always, of an update where ``MongoChangeOptions/fullDocument`` asks for it.
  public var fullDocument: BSONDocument? { part("fullDocument") }
  /// The document before, where ``MongoChangeOptions/fullDocumentBefore`` asks for it and the collection keeps it.
  public var fullDocumentBefore: BSONDocument? { part("fullDocumentBeforeChange") }
  /// Of an update: `updatedFields`, `removedFields`, `truncatedArrays`.
  public var update: BSONDocument? { part("updateDescription") }
  /// Names the place in the stream after this change: ``MongoChangeOptions/resumeAfter``.
  public var resumeToken: BSONDocument? { part("_id") }

  private func part(_ name: String) -> BSONDocument? {
    if case .document(let part)? = document[name] { part } else { nil }
  }

  private func text(_ value: BSONValue?) -> String? {
    if case .string(let text)? = value { text } else { nil }
  }
}

/// What a change stream tells, and from where on.
public struct MongoChangeOptions: Sendable, Hashable {
  /// Stages that choose and shape events (`$match`, `$project`). Default: none.
  public var pipeline: [BSONDocument] = []
  /// `default`, `updateLookup`, `whenAvailable` or `required`. Default: `nil`, the server's own.
  public var fullDocument: String?
  /// `off`, `whenAvailable` or `required`. Default: `nil`, the server's own.
  public var fullDocumentBefore: String?
  /// Goes on after a change that was read before: its ``MongoChange/resumeToken``. Default: `nil`, from now on.
  public var resumeAfter: BSONDocument?
  /// From a moment of the server's own clock on. Default: `nil`.
  public var startAt: BSONTimestamp?
  /// The session's own database when `nil`. Default: `nil`.
  public var database: String?
  /// How long one call waits at the server; then it is repeated. Default: 1 second.
  public var wait: Duration = .seconds(1)
  /// How long a deployment without a primary is borne with. Default: 30 seconds.
  public var patience: Duration = .seconds(30)

  public init() {}
}
