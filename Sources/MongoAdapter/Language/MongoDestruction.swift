/// Finds what a command destroys beyond documents that it chooses.
enum MongoDestruction {
  /// What follows the command's name: `removes every document of orders`. `nil` when it destroys nothing of the kind.
  static func found(in command: BSONDocument) -> String? {
    guard let (name, value) = command.first(where: { _ in true }) else { return nil }
    let target = value.text ?? "what it names"
    switch name {
    case "dropDatabase": return "removes the database"
    case "drop": return "removes the collection \(target)"
    case "dropIndexes", "deleteIndexes": return "removes indexes of \(target)"
    case "dropAllUsersFromDatabase": return "removes every user of the database"
    case "dropAllRolesFromDatabase": return "removes every role of the database"
    case "dropUser", "dropRole": return "removes \(target)"
    case "delete": return ofDeletes(command["deletes"], target)
    case "update": return ofUpdates(command["updates"], target)
    case "bulkWrite": return ofOperations(command["ops"])
    case "convertToCapped": return "removes the documents of \(target) that do not fit"
    case "renameCollection":
      return isTrue(command["dropTarget"]) ? "removes the collection \(command["to"]?.text ?? "it renames to")" : nil
    case "aggregate": return ofPipeline(command["pipeline"])
    case "mapReduce", "mapreduce": return ofMapReduce(command["out"])
    default: return nil
    }
  }

  // MARK: Documents

  private static func ofDeletes(_ list: BSONValue?, _ target: String) -> String? {
    documents(list).contains { isEmpty($0["q"]) && isForAll($0["limit"]) } ? "removes every document of \(target)" : nil
  }

  private static func ofUpdates(_ list: BSONValue?, _ target: String) -> String? {
    documents(list).contains { isEmpty($0["q"]) && isTrue($0["multi"]) } ? "changes every document of \(target)" : nil
  }

  /// The operations of `bulkWrite`, which the server has since 8.0.
  private static func ofOperations(_ list: BSONValue?) -> String? {
    for operation in documents(list) where isEmpty(operation["filter"]) && isTrue(operation["multi"]) {
      if operation["delete"] != nil { return "removes every document of a collection" }
      if operation["update"] != nil { return "changes every document of a collection" }
    }
    return nil
  }

  // MARK: Results that replace a collection

  private static func ofPipeline(_ pipeline: BSONValue?) -> String? {
    for stage in documents(pipeline) {
      guard let out = stage["$out"] else { continue }
      if case .document(let place) = out { return "replaces the collection \(place["coll"]?.text ?? "it names")" }
      return "replaces the collection \(out.text ?? "it names")"
    }
    return nil
  }

  private static func ofMapReduce(_ out: BSONValue?) -> String? {
    switch out {
    case .string(let name): "replaces the collection \(name)"
    case .document(let place): place["replace"].map { "replaces the collection \($0.text ?? "it names")" }
    default: nil
    }
  }

  // MARK: Values

  private static func documents(_ list: BSONValue?) -> [BSONDocument] {
    guard case .array(let elements)? = list else { return [] }
    return elements.compactMap { if case .document(let document) = $0 { document } else { nil } }
  }

  /// Whether a condition chooses nothing. `{}` and a missing one do not.
  private static func isEmpty(_ condition: BSONValue?) -> Bool {
    switch condition {
    case nil: true
    case .document(let document)?:
      document.allSatisfy { name, value in
        switch (name, value) {
        case ("$comment", _): true
        case ("$and", .array(let parts)), ("$or", .array(let parts)): parts.allSatisfy { isEmpty($0) }
        case ("$expr", .bool(let holds)): holds
        case ("$alwaysTrue", _): true
        default: false
        }
      }
    default: false
    }
  }

  /// Only a limit of one means one document: the server takes whatever is no number for none.
  private static func isForAll(_ limit: BSONValue?) -> Bool {
    switch limit {
    case .int32(let number)?: number != 1
    case .int64(let number)?: number != 1
    case .double(let number)?: number != 1
    default: true
    }
  }

  private static func isTrue(_ value: BSONValue?) -> Bool {
    switch value {
    case .bool(let flag)?: flag
    case .int32(let number)?: number != 0
    case .int64(let number)?: number != 0
    case .double(let number)?: number != 0
    default: false
    }
  }
}
