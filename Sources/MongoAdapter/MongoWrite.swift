/// One write of a list; see ``DBAdapterCore/DatabaseSession/bulkWrite(_:to:_:file:line:)``.
public struct MongoWrite: Sendable, Hashable {
  /// What is written.
  public enum Kind: Sendable, Hashable {
    case insert(BSONDocument)
    /// The change is made of operators (`$set`), or the `pipeline` of ``MongoWrite/pipeline(_:)``.
    case updateOne(filter: BSONDocument, change: BSONDocument)
    case updateMany(filter: BSONDocument, change: BSONDocument)
    /// The document has no operators.
    case replaceOne(filter: BSONDocument, document: BSONDocument)
    case deleteOne(filter: BSONDocument)
    case deleteMany(filter: BSONDocument)
  }

  public var kind: Kind
  /// What else the server takes with it: `upsert`, `collation`, `hint`, `arrayFilters`. Default: nothing.
  public var options: BSONDocument

  public init(_ kind: Kind, options: BSONDocument = BSONDocument()) {
    self.kind = kind
    self.options = options
  }

  public static func insert(_ document: BSONDocument) -> MongoWrite { MongoWrite(.insert(document)) }
}

/// A write of a list that failed.
public struct MongoWriteError: Error, Sendable, Hashable {
  /// Its position in the list, from 0.
  public let position: Int
  /// The server's number: 11000 for a duplicate key.
  public let code: Int
  public let message: String
  /// Of a document that the validator forbids: why, in the server's words.
  public let details: BSONDocument?
  /// Of a duplicate key: the index.
  public let index: BSONDocument?

  /// Those that a reply lists.
  static func all(in reply: BSONDocument) -> [MongoWriteError] {
    guard case .array(let errors)? = reply["writeErrors"] else { return [] }
    return errors.compactMap { if case .document(let error) = $0 { MongoWriteError(error) } else { nil } }
  }

  private init(_ error: BSONDocument) {
    position = error["index"]?.integer ?? 0
    code = error["code"]?.integer ?? 0
    message = if case .string(let text)? = error["errmsg"] { text } else { "" }
    details = if case .document(let info)? = error["errInfo"] { info } else { nil }
    index = if case .document(let pattern)? = error["keyPattern"] { pattern } else { nil }
  }
}
