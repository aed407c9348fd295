/// What a list of writes did.
public struct MongoBulkResult: Sendable, Hashable {
  public var inserted = 0
  public var matched = 0
  /// Of the matched ones, those that were different afterwards.
  public var modified = 0
  public var deleted = 0
  /// The documents that an upsert made: the write's position in the list, and the `_id`.
  public var upserted: [Upsert] = []
  /// Writes that failed, one by one; empty when all went well.
  public var errors: [MongoWriteError] = []
  /// What the write concern asked for and the servers did not confirm; the writes themselves are done.
  public var concernErrors: [BSONDocument] = []

  public struct Upsert: Sendable, Hashable {
    public let position: Int
    public let id: BSONValue
  }

  /// Documents inserted, changed or removed.
  public var affected: Int { inserted &+ modified &+ deleted &+ upserted.count }

  /// - Parameters:
  ///   - reply: libmongoc's, or the server's own.
  ///   - command: what the server's own reply answers: `update`.
  init(_ reply: BSONDocument, of command: String? = nil) {
    inserted = reply["nInserted"]?.integer ?? 0
    matched = reply["nMatched"]?.integer ?? 0
    modified = reply["nModified"]?.integer ?? 0
    deleted = reply["nRemoved"]?.integer ?? 0
    if case .array(let list)? = reply["upserted"] {
      upserted = list.compactMap { item -> Upsert? in
        guard case .document(let item) = item, let id = item["_id"] else { return nil }
        return Upsert(position: item["index"]?.integer ?? 0, id: id)
      }
    }
    errors = MongoWriteError.all(in: reply)
    if case .array(let list)? = reply["writeConcernErrors"] {
      concernErrors = list.compactMap { if case .document(let error) = $0 { error } else { nil } }
    }
    // The server counts in one number what its command does.
    guard reply["nInserted"] == nil, let count = reply["n"]?.integer else { return }
    switch command {
    case "update": matched = count &- upserted.count
    case "delete": deleted = count
    default: inserted = count
    }
  }
}
