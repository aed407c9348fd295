internal import DBAdapterCore

/// What is known of the reply to a command.
struct ReplyLayout: Sendable {
  typealias Rows = @Sendable (RedisReply, RedisCommand, Int?) -> ReplyTable?

  /// What the reply means as a value.
  var form = ReplyForm.plain
  /// `nil`: what the reply itself is.
  var shape: ReplyShape?
  /// The rows; `nil` when the reply is not of the kind that is expected.
  let rows: Rows

  /// The shape of its kind of layout, the form of the reply, and the rows that `fill` makes of a list; no list (a null) is no rows.
  private static func table(
    _ columns: [ReplyColumn], _ shape: ReplyShape, _ form: ReplyForm,
    _ fill: @escaping @Sendable (RedisReply, RedisCommand, inout ReplyTable) -> Void
  ) -> ReplyLayout {
    let columns = ColumnSet(columns)
    return ReplyLayout(form: form, shape: shape) { reply, command, limit in
      guard reply.kind == .array || reply.isNull else { return nil }
      var table = ReplyTable(columns, limit: limit)
      fill(reply, command, &table)
      return table
    }
  }

  /// A row an element, in one column.
  static func list(_ column: String) -> ReplyLayout {
    let columns = ColumnSet([.string(column)])
    return ReplyLayout { reply, _, limit in
      reply.kind == .array ? ReplyRows.list(reply, in: columns, limit) : nil
    }
  }

  /// Rows of what each element is made of: the closure adds them.
  static func each(
    _ columns: [ReplyColumn], form: ReplyForm = .plain,
    _ add: @escaping @Sendable (RedisReply, inout ReplyTable) -> Void
  ) -> ReplyLayout {
    table(columns, .rows, form) { reply, _, table in for element in reply.elements { add(element, &table) } }
  }

  /// Rows of what the whole reply is made of.
  static func whole(
    _ columns: [ReplyColumn], form: ReplyForm = .plain,
    _ add: @escaping @Sendable (RedisReply, inout ReplyTable) -> Void
  ) -> ReplyLayout {
    table(columns, .rows, form) { reply, _, table in if !reply.isNull { add(reply, &table) } }
  }

  /// Names and values in turn, a row a pair.
  static func map(
    _ name: String = "field", _ value: ReplyColumn = .string("value"), form: ReplyForm = .map()
  ) -> ReplyLayout {
    table([.string(name), value], .map, form) { reply, _, table in
      for (name, value) in reply.pairs where table.begin() {
        table.append(name)
        table.append(form.form(of: name.text).value(of: value), or: value)
      }
    }
  }

  /// Members and scores in turn; also as pairs of their own.
  static let scores = table([.string("member"), .double("score")], .rows, .plain) { reply, _, table in
    let isNested = reply.elements.first { _ in true }?.kind == .array
    for (member, score) in isNested ? reply.elements.flatMap(\.pairs) : reply.pairs where table.begin() {
      table.append(member)
      table.append(double: score)
    }
  }

  /// A list of maps: a column a name, in the order they appear first.
  static func maps(form: ReplyForm = .map()) -> ReplyLayout {
    ReplyLayout(form: .list(form), shape: .rows) { reply, _, limit in
      guard reply.kind == .array || reply.isNull else { return nil }
      var names: [String] = []
      var positions: [String: Int] = [:]
      let maps = reply.elements.map(\.pairs)
      for name in maps.joined().compactMap(\.0.text) where positions[name] == nil {
        positions[name] = names.count
        names.append(name)
      }
      var table = ReplyTable(ColumnSet(names.map { ReplyColumn.any($0) }), limit: limit)
      for map in maps where table.begin() {
        var cells: [RedisReply?] = names.map { _ in nil }
        for (name, value) in map { if let position = name.text.flatMap({ positions[$0] }) { cells[position] = value } }
        for (name, cell) in zip(names, cells) {
          if let cell { table.append(form.form(of: name).value(of: cell), or: cell) } else { table.appendNull() }
        }
      }
      return table
    }
  }

  /// An element for each argument from a position on, which names it.
  static func perArgument(
    _ name: String, _ value: ReplyColumn, from position: Int,
    _ append: @escaping @Sendable (RedisReply, inout ReplyTable) -> Void = { $1.append($0) }
  ) -> ReplyLayout {
    perArgument([.string(name), value], from: position, append)
  }

  static func perArgument(
    _ columns: [ReplyColumn], from position: Int,
    _ append: @escaping @Sendable (RedisReply, inout ReplyTable) -> Void
  ) -> ReplyLayout {
    table(columns, .rows, .plain) { reply, command, table in
      for (index, element) in reply.elements.enumerated() where table.begin() {
        if position + index < command.count {
          table.append(argument: command[position + index])
        } else {
          table.appendNull()
        }
        append(element, &table)
      }
    }
  }

  /// A number sent as a string.
  static let double: ReplyLayout = {
    let columns = ColumnSet([.double("value")])
    return ReplyLayout { reply, _, limit in
      guard reply.kind == .bulk else { return nil }
      var table = ReplyTable(columns, limit: limit)
      if table.begin() { table.append(double: reply) }
      return table
    }
  }()

  /// A text of the server's with a structure of its own.
  static func text(_ rows: @escaping @Sendable (String, Int?) -> ReplyTable) -> ReplyLayout {
    ReplyLayout(shape: .rows) { reply, _, limit in
      guard reply.kind == .bulk else { return nil }
      return rows(reply.withBytes { String(decoding: $0, as: UTF8.self) }, limit)
    }
  }
}

extension ReplyTable {
  /// A nested list as the value it means, anything else as the cell it is.
  fileprivate mutating func append(_ value: @autoclosure () -> DBValue, or reply: RedisReply) {
    if reply.kind == .array { append(value()) } else { append(reply) }
  }
}
