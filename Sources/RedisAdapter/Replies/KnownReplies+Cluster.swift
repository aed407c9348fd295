internal import DBAdapterCore

extension KnownReplies {
  private static let nodeColumns: [ReplyColumn] = [
    .string("id"), .string("host"), .integer("port"), .integer("bus_port"), .string("hostname"), .string("flags"),
    .string("primary"), .integer("ping_sent"), .integer("pong_received"), .integer("config_epoch"),
    .string("link_state"),
    .string("slots"),
  ]

  /// A line of `CLUSTER NODES` (https://redis.io/docs/latest/commands/cluster-nodes):
  /// `id ip:port@bus,hostname flags primary ping-sent pong-received epoch link slot …`.
  private static func append(node line: Substring, _ table: inout ReplyTable) {
    let words = line.split(separator: " ")
    guard words.count >= 8, table.begin() else { return }
    let parts = words[1].split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    let address = parts[0].split(separator: "@", omittingEmptySubsequences: false)
    // An IPv6 address has colons of its own.
    let colon = address[0].lastIndex(of: ":")
    table.append(.text(String(words[0])))
    table.append(.text(String(address[0][..<(colon ?? address[0].endIndex)])))
    table.append(colon.map { ServerReport.scalar(address[0][address[0].index(after: $0)...]) } ?? .null)
    table.append(address.count > 1 ? ServerReport.scalar(address[1]) : .null)
    table.append(parts.count > 1 && !parts[1].isEmpty ? .text(String(parts[1])) : .null)
    table.append(.text(String(words[2])))
    table.append(words[3] == "-" ? .null : .text(String(words[3])))
    for word in words[4..<7] { table.append(ServerReport.scalar(word)) }
    table.append(.text(String(words[7])))
    table.append(.text(words.dropFirst(8).joined(separator: " ")))
  }

  private static func nodes(_ lines: some Sequence<Substring>, _ limit: Int?) -> ReplyTable {
    var table = ReplyTable(ColumnSet(nodeColumns), limit: limit)
    for line in lines { append(node: line, &table) }
    return table
  }

  private static let nodes = ReplyLayout.text { text, limit in
    nodes(text.split { $0 == "\n" || $0 == "\r\n" }, limit)
  }

  /// The same lines as a list.
  private static let nodeList = ReplyLayout.each(nodeColumns) { reply, table in
    if let line = reply.text { append(node: line[...], &table) }
  }

  /// `[start, end, [host, port, id, …], …]`: the first node is the primary.
  private static let slots = ReplyLayout.each([
    .integer("start"), .integer("end"), .string("role"), .string("host"), .integer("port"), .string("id"),
  ]) { range, table in
    let parts = Array(range.elements)
    for (index, node) in parts.dropFirst(2).enumerated() where table.begin() {
      table.append(parts[0])
      table.append(parts[1])
      table.append(.text(index == 0 ? "primary" : "replica"))
      var fields = node.elements
      for _ in 0..<3 { table.append(fields.next()) }
    }
  }

  static let cluster: [String: Entry] = [
    "CLUSTER NODES": .always(nodes), "CLUSTER REPLICAS": .always(nodeList), "CLUSTER SLAVES": .always(nodeList),
    "CLUSTER SLOTS": .always(slots), "CLUSTER SHARDS": .always(.maps(form: .map(["nodes": .maps]))),
    "CLUSTER LINKS": .always(.maps()),
  ]
}
