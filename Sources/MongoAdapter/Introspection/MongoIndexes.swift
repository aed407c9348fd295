internal import DBAdapterCore

extension MongoCatalogue {
  /// The indexes of a collection, with their size and how often they were used; none for views.
  /// - Parameter notes: gets what is not known of them, and why.
  func indexes(
    of collection: MongoCollection, _ storage: MongoStorage?, _ notes: inout [String]
  ) throws(DBError) -> [IndexInfo] {
    guard collection.kind != .view else { return [] }
    let entries: [BSONDocument]
    do throws(DBError) {
      entries = try session.documents(
        ["listIndexes": .string(collection.name)], on: collection.database, operation)
    } catch  where error.isAnswer && !operation.mustStop {
      notes.append("indexes are not known: \(error.reason(for: "listIndexes"))")
      return []
    }
    let usage = try usage(of: collection, &notes)
    return entries.compactMap { entry in
      guard let name = entry["name"]?.text, let key = entry["key"]?.document else { return nil }
      let isPrimary = name == "_id_" || entry["clustered"] == .bool(true)
      return IndexInfo(
        name: name, method: Self.method(key, entry), keys: Self.keys(key, entry),
        isUnique: entry["unique"] == .bool(true) || isPrimary, isPrimary: isPrimary,
        predicate: entry["partialFilterExpression"]?.extendedJSON(), isValid: entry["hidden"] != .bool(true),
        definition: entry.removing(["v", "ns"]).extendedJSON(),
        size: storage?.indexBytes[name].map { Estimate($0, isExact: true, source: MongoStorage.source) },
        comment: Self.comment(entry, usage[name]))
    }
  }

  /// How often each index was used since the server began to count.
  private func usage(of collection: MongoCollection, _ notes: inout [String]) throws(DBError) -> [String: BSONDocument]
  {
    let stages: BSONValue = [["$indexStats": [:]]]
    do throws(DBError) {
      let all = try session.documents(
        ["aggregate": .string(collection.name), "pipeline": stages, "cursor": [:]], on: collection.database, operation)
      let counts = all.compactMap { entry in
        entry["name"]?.text.flatMap { name in entry["accesses"]?.document.map { (name, $0) } }
      }
      return Dictionary(counts, uniquingKeysWith: { first, _ in first })
    } catch  where error.isAnswer && !operation.mustStop {
      notes.append("how often indexes are used is not known: \(error.reason(for: "$indexStats"))")
      return [:]
    }
  }

  /// `btree`, or what the first special key says: `text`, `2dsphere`, `hashed`, `wildcard`.
  private static func method(_ key: BSONDocument, _ entry: BSONDocument) -> String {
    if entry["clustered"] == .bool(true) { return "clustered" }
    for (name, value) in key {
      if let kind = value.text { return kind }
      if name == "$**" || name.hasSuffix(".$**") { return "wildcard" }
    }
    return "btree"
  }

  private static func keys(_ key: BSONDocument, _ entry: BSONDocument) -> [IndexInfo.Key] {
    let collation = entry.value(at: "collation.locale")?.text
    return key.flatMap { name, value -> [IndexInfo.Key] in
      switch name {
      // A text index keeps its fields as weights.
      case "_fts":
        return entry["weights"]?.document?.map { IndexInfo.Key(column: $0.name, operatorClass: "text") } ?? []
      case "_ftsx": return []
      default:
        return [
          IndexInfo.Key(
            column: name, isDescending: value.integer.map { $0 < 0 } ?? false, collation: collation,
            operatorClass: value.text)
        ]
      }
    }
  }

  /// What no field of an index holds: `sparse, expires after 3600 s, hidden, used 17 times`.
  private static func comment(_ entry: BSONDocument, _ usage: BSONDocument?) -> String? {
    var facts: [String] = []
    if entry["sparse"] == .bool(true) { facts.append("sparse") }
    if let seconds = entry["expireAfterSeconds"]?.integer { facts.append("expires after \(seconds) s") }
    if entry["hidden"] == .bool(true) { facts.append("hidden") }
    if let count = usage?["ops"]?.integer { facts.append("used \(count) \(count == 1 ? "time" : "times")") }
    return facts.isEmpty ? nil : facts.joined(separator: ", ")
  }
}
