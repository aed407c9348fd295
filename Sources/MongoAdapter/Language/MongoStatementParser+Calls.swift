extension MongoStatementParser {
  /// What stands behind `db`: names of a collection, then methods.
  mutating func methodCalls() throws(BSONError) -> MongoCommandDraft {
    var target = MongoTarget(connection: database)
    var isExplained: MongoCall?
    while true {
      let (segment, start) = try self.segment()
      try values.skipSpace()
      guard values.peek() == UInt8(ascii: "(") else {
        try target.add(segment, at: start, in: values)
        continue
      }
      guard segment.isMethod else { throw values.failure("expected a method before '('", at: start) }
      let call = MongoCall(name: segment.parts[0], arguments: try arguments(), start: start)
      switch call.name {
      case "getSiblingDB" where target.collection == nil: target.database = try name(of: call)
      case "getCollection" where target.collection == nil: target.collection = try name(of: call)
      case "explain" where target.collection != nil && isExplained == nil: isExplained = call
      default:
        var draft = try MongoMethods(target: target, call: call, parser: self).draft()
        if let explain = isExplained { draft = try draft.explained(explain.arguments.first) }
        return try modifiers(of: draft, after: call)
      }
    }
  }

  private func name(of call: MongoCall) throws(BSONError) -> String {
    guard call.arguments.count == 1, case .string(let name) = call.arguments[0].value, !name.isEmpty else {
      throw values.failure("expected \(call.name)(\"name\")", at: call.start)
    }
    return name
  }

  /// `.name`, `.\(identifier: name)` or `["name"]`.
  private mutating func segment() throws(BSONError) -> (segment: MongoSegment, start: Int) {
    try values.skipSpace()
    if values.take("[") {
      let argument = try self.argument()
      guard case .string(let name) = argument.value, !name.isEmpty else {
        throw values.failure("expected the name of a collection in quotes", at: argument.start)
      }
      try values.skipSpace()
      guard values.take("]") else { throw values.failure("expected ']'") }
      return (MongoSegment(parts: [name], isMethod: false), argument.start)
    }
    guard values.take(".") else {
      throw values.failure("expected '.', a collection and a method, such as db.users.find()")
    }
    try values.skipSpace()
    let start = values.position
    if let parts = values.takeIdentifierHole() { return (MongoSegment(parts: parts, isMethod: false), start) }
    guard let name = values.takeIdentifier() else {
      throw values.failure("expected the name of a collection or a method")
    }
    return (MongoSegment(parts: [name], isMethod: true), start)
  }

  /// `.sort({…}).limit(5)` behind a query.
  private mutating func modifiers(
    of draft: MongoCommandDraft, after call: MongoCall
  ) throws(BSONError) -> MongoCommandDraft {
    var draft = draft
    while true {
      try values.skipSpace()
      guard values.take(".") else { return draft }
      try values.skipSpace()
      let start = values.position
      guard let name = values.takeIdentifier() else { throw values.failure("expected a method") }
      try values.skipSpace()
      let modifier = MongoCall(name: name, arguments: try arguments(), start: start)
      draft = try MongoModifier(call: modifier, parser: self).applied(to: draft)
    }
  }
}

extension ExtendedJSONParser {
  /// The parts of an interpolated name that stands here.
  fileprivate mutating func takeIdentifierHole() -> [String]? {
    guard peek() == MongoHole.marker, nextHole < holes.count, case .identifier(let parts) = holes[nextHole] else {
      return nil
    }
    nextHole += 1
    position += 1
    return parts
  }
}
