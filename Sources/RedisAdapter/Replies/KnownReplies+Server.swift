internal import DBAdapterCore

extension KnownReplies {
  // MARK: Texts

  private static let info = ReplyLayout.text { text, limit in
    var table = ReplyTable(ColumnSet([.string("section"), .string("name"), .any("value")]), limit: limit)
    for entry in ServerReport.entries(inINFO: text) {
      table.add(.text(entry.section), .text(entry.name), entry.value)
    }
    return table
  }

  /// `field:value` lines without sections.
  private static let fields = ReplyLayout.text { text, limit in
    var table = ReplyTable(ColumnSet([.string("field"), .any("value")]), limit: limit)
    for entry in ServerReport.entries(inINFO: text) { table.add(.text(entry.name), entry.value) }
    return table
  }

  private static let clients = ReplyLayout.text { text, limit in
    let clients = ClientLines(text)
    var table = ReplyTable(ColumnSet(clients.columns), limit: limit)
    for row in clients.rows where table.begin() { for cell in row { table.append(cell) } }
    return table
  }

  // MARK: Lists

  private static let slowlog = ReplyLayout.each([
    .integer("id"), .moment("time"), .integer("microseconds"), .list("command"), .string("client"), .string("name"),
  ]) { entry, table in
    var parts = entry.elements
    guard table.begin() else { return }
    table.append(parts.next())
    table.append(moment: parts.next())
    for _ in 0..<4 { table.append(parts.next()) }
  }

  private static let latestLatencies = ReplyLayout.each([
    .string("event"), .moment("time"), .integer("latest_ms"), .integer("max_ms"),
  ]) { entry, table in
    var parts = entry.elements
    guard table.begin() else { return }
    table.append(parts.next())
    table.append(moment: parts.next())
    for _ in 0..<2 { table.append(parts.next()) }
  }

  private static let latencies = ReplyLayout.each([.moment("time"), .integer("latency_ms")]) { entry, table in
    var parts = entry.elements
    guard table.begin() else { return }
    table.append(moment: parts.next())
    table.append(parts.next())
  }

  /// Seconds since 1970 and the microseconds that are to be added.
  private static let time = ReplyLayout.whole([.moment("time")]) { reply, table in
    let parts = reply.elements.map(\.integer)
    guard parts.count == 2, let seconds = parts[0], let microseconds = parts[1], table.begin() else { return }
    table.append(
      DBTimestamp(unixMicroseconds: seconds &* 1_000_000 &+ microseconds).map { .timestamp($0) } ?? reply.value)
  }

  /// What a server is for others: `["master", offset, replicas]`, `["slave", host, port, state, offset]`, `["sentinel", names]`.
  private static let role = ReplyLayout(shape: .rows) { reply, _, limit in
    let parts = Array(reply.elements)
    let columns: [ReplyColumn]
    switch (parts.first?.text, parts.count) {
    case ("master", 3): columns = [.string("role"), .integer("offset"), .list("replicas")]
    case ("slave", 5):
      columns = [.string("role"), .string("host"), .integer("port"), .string("state"), .integer("offset")]
    case ("sentinel", 2): columns = [.string("role"), .list("masters")]
    default: return nil
    }
    var table = ReplyTable(ColumnSet(columns), limit: limit)
    if table.begin() { for part in parts { table.append(part) } }
    return table
  }

  private static let commandColumns: [ReplyColumn] = [
    .string("name"), .integer("arity"), .list("flags"), .integer("first_key"), .integer("last_key"), .integer("step"),
    .list("categories"), .list("tips"), .list("key_specifications"), .list("subcommands"),
  ]

  private static func append(command: RedisReply, _ table: inout ReplyTable) {
    var parts = command.elements
    for _ in commandColumns { table.append(parts.next()) }
  }

  private static let commands = ReplyLayout.each(commandColumns) { command, table in
    guard command.kind == .array, table.begin() else { return }
    append(command: command, &table)
  }

  private static let address = ReplyLayout.whole([.string("host"), .integer("port")]) { reply, table in
    var parts = reply.elements
    guard table.begin() else { return }
    table.append(parts.next())
    table.append(parts.next()?.integer.map { DBValue.int($0) } ?? .null)
  }

  // MARK: Forms

  private static let argumentDocs = ReplyForm.list(.map(["arguments": .list(.map(["arguments": .maps]))]))
  private static let commandDocs = ReplyForm.map(
    others: .map(["arguments": argumentDocs, "subcommands": .map(others: .map(["arguments": argumentDocs]))]))

  static let server: [String: Entry] = [
    "INFO": .always(info), "CLUSTER INFO": .always(fields), "CLIENT LIST": .always(clients),
    "CLIENT INFO": .always(clients), "CONFIG GET": .always(.map()), "SLOWLOG GET": .always(slowlog),
    "LATENCY LATEST": .always(latestLatencies), "LATENCY HISTORY": .always(latencies),
    "LATENCY HISTOGRAM": .always(.map("command", .map("latency"), form: .map(others: .map(others: .map())))),
    "MEMORY STATS": .always(.map("field", .any("value"), form: .map(others: .map()))), "TIME": .always(time),
    "ROLE": .always(role),
    "COMMAND": .container(alone: commands), "COMMAND INFO": .always(commands),
    "COMMAND LIST": .always(.list("command")),
    "COMMAND DOCS": .always(.map("command", .map("documentation"), form: commandDocs)),
    "ACL LIST": .always(.list("rule")), "ACL USERS": .always(.list("user")), "ACL CAT": .always(.list("category")),
    "ACL LOG": .always(.maps()),
    "ACL GETUSER": .always(.map("field", .any("value"), form: .map(["selectors": .maps]))),
    "PUBSUB CHANNELS": .always(.list("channel")), "PUBSUB SHARDCHANNELS": .always(.list("channel")),
    "PUBSUB NUMSUB": .always(.map("channel", .integer("subscribers"))),
    "PUBSUB SHARDNUMSUB": .always(.map("channel", .integer("subscribers"))),
    "SCRIPT EXISTS": .always(.perArgument("sha1", .integer("exists"), from: 2)), "HELLO": .always(hello),
    "MODULE LIST": .always(.maps()), "CLIENT TRACKINGINFO": .always(.map("field", .any("value"))),
    "FUNCTION LIST": .always(.maps(form: .map(["functions": .maps]))),
    "FUNCTION STATS": .always(
      .map("field", .any("value"), form: .map(["running_script": .map(), "engines": .map(others: .map())]))),
    "LCS": .with("IDX", from: 3, .map("field", .any("value")), else: nil),
    "SENTINEL MASTERS": .always(.maps()), "SENTINEL MASTER": .always(.map()), "SENTINEL REPLICAS": .always(.maps()),
    "SENTINEL SLAVES": .always(.maps()), "SENTINEL SENTINELS": .always(.maps()),
    "SENTINEL GET-MASTER-ADDR-BY-NAME": .always(address),
  ]

  private static let hello = ReplyLayout.map("field", .any("value"), form: .map(["modules": .maps]))
}
