internal import DBAdapterCore

/// The writes of an `insert`, `update` or `delete` command, so that libmongoc sends them: in as many messages as the server's limits ask for,
/// and again after a network error where that is safe.
struct MongoWriteList {
  let collection: String
  private(set) var writes: [MongoWrite] = []
  /// What holds for all of them, in libmongoc's words.
  let options: BSONDocument
  let bypassesValidation: Bool

  private static let common: Set<String> = [
    "ordered", "writeConcern", "comment", "let", "bypassDocumentValidation", "$db", "maxTimeMS",
  ]

  /// `nil` when the command has something libmongoc has no words for; it is then sent as it stands.
  init?(_ command: BSONDocument) {
    guard let first = command.first(where: { _ in true }), case .string(let collection) = first.value else {
      return nil
    }
    let name = first.name
    let listName = name == "insert" ? "documents" : name + "s"
    guard !command.contains(where: { !Self.common.contains($0.name) && $0.name != name && $0.name != listName }),
      case .array(let list)? = command[listName]
    else { return nil }
    self.collection = collection
    options = command.removing([name, listName, "bypassDocumentValidation", "$db", "maxTimeMS"])
    guard let bypasses = Self.isTrue(command["bypassDocumentValidation"]) else { return nil }
    bypassesValidation = bypasses
    for item in list {
      guard case .document(let document) = item else { return nil }
      guard let write = name == "insert" ? .insert(document) : Self.write(name, document) else { return nil }
      writes.append(write)
    }
    if writes.isEmpty { return nil }
  }

  /// Whether a switch is on; `nil` for what is neither on nor off.
  private static func isTrue(_ value: BSONValue?) -> Bool? {
    switch value {
    case .bool(let isTrue)?: isTrue
    case nil: false
    default: nil
    }
  }

  private static func write(_ name: String, _ statement: BSONDocument) -> MongoWrite? {
    guard case .document(let filter)? = statement["q"] else { return nil }
    return name == "update" ? update(filter, statement) : delete(filter, statement)
  }

  private static func update(_ filter: BSONDocument, _ statement: BSONDocument) -> MongoWrite? {
    let known: Set<String> = ["q", "u", "multi", "upsert", "collation", "arrayFilters", "hint"]
    guard !statement.contains(where: { !known.contains($0.name) }), let isMany = isTrue(statement["multi"]) else {
      return nil
    }
    let options = statement.removing(["q", "u", "multi"])
    switch statement["u"] {
    case .document(let change):
      let hasOperators = change.first { _ in true }?.name.hasPrefix("$") == true
      if hasOperators {
        return MongoWrite(
          isMany ? .updateMany(filter: filter, change: change) : .updateOne(filter: filter, change: change),
          options: options)
      }
      return isMany ? nil : MongoWrite(.replaceOne(filter: filter, document: change), options: options)
    case .array(let pipeline) where !pipeline.isEmpty:
      return MongoWrite(
        isMany
          ? .updateMany(filter: filter, change: pipeline.document)
          : .updateOne(filter: filter, change: pipeline.document),
        options: options)
    default: return nil
    }
  }

  private static func delete(_ filter: BSONDocument, _ statement: BSONDocument) -> MongoWrite? {
    let known: Set<String> = ["q", "limit", "collation", "hint"]
    guard !statement.contains(where: { !known.contains($0.name) }) else { return nil }
    let options = statement.removing(["q", "limit"])
    switch statement["limit"]?.integer {
    case 0: return MongoWrite(.deleteMany(filter: filter), options: options)
    case 1: return MongoWrite(.deleteOne(filter: filter), options: options)
    default: return nil
    }
  }
}
