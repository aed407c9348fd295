internal import DBAdapterCore

extension KnownReplies {
  private static let entryColumns = [ReplyColumn.string("id"), .map("fields")]

  /// An entry of a stream; one that was deleted meanwhile has no fields.
  private static func append(entry: RedisReply, _ table: inout ReplyTable) {
    var parts = entry.elements
    table.append(entry.kind == .array ? parts.next() : entry)
    let fields = parts.next()
    table.append(fields.map { ReplyForm.map().value(of: $0) } ?? .null)
  }

  private static let entries = ReplyLayout.each(entryColumns, form: .entries) { entry, table in
    if table.begin() { append(entry: entry, &table) }
  }

  /// Entries of several streams.
  private static let read = Entry.always(
    .each([.string("stream")] + entryColumns, form: .list(.tuple([.plain, .entries]))) { stream, table in
      var parts = stream.elements
      guard let name = parts.next(), let entries = parts.next() else { return }
      for entry in entries.elements where table.begin() {
        table.append(name)
        append(entry: entry, &table)
      }
    })

  /// `[next, [entries], [ids of deleted entries]]`.
  private static let claimedPage = ReplyLayout.whole(
    [.string("cursor")] + entryColumns, form: .tuple([.plain, .entries])
  ) { reply, table in
    var parts = reply.elements
    guard let cursor = parts.next() else { return }
    let entries = (parts.next()?.elements).map(Array.init) ?? []
    let deleted = (parts.next()?.elements).map(Array.init) ?? []
    if entries.isEmpty, deleted.isEmpty, table.begin() {
      table.append(cursor)
      table.appendNull()
      table.appendNull()
    }
    for entry in entries + deleted where table.begin() {
      table.append(cursor)
      append(entry: entry, &table)
    }
  }

  /// `[count, first, last, [[consumer, count], …]]`.
  private static let pendingSummary = ReplyLayout.whole(
    [.integer("pending"), .string("first"), .string("last"), .map("consumers")]
  ) { reply, table in
    var parts = reply.elements
    guard table.begin() else { return }
    table.append(parts.next())
    table.append(parts.next())
    table.append(parts.next())
    let consumers = parts.next()
    let pairs = consumers?.elements.flatMap(\.pairs) ?? []
    let fields = pairs.compactMap { name, count in name.text.map { DBDocument.Field($0, .int(count.integer ?? 0)) } }
    table.append(
      fields.count == consumers?.elements.count ?? 0 ? .document(DBDocument(fields)) : consumers?.value ?? .null)
  }

  private static let pendingEntries = ReplyLayout.each(
    [.string("id"), .string("consumer"), .integer("idle_ms"), .integer("deliveries")]
  ) { entry, table in
    var parts = entry.elements
    guard table.begin() else { return }
    for _ in 0..<4 { table.append(parts.next()) }
  }

  private static let groups = ReplyForm.list(
    .map([
      "consumers": .maps, "pel": .plain, "pending": .plain,
    ]))

  static let streams: [String: Entry] = [
    "XRANGE": .always(entries), "XREVRANGE": .always(entries), "XREAD": read, "XREADGROUP": read,
    "XCLAIM": .with("JUSTID", from: 5, .list("id"), else: entries), "XAUTOCLAIM": .always(claimedPage),
    "XPENDING": .by { command in command.count <= 3 ? pendingSummary : pendingEntries },
    "XINFO STREAM": .always(
      .map(form: .map(["first-entry": .entry, "last-entry": .entry, "entries": .entries, "groups": groups]))),
    "XINFO GROUPS": .always(.maps()), "XINFO CONSUMERS": .always(.maps()),
  ]
}
