internal import DBAdapterCore

/// What a reply of lists in lists means: RESP2 has no maps, so a command has to be known for its pairs to be told from its lists.
indirect enum ReplyForm: Sendable {
  /// Just what it is.
  case plain
  /// Names and values in turn; some values have a form of their own.
  case map([String: ReplyForm] = [:], others: ReplyForm = .plain)
  /// Elements of one form.
  case list(ReplyForm)
  /// Elements by their place; what comes after is plain.
  case tuple([ReplyForm])

  static let maps = list(.map())
  /// An entry of a stream: its id, its fields.
  static let entry = tuple([.plain, .map()])
  static let entries = list(entry)

  /// The reply as a value: a map is a document, unless one of its names is not text; then it stays the list it came as.
  func value(of reply: RedisReply) -> DBValue {
    guard reply.kind == .array else { return reply.value }
    switch self {
    case .plain: return reply.value
    case .map(let forms, let others): return document(reply, forms, others) ?? reply.value
    case .list(let form): return .array(DBArray(reply.elements.map { form.value(of: $0) }))
    case .tuple(let forms):
      return .array(
        DBArray(reply.elements.enumerated().map { (forms.indices.contains($0) ? forms[$0] : .plain).value(of: $1) }))
    }
  }

  /// The form of the value with a name.
  func form(of name: String?) -> ReplyForm {
    guard case .map(let forms, let others) = self else { return .plain }
    return name.flatMap { forms[$0] } ?? others
  }

  private func document(
    _ reply: RedisReply, _ forms: [String: ReplyForm], _ others: ReplyForm
  ) -> DBValue? {
    guard reply.elements.count.isMultiple(of: 2) else { return nil }
    var fields: [DBDocument.Field] = []
    fields.reserveCapacity(reply.elements.count / 2)
    for (name, value) in reply.pairs {
      guard let name = name.text else { return nil }
      fields.append(DBDocument.Field(name, (forms[name] ?? others).value(of: value)))
    }
    return .document(DBDocument(fields))
  }
}
