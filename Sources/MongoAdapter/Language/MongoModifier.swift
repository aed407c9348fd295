/// A method behind a query: `.sort({…})`.
struct MongoModifier {
  let call: MongoCall
  let values: ExtendedJSONParser

  init(call: MongoCall, parser: MongoStatementParser) {
    self.call = call
    values = parser.values
  }

  func applied(to draft: MongoCommandDraft) throws(BSONError) -> MongoCommandDraft {
    let isFind = draft.has("find")
    switch call.name {
    case "toArray", "pretty":
      guard call.arguments.isEmpty else { throw failure("\(call.name) takes no arguments") }
      return draft
    case "explain": return try explained(draft)
    case "count", "itcount", "size": return try counted(draft)
    case "batchSize" where draft.has("aggregate"):
      var draft = draft
      draft.set(
        "cursor",
        MongoArgument(value: .document(try BSONDocument([("batchSize", try argument().value)])), holes: [], start: 0))
      return draft
    default:
      guard isFind || draft.has("aggregate"), let field = Self.fields[call.name],
        isFind || Self.aggregateModifiers.contains(call.name)
      else { throw unknown(isFind) }
      var draft = draft
      if Self.switches.contains(call.name), call.arguments.isEmpty {
        draft.set(field, MongoArgument(value: true, holes: [], start: call.start))
      } else {
        draft.set(field, try argument())
      }
      return draft
    }
  }

  /// The field of the command that each modifier sets.
  private static let fields = [
    "sort": "sort", "skip": "skip", "limit": "limit", "hint": "hint", "batchSize": "batchSize",
    "maxTimeMS": "maxTimeMS",
    "collation": "collation", "comment": "comment", "project": "projection", "projection": "projection",
    "allowDiskUse": "allowDiskUse", "min": "min", "max": "max", "returnKey": "returnKey",
    "showRecordId": "showRecordId", "noCursorTimeout": "noCursorTimeout", "readConcern": "readConcern", "let": "let",
  ]
  private static let switches: Set<String> = ["allowDiskUse", "returnKey", "showRecordId", "noCursorTimeout"]
  private static let aggregateModifiers: Set<String> = [
    "hint", "maxTimeMS", "collation", "comment", "allowDiskUse", "readConcern", "let",
  ]

  private func argument() throws(BSONError) -> MongoArgument {
    guard call.arguments.count == 1 else { throw failure("\(call.name) takes one argument") }
    return call.arguments[0]
  }

  private func explained(_ draft: MongoCommandDraft) throws(BSONError) -> MongoCommandDraft {
    guard call.arguments.count <= 1, !draft.has("explain") else {
      throw failure("expected explain(\"executionStats\")")
    }
    guard let verbosity = call.arguments.first else { return try draft.explained(nil) }
    switch verbosity.value {
    case "queryPlanner", "executionStats", "allPlansExecution": return try draft.explained(verbosity)
    default:
      throw values.failure(
        "the verbosities of explain are \"queryPlanner\", \"executionStats\" and \"allPlansExecution\"",
        at: verbosity.start)
    }
  }

  /// The number of the documents that a query finds.
  private func counted(_ draft: MongoCommandDraft) throws(BSONError) -> MongoCommandDraft {
    guard draft.has("find") else { throw unknown(false) }
    guard call.arguments.isEmpty else { throw failure("\(call.name) takes no arguments here") }
    var count = MongoCommandDraft(database: draft.database)
    let kept = [
      "find": "count", "filter": "query", "skip": "skip", "limit": "limit", "hint": "hint", "collation": "collation",
      "maxTimeMS": "maxTimeMS", "comment": "comment", "readConcern": "readConcern",
    ]
    for element in draft.elements {
      guard let name = kept[element.name] else { continue }
      let holes = draft.holes.filter { $0.path.first == .name(element.name) }.map { hole in
        var hole = hole
        hole.path.removeFirst()
        return hole
      }
      count.add(name, MongoArgument(value: element.value, holes: holes, start: call.start))
    }
    return count
  }

  private func failure(_ message: String) -> BSONError { values.failure(message, at: call.start) }

  private func unknown(_ isFind: Bool) -> BSONError {
    let names =
      isFind
      ? Self.fields.keys.sorted() + ["count", "explain", "toArray", "pretty"] : ["explain", "toArray", "pretty"]
    return failure("\(call.name) cannot stand here\(NearNames.suggestion(for: call.name, among: names))")
  }
}
