internal import DBAdapterCore

/// What is known of the streams of a group and of their consumer groups; those of the same name are added up.
struct StreamFacts: Sendable {
  private struct ConsumerGroup: Sendable {
    var streams = 0
    var consumers: Int64 = 0
    var pending: Int64 = 0
    var lag: Int64 = 0
    /// Streams whose server cannot tell the lag: before Redis 7, or after entries in the middle were deleted.
    var unknownLags = 0
    var lastDelivered = ""
  }

  private static let mostGroups = 100

  private var streams = 0
  private var length: Int64 = 0
  private var added: Int64?
  private var firstID = ""
  private var lastID = ""
  private var groups: [String: ConsumerGroup] = [:]
  private var omitted = 0

  mutating func add(stream reply: RedisReply, key: KeySample.Key) {
    streams += 1
    for (name, value) in reply.pairs {
      switch name.text {
      case "length": length += value.integer ?? 0
      case "entries-added": added = (added ?? 0) + (value.integer ?? 0)
      case "last-generated-id": lastID = value.text ?? ""
      case "first-entry":
        var parts = value.elements
        firstID = parts.next()?.text ?? ""
      default: break
      }
    }
  }

  mutating func add(group reply: RedisReply) {
    guard let name = reply["name"]?.bytes.map({ String(escaping: $0) }) else { return }
    if groups[name] == nil, groups.count == Self.mostGroups {
      omitted += 1
      return
    }
    var group = groups[name, default: ConsumerGroup()]
    group.streams += 1
    group.consumers += reply["consumers"]?.integer ?? 0
    group.pending += reply["pending"]?.integer ?? 0
    if let lag = reply["lag"]?.integer { group.lag += lag } else { group.unknownLags += 1 }
    group.lastDelivered = reply["last-delivered-id"]?.text ?? ""
    groups[name] = group
  }

  /// Empty when there are no streams. Identifiers are there for a single stream only; `lag` is null when it is not known
  /// of any of the streams.
  var document: DBDocument {
    if streams == 0 { return DBDocument() }
    var document: DBDocument = ["streamsSampled": .int(Int64(streams)), "length": .int(length)]
    if let added { document.fields.append(.init("entriesAdded", .int(added))) }
    if streams == 1 {
      document.fields.append(.init("firstId", .text(firstID)))
      document.fields.append(.init("lastId", .text(lastID)))
    }
    let list = groups.sorted { $0.key < $1.key }.map { name, group in
      var fields: DBDocument = [
        "name": .text(name), "streams": .int(Int64(group.streams)), "consumers": .int(group.consumers),
        "pending": .int(group.pending), "lag": group.unknownLags == group.streams ? .null : .int(group.lag),
      ]
      if group.unknownLags > 0 { fields.fields.append(.init("streamsWithoutLag", .int(Int64(group.unknownLags)))) }
      if streams == 1 { fields.fields.append(.init("lastDeliveredId", .text(group.lastDelivered))) }
      return DBValue.document(fields)
    }
    document.fields.append(.init("consumerGroups", .array(DBArray(list))))
    if omitted > 0 { document.fields.append(.init("consumerGroupsOmitted", .int(Int64(omitted)))) }
    return document
  }
}
