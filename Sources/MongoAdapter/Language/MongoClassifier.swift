internal import DBAdapterCore

/// Says what a command does, by lists of known commands and stages: what is on none of them is unknown, and unknown counts as a write.
///
/// It looks into pipelines, filters and expressions at any depth. What it cannot see is the definition of a view, which the server keeps: a view
/// holds no stage that writes, but it may hold `$function`, so that reading a view may run JavaScript that somebody stored there. Such code
/// cannot write, as the server gives it no way to the data, but it can keep the server busy.
enum MongoClassifier {
  /// - Parameter database: that of the connection, for a command that names none; `nil` when it is not known.
  static func classify(_ command: MongoCommand, database: String? = nil) -> StatementClassification {
    classify(command.document, in: command.database ?? database, depth: 0)
  }

  static func classify(_ command: BSONDocument) -> StatementClassification { classify(command, in: nil, depth: 0) }

  private static func classify(_ command: BSONDocument, in database: String?, depth: Int) -> StatementClassification {
    guard let (name, value) = command.first(where: { _ in true }) else {
      return StatementClassification(.unknown, summary: "nothing", statementCount: 0)
    }
    if name == "explain" { return explained(value, command, in: database, depth) }
    guard let known = MongoCommandTable.effects[name] else { return unknown(name) }
    var result = StatementClassification(known, summary: name)
    if let effect = effectOfArguments(name, value, command) { result.effect = effect }
    inspect(command, of: name, in: database, &result)
    inspectFields(of: command, name, &result)
    // To explain it destroys nothing.
    if depth == 0 { result.destruction = MongoDestruction.found(in: command) }
    return result
  }

  /// A command that is only explained still needs what running it would.
  private static func explained(
    _ value: BSONValue, _ command: BSONDocument, in database: String?, _ depth: Int
  ) -> StatementClassification {
    guard depth == 0, case .document(let inner) = value else { return unknown("explain") }
    var result = classify(inner, in: database, depth: depth + 1)
    result.statementCount = 1
    result.summary = "explain of \(result.summary)"
    inspectNames(of: command, &result)
    inspectFields(of: command, "explain", &result)
    return result
  }

  /// A command that is not known, by its name if that looks like one and not like a value that got there.
  private static func unknown(_ name: String) -> StatementClassification {
    let isName = isShowable(name)
    return StatementClassification(
      .unknown, summary: isName ? name : "the command",
      hint: isName ? "check its name, in which capitals count" : nil)
  }

  private static func isShowable(_ name: String) -> Bool {
    name.utf8.count <= 40 && !name.isEmpty && name.utf8.allSatisfy { ExtendedJSONParser.isWordPart($0) }
  }

  /// What the arguments of some commands change.
  private static func effectOfArguments(
    _ name: String, _ value: BSONValue, _ command: BSONDocument
  ) -> StatementClassification.Effect? {
    switch name {
    case "profile":
      let isQuestion = value.isNumber(-1) && MongoReadFields.unknown(in: command, of: name) == nil
      return isQuestion ? .read : nil
    case "features": return MongoReadFields.unknown(in: command, of: name) == nil ? nil : .administration
    case "validate":
      // With options it repairs, or keeps everybody else waiting.
      return command.dropFirst().contains { !MongoReadFields.ofAll.contains($0.name) && $0.value != false }
        ? .administration : nil
    case "usersInfo":
      return command.contains { $0.name == "showCredentials" && $0.value != false } ? .administration : nil
    case "insert", "update", "delete", "findAndModify", "findandmodify":
      if case .string(let collection) = value, collection.hasPrefix("system.") { return .administration }
      return nil
    case "bulkWrite": return writesToSystem(command) ? .administration : nil
    default: return nil
    }
  }

  /// Whether a `bulkWrite` names a collection of the server's own.
  private static func writesToSystem(_ command: BSONDocument) -> Bool {
    guard case .array(let namespaces)? = command["nsInfo"] else { return false }
    return namespaces.contains { namespace in
      guard case .document(let document) = namespace, let name = document["ns"]?.text else { return false }
      return name.split(separator: ".", maxSplits: 1).last?.hasPrefix("system.") == true
    }
  }

  private static func inspect(
    _ command: BSONDocument, of name: String, in database: String?, _ result: inout StatementClassification
  ) {
    inspectNames(of: command, &result)
    // What is inserted is data, whatever its names.
    guard name != "insert" else { return }
    var findings = MongoFindings(database: database)
    if contentReaders.contains(name), let target = command.first(where: { _ in true })?.value {
      switch target {
      case .string(let collection): findings.look(atSource: collection)
      // The whole database: `aggregate: 1`.
      case .int32, .int64, .double: break
      // A collection by its UUID may be one that is not to be read.
      default: findings.look(atSource: "system.users")
      }
    }
    if name == "create" || name == "collMod", let source = command["viewOn"]?.text { findings.look(atSource: source) }
    for (field, value) in command where field != "comment" {
      if field == "pipeline" { findings.look(intoPipeline: value) } else { findings.look(into: value) }
    }
    if let secret = findings.secrets.first {
      result.effect = .administration
      result.summary = "\(name) of \(secret)"
      return
    }
    for code in findings.scripts where result.effect != .administration {
      result.effect = .procedure
      result.summary = "\(name) with \(code)"
      result.hint = "write the condition with query operators or $expr"
    }
    guard result.effect == .read else { return }
    if let stage = findings.writes.first {
      result.effect = .write
      result.summary = "\(name) with \(stage)"
      result.hint = "leave out \(stage)"
    } else if let stage = findings.administration.first {
      result.effect = .administration
      result.summary = "\(name) with \(stage)"
    } else if let stage = findings.unknown.first {
      result.effect = .unknown
      result.summary = "\(name) with \(stage)"
    }
  }

  /// Commands that show what is in a collection.
  private static let contentReaders: Set<String> = [
    "find", "aggregate", "count", "distinct", "mapReduce", "mapreduce", "findAndModify", "findandmodify",
    "cloneCollectionAsCapped",
  ]

  /// A command that reads has no fields but those that are known to belong to it.
  private static func inspectFields(of command: BSONDocument, _ name: String, _ result: inout StatementClassification) {
    guard result.effect == .read else { return }
    // What it may have beside its name was looked at with its value.
    guard name != "validate", let field = MongoReadFields.unknown(in: command, of: name) else { return }
    let shown = isShowable(field) ? field : "a field that is not known"
    result.effect = .unknown
    result.summary += " with \(shown)"
    result.hint = "leave out \(shown)"
  }

  /// Arguments with which a command belongs to a transaction.
  private static func inspectNames(of command: BSONDocument, _ result: inout StatementClassification) {
    let isPart = command.names.contains { ["startTransaction", "autocommit", "txnNumber", "lsid"].contains($0) }
    if isPart, result.effect == .read || result.effect == .write { result.effect = .transactionControl }
  }
}

extension BSONValue {
  /// Whether it is that number, of any type that the server takes for a number of its commands.
  fileprivate func isNumber(_ wanted: Int32) -> Bool {
    switch self {
    case .int32(let number): number == wanted
    case .int64(let number): number == Int64(wanted)
    case .double(let number): number == Double(wanted)
    default: false
    }
  }
}
