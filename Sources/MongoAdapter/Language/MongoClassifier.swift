internal import DBAdapterCore

/// Says what a command does, by lists of known commands and stages: what is on none of them is unknown, and unknown counts as a write.
///
/// It looks into pipelines, filters and expressions at any depth. What it cannot see is the definition of a view, which the server keeps;
/// a view holds no stage that writes, but may hold a function.
enum MongoClassifier {
  static func classify(_ command: MongoCommand) -> StatementClassification { classify(command.document, depth: 0) }

  static func classify(_ command: BSONDocument) -> StatementClassification { classify(command, depth: 0) }

  private static func classify(_ command: BSONDocument, depth: Int) -> StatementClassification {
    guard let (name, value) = command.first(where: { _ in true }) else {
      return StatementClassification(.unknown, summary: "nothing", statementCount: 0)
    }
    if name == "explain" { return explained(value, command, depth) }
    guard let known = MongoCommandTable.effects[name] else { return unknown(name) }
    var result = StatementClassification(known, summary: name)
    if let effect = effectOfArguments(name, value, command) { result.effect = effect }
    inspect(command, of: name, &result)
    return result
  }

  /// A command that is only explained still needs what running it would.
  private static func explained(_ value: BSONValue, _ command: BSONDocument, _ depth: Int) -> StatementClassification {
    guard depth == 0, case .document(let inner) = value else { return unknown("explain") }
    var result = classify(inner, depth: depth + 1)
    result.statementCount = 1
    result.summary = "explain of \(result.summary)"
    inspectNames(of: command, &result)
    return result
  }

  /// A command that is not known, by its name if that looks like one and not like a value that got there.
  private static func unknown(_ name: String) -> StatementClassification {
    let isName = name.utf8.count <= 40 && !name.isEmpty && name.utf8.allSatisfy { ExtendedJSONParser.isWordPart($0) }
    return StatementClassification(
      .unknown, summary: isName ? name : "the command",
      hint: isName ? "check its name, in which capitals count" : nil)
  }

  /// What the arguments of some commands change.
  private static func effectOfArguments(
    _ name: String, _ value: BSONValue, _ command: BSONDocument
  ) -> StatementClassification.Effect? {
    switch name {
    case "profile": return value == -1 ? .read : nil
    case "validate":
      return command.contains { ["repair", "fixMultikey"].contains($0.name) && $0.value != false }
        ? .administration : nil
    case "usersInfo":
      return command.contains { $0.name == "showCredentials" && $0.value != false } ? .administration : nil
    case "insert", "update", "delete", "findAndModify", "findandmodify":
      if case .string(let collection) = value, collection.hasPrefix("system.") { return .administration }
      return nil
    default: return nil
    }
  }

  private static func inspect(_ command: BSONDocument, of name: String, _ result: inout StatementClassification) {
    inspectNames(of: command, &result)
    // What is inserted is data, whatever its names.
    guard name != "insert" else { return }
    var findings = MongoFindings()
    for (field, value) in command {
      if field == "pipeline" { findings.look(intoPipeline: value) } else { findings.look(into: value) }
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

  /// Arguments that any command may have.
  private static func inspectNames(of command: BSONDocument, _ result: inout StatementClassification) {
    for name in command.names {
      switch name {
      case "startTransaction", "autocommit", "txnNumber", "lsid":
        if result.effect == .read || result.effect == .write { result.effect = .transactionControl }
      case "$readPreference": break
      case "runtimeConstants", "legacyRuntimeConstants", "fromMongos", "fromRouter", "needsMerge", "exchange":
        if result.effect == .read { result.effect = .unknown }
      default:
        if name.hasPrefix("$"), result.effect == .read { result.effect = .unknown }
      }
    }
  }
}
