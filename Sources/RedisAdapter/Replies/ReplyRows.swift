internal import DBAdapterCore

/// Replies as rows and as values.
///
/// A command that is known has columns of its own (``KnownReplies``). For all others, and for replies a known command gives under other
/// circumstances (`QUEUED` in a transaction), the reply alone decides:
///
/// | reply | rows | shape |
/// |---|---|---|
/// | status | one, `reply`: text | acknowledged for `OK`, else scalar |
/// | integer | one, `value`: int | scalar |
/// | string | one, `value`: text, or bytes where it is not valid UTF-8 | scalar |
/// | null | one, `value`: null | scalar |
/// | array | one an element, `value`; arrays in it are arrays, errors in it native values | list |
enum ReplyRows {
  /// The reply to a command as rows. An error reply is thrown before it comes here.
  /// - Parameter rowLimit: the most rows; a longer reply is cut and says so.
  /// - Parameter facts: what the server says of the command, where that is known.
  static func result(
    of reply: RedisReply, to command: RedisCommand, _ facts: RedisCommandFacts? = nil, rowLimit: Int?
  ) -> QueryResult {
    let known = KnownReplies.find(command, facts)
    let rows = known.layout?.rows(reply, command, rowLimit)
    let shape = rows == nil ? nil : known.layout?.shape
    var table = rows ?? general(reply, rowLimit)
    var result = QueryResult(rows: table.finish(), reply: shape ?? Self.shape(of: reply), commandTag: known.name)
    if table.isCut, let rowLimit { result.truncation = Truncation(.rowLimit, limit: rowLimit) }
    if known.counts, reply.kind == .integer { result.affectedRows = reply.integer.map { Int($0) } }
    return result
  }

  /// The reply in its own shape; lists of names and values are documents where the command is known to reply with such.
  static func native(_ reply: RedisReply, to command: RedisCommand) -> DBValue {
    (KnownReplies.find(command).layout?.form ?? .plain).value(of: reply)
  }

  private static let value = ColumnSet([.string("value")])
  private static let number = ColumnSet([.integer("value")])
  private static let status = ColumnSet([.string("reply")])
  private static let elements = ColumnSet([.any("value")])

  private static func general(_ reply: RedisReply, _ limit: Int?) -> ReplyTable {
    switch reply.kind {
    case .status, .error: one(reply, in: status, limit)
    case .integer: one(reply, in: number, limit)
    case .bulk, .null: one(reply, in: value, limit)
    case .array: list(reply, in: elements, limit)
    }
  }

  private static func one(_ reply: RedisReply, in columns: ColumnSet, _ limit: Int?) -> ReplyTable {
    var table = ReplyTable(columns, limit: limit)
    if table.begin() { table.append(reply) }
    return table
  }

  /// A row an element.
  static func list(_ reply: RedisReply, in columns: ColumnSet, _ limit: Int?) -> ReplyTable {
    var table = ReplyTable(columns, limit: limit)
    for element in reply.elements {
      guard table.begin() else { break }
      table.append(element)
    }
    return table
  }

  private static func shape(of reply: RedisReply) -> ReplyShape {
    switch reply.kind {
    case .array: .list
    case .status where reply.text == "OK" || reply.text == "QUEUED": .acknowledged
    case .status, .error, .integer, .bulk, .null: .scalar
    }
  }
}

extension RedisCommand {
  /// Whether a keyword stands among the arguments from a position on.
  func has(_ keyword: String, from position: Int) -> Bool {
    position < count && (position..<count).contains { isKeyword(keyword, at: $0) }
  }

  func isKeyword(_ keyword: String, at position: Int) -> Bool {
    let argument = self[position]
    return argument.count == keyword.utf8.count
      && zip(argument, keyword.utf8).allSatisfy { byte, letter in byte == letter || byte == letter | 0x20 }
  }
}
