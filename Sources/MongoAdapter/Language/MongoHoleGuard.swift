internal import DBAdapterCore

/// Makes sure that an interpolated value is a value, and never something the server acts upon.
///
/// No document among the values may have a name that begins with `$`, at any depth. A text that begins with `$` may stand only where the
/// server takes it as it is: in filters, in inserted documents, in the operators of an update, and under `$literal`. No value may be
/// JavaScript, and none may bring whole statements or all that a stage says of another collection.
struct MongoHoleGuard {
  private let command: BSONDocument

  init(_ command: BSONDocument) { self.command = command }

  /// What the server makes of a value where it stands.
  private enum Place {
    /// A value as it is.
    case data
    /// The condition of a filter.
    case filter
    /// An expression: texts that begin with `$` are fields and variables.
    case expression
    /// JavaScript.
    case code
    /// A list of statements or one of them, or what names a collection beside what is done with it.
    case statement
  }

  /// Refuses names that begin with `$` in any value, wherever it stands.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` with the number of the interpolated value and how to write it instead.
  static func checkNames(_ holes: [MongoFilledHole]) throws(DBError) {
    for hole in holes {
      guard let name = hole.value.operatorName else { continue }
      throw refused(
        hole, "it has the name \"\(name)\", which the server would read as an operator",
        "write the operators in the text, and interpolate the values: {age: {$gt: \\(age)}}")
    }
  }

  /// Refuses values that the server would not take as they are where they stand.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` with the number of the interpolated value and how to write it instead.
  func checkPlaces(_ holes: [MongoFilledHole]) throws(DBError) {
    for hole in holes {
      switch place(of: hole.path[...], in: command) {
      case .data, .filter: break
      case .expression:
        guard let text = hole.value.fieldPath else { continue }
        throw Self.refused(
          hole,
          "its text \"\(text.prefix(20))\" begins with \"$\", which the server would read here as a field or a variable",
          "write {$literal: \\(value)} for the text itself")
      case .code:
        throw Self.refused(
          hole, "it would be JavaScript", "write the code in the text, and pass values with $expr or as its arguments")
      case .statement:
        switch hole.value {
        case _ where hole.value.fieldPath != nil, .document, .array:
          throw Self.refused(
            hole, "it would be a whole statement", "write its names in the text, and interpolate the values")
        default: break
        }
      }
    }
  }

  private static func refused(_ hole: MongoFilledHole, _ reason: String, _ advice: String) -> DBError {
    DBError(.invalidParameter, "interpolated value \(hole.number): \(reason); \(advice)")
  }

  private func place(of path: ArraySlice<MongoPathStep>, in command: BSONDocument) -> Place {
    guard case .name(let field)? = path.first, let name = command.names.first else { return .statement }
    let rest = path.dropFirst()
    switch (name, field) {
    case (_, "comment"): return .data
    case ("find", "filter"), ("count", "query"), ("distinct", "query"), ("listCollections", "filter"),
      ("listDatabases", "filter"), ("create", "validator"), ("collMod", "validator"), ("currentOp", _):
      return place(in: rest, from: .filter)
    case ("findAndModify", _), ("findandmodify", _):
      if field == "query" || field == "arrayFilters" { return place(in: rest, from: .filter) }
      return field == "update" ? change(command["update"], rest) : place(in: rest, from: .expression)
    case ("insert", "documents"): return .data
    case ("update", "updates"), ("delete", "deletes"): return statement(rest, command[field])
    case ("createIndexes", "indexes") where rest.contains(.name("partialFilterExpression")):
      return place(in: rest, from: .filter)
    case ("mapReduce", "query"), ("mapreduce", "query"): return place(in: rest, from: .filter)
    case ("mapReduce", _) where Self.codeOfMapReduce.contains(field),
      ("mapreduce", _) where Self.codeOfMapReduce.contains(field), ("eval", _), ("$eval", _), ("group", _):
      return .code
    case ("mapReduce", "out"), ("mapreduce", "out"): return .statement
    case ("explain", "explain"):
      guard !rest.isEmpty, case .document(let inner)? = command["explain"] else { return .statement }
      return place(of: rest, in: inner)
    case ("bulkWrite", "ops"): return operation(rest, command[field])
    case ("applyOps", _): return .statement
    case (_, "pipeline") where rest.count <= 1: return .statement
    default: return place(in: rest, from: .expression)
    }
  }

  /// `scope` is what the code finds there, code among it.
  private static let codeOfMapReduce: Set<String> = ["map", "reduce", "finalize", "scope"]

  /// A statement of a `bulkWrite`.
  private func operation(_ path: ArraySlice<MongoPathStep>, _ operations: BSONValue?) -> Place {
    guard path.count >= 2, case .position(let position)? = path.first,
      case .name(let field) = path[path.startIndex + 1], case .array(let list)? = operations
    else { return .statement }
    let rest = path.dropFirst(2)
    switch field {
    case "document": return .data
    case "filter", "arrayFilters": return place(in: rest, from: .filter)
    case "updateMods":
      guard case .document(let operation)? = list.document[String(position)] else { return .statement }
      return change(operation["updateMods"], rest)
    default: return place(in: rest, from: .expression)
    }
  }

  /// A statement of an `update` or `delete`.
  private func statement(_ path: ArraySlice<MongoPathStep>, _ statements: BSONValue?) -> Place {
    guard path.count >= 2, case .position(let position)? = path.first,
      case .name(let field) = path[path.startIndex + 1],
      case .array(let list)? = statements
    else { return .statement }
    let rest = path.dropFirst(2)
    switch field {
    case "q", "arrayFilters": return place(in: rest, from: .filter)
    case "u":
      guard case .document(let statement)? = list.document[String(position)] else { return .statement }
      return change(statement["u"], rest)
    default: return place(in: rest, from: .expression)
    }
  }

  /// The change of an update: a pipeline of expressions, or operators and plain documents, whose values are taken as they are.
  private func change(_ change: BSONValue?, _ path: ArraySlice<MongoPathStep>) -> Place {
    guard case .array = change else { return .data }
    return path.count <= 1 ? .statement : place(in: path, from: .expression)
  }

  private func place(in path: ArraySlice<MongoPathStep>, from start: Place) -> Place {
    var place = start
    var (outer, previous) = ("", "")
    for case .name(let name) in path {
      if let arguments = Self.argumentsOfCode[previous], !arguments.contains(name) { return .code }
      switch (place, name) {
      case (.data, _), (.code, _), (.statement, _): return place
      case (.filter, "$expr"): place = .expression
      case (_, "$where"): return .code
      case (.expression, "$literal"): return .data
      case (.expression, "$match"): place = .filter
      case (.expression, "query") where previous == "$geoNear": place = .filter
      case (.expression, "restrictSearchWithMatch") where previous == "$graphLookup": place = .filter
      default: break
      }
      (outer, previous) = (previous, name)
    }
    if Self.argumentsOfCode[previous] != nil { return .code }
    let isSource =
      Self.joins.contains(previous) || Self.joins.contains(outer) && ["from", "into", "coll"].contains(previous)
    return place == .expression && isSource ? .statement : place
  }

  /// Operators of JavaScript, and where values stand in them.
  private static let argumentsOfCode: [String: Set<String>] = [
    "$function": ["args"], "$accumulator": ["accumulateArgs", "initArgs"],
  ]

  /// Stages of which the whole value, or that of a field, would pick a collection.
  private static let joins: Set<String> = ["$lookup", "$graphLookup", "$unionWith", "$merge", "$out"]
}

extension BSONValue {
  /// The first name within the value that begins with `$`.
  fileprivate var operatorName: String? {
    switch self {
    case .document(let document): document.operatorName
    case .array(let array): array.document.operatorName
    case .codeWithScope(let code): code.scope.operatorName
    default: nil
    }
  }

  /// The first text within the value that begins with `$`.
  fileprivate var fieldPath: String? {
    switch self {
    case .string(let text), .symbol(let text): text.utf8.first == UInt8(ascii: "$") ? text : nil
    case .invalidText(let text): text.bytes.bytes.first == UInt8(ascii: "$") ? text.bytes.description : nil
    case .document(let document): document.fieldPath
    case .array(let array): array.document.fieldPath
    default: nil
    }
  }
}

extension BSONDocument {
  fileprivate var operatorName: String? {
    for (name, value) in self {
      if name.utf8.first == UInt8(ascii: "$") { return name }
      if let name = value.operatorName { return name }
    }
    return nil
  }

  fileprivate var fieldPath: String? {
    for (_, value) in self { if let text = value.fieldPath { return text } }
    return nil
  }
}
