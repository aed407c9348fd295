internal import DBAdapterCore

/// The commands whose replies have columns of their own. A reply's form often depends on an option; then the table says on which.
enum KnownReplies {
  enum Entry: Sendable {
    case always(ReplyLayout)
    /// With a keyword among the arguments from a position on, and without it.
    case with(String, from: Int, ReplyLayout, else: ReplyLayout?)
    case by(@Sendable (RedisCommand) -> ReplyLayout?)
    /// A write whose integer says how much it changed. Not one that returns a new length, such as LPUSH and SUNIONSTORE.
    case counts(else: ReplyLayout?)
    /// The next argument is part of the command's name: `CONFIG GET`. Alone it may be a command of its own.
    case container(alone: ReplyLayout?)
  }

  /// What is known of a command, and its name as the server's documentation writes it.
  static func find(_ command: RedisCommand) -> (name: String, layout: ReplyLayout?, counts: Bool) {
    let name = command.name
    switch table[name] {
    case .container where command.count > 1:
      let name = name + " " + command.text(1).uppercased()
      return (name, table[name]?.layout(command), false)
    case .counts(let layout): return (name, layout, true)
    case let entry: return (name, entry?.layout(command), false)
    }
  }

  /// The same where the server has told the command's facts, without a search.
  static func find(
    _ command: RedisCommand, _ facts: RedisCommandFacts?
  ) -> (name: String, layout: ReplyLayout?, counts: Bool) {
    guard let facts else { return find(command) }
    let name = facts.classification.summary
    switch facts.replyEntry {
    case nil: return (name, nil, false)
    case .counts(let layout): return (name, layout, true)
    case let entry?: return (name, entry.layout(command), false)
    }
  }

  /// What is known by a command's name in capitals: `CONFIG GET`.
  static func entry(_ name: String) -> Entry? { table[name] }

  private static let table: [String: Entry] = {
    var table: [String: Entry] = [:]
    for part in [keys, hashes, sets, sortedSets, geography, streams, server, cluster] {
      table.merge(part) { first, _ in first }
    }
    for name in counting where table[name] == nil { table[name] = .counts(else: nil) }
    for name in containers { table[name] = table[name] ?? .container(alone: nil) }
    return table
  }()

  private static let counting = [
    "COPY", "DEL", "EXPIRE", "EXPIREAT", "GEOADD", "HDEL", "HSET", "HSETNX", "LREM", "MOVE", "MSETNX", "PERSIST",
    "PEXPIRE",
    "PEXPIREAT", "PFADD", "RENAMENX", "SADD", "SETNX", "SMOVE", "SREM", "TOUCH", "UNLINK", "XACK", "XDEL", "XTRIM",
    "ZREM",
    "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
  ]

  private static let containers = [
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "MEMORY", "MODULE", "OBJECT",
    "PUBSUB",
    "SCRIPT", "SENTINEL", "SLOWLOG", "XGROUP", "XINFO",
  ]

  // MARK: Keys and lists

  private static let keyAndValue = ReplyLayout.whole([.string("key"), .string("value")]) { reply, table in
    for (key, value) in reply.pairs where table.begin() {
      table.append(key)
      table.append(value)
    }
  }

  /// A key, and what was taken from it.
  private static let keyAndValues = ReplyLayout.whole([.string("key"), .string("value")]) { reply, table in
    var parts = reply.elements
    guard let key = parts.next(), let values = parts.next() else { return }
    for value in values.elements where table.begin() {
      table.append(key)
      table.append(value)
    }
  }

  private static let keys: [String: Entry] = [
    "KEYS": .always(.list("key")), "SCAN": .always(page(.string("key"))),
    "MGET": .always(.perArgument("key", .string("value"), from: 1)),
    "COMMAND GETKEYS": .always(.list("key")), "CLUSTER GETKEYSINSLOT": .always(.list("key")),
    "TYPE": .always(
      ReplyLayout { reply, _, limit in
        guard reply.kind == .status, reply.text != "QUEUED" else { return nil }
        var table = ReplyTable(ColumnSet([.string("type")]), limit: limit)
        if table.begin() { table.append(reply) }
        return table
      }),
    "LRANGE": .always(.list("value")), "LPOP": .always(.list("value")), "RPOP": .always(.list("value")),
    "SORT": .always(.list("value")), "SORT_RO": .always(.list("value")),
    "BLPOP": .always(keyAndValue), "BRPOP": .always(keyAndValue), "LMPOP": .always(keyAndValues),
    "BLMPOP": .always(keyAndValues), "INCRBYFLOAT": .always(.double),
  ]

  /// A page of SCAN, HSCAN and their like: the cursor of the next page, and elements in groups, a row a group. An empty page is one row, so
  /// that the cursor is not lost.
  private static func page(_ columns: ReplyColumn...) -> ReplyLayout {
    ReplyLayout.whole([.string("cursor")] + columns) { reply, table in
      var parts = reply.elements
      guard let cursor = parts.next(), var elements = parts.next()?.elements else { return }
      if elements.count == 0, table.begin() {
        table.append(cursor)
        for _ in columns { table.appendNull() }
      }
      while elements.count >= columns.count, table.begin() {
        table.append(cursor)
        for column in columns {
          if column.type.kind == .float { table.append(double: elements.next()) } else { table.append(elements.next()) }
        }
      }
    }
  }

  // MARK: Hashes

  private static let hashes: [String: Entry] = [
    "HGETALL": .always(.map()), "HKEYS": .always(.list("field")), "HVALS": .always(.list("value")),
    "HMGET": .always(.perArgument("field", .string("value"), from: 2)),
    "HRANDFIELD": .with("WITHVALUES", from: 3, .map(), else: .list("field")),
    "HSCAN": .with(
      "NOVALUES", from: 3, page(.string("field")), else: page(.string("field"), .string("value"))),
    "HINCRBYFLOAT": .always(.double),
  ]

  // MARK: Sets

  private static let member = Entry.always(.list("member"))

  private static let sets: [String: Entry] = [
    "SMEMBERS": member, "SINTER": member, "SUNION": member, "SDIFF": member, "SRANDMEMBER": member, "SPOP": member,
    "SSCAN": .always(page(.string("member"))),
    "SMISMEMBER": .always(.perArgument("member", .integer("is_member"), from: 2)),
  ]

  // MARK: Sorted sets

  private static func scored(from position: Int) -> Entry {
    .with("WITHSCORES", from: position, .scores, else: .list("member"))
  }

  /// `ZUNION numkeys key … [WITHSCORES]`.
  private static let combined = Entry.by { command in
    let keys = command.count > 1 ? Int(command.text(1)) ?? 0 : 0
    return command.has("WITHSCORES", from: 2 + max(0, min(keys, command.count))) ? .scores : .list("member")
  }

  private static let poppedScores = Entry.always(
    ReplyLayout.whole([.string("key"), .string("member"), .double("score")]) { reply, table in
      var parts = reply.elements
      guard let key = parts.next(), let second = parts.next() else { return }
      let scores =
        second.kind == .array ? second.elements.flatMap(\.pairs) : parts.next().map { [(second, $0)] } ?? []
      for (member, score) in scores where table.begin() {
        table.append(key)
        table.append(member)
        table.append(double: score)
      }
    })

  private static let rank = Entry.with(
    "WITHSCORE", from: 3,
    .whole([.integer("rank"), .double("score")]) { reply, table in
      var parts = reply.elements
      guard table.begin() else { return }
      table.append(parts.next())
      table.append(double: parts.next())
    }, else: nil)

  private static let sortedSets: [String: Entry] = [
    "ZRANGE": scored(from: 4), "ZREVRANGE": scored(from: 4), "ZRANGEBYSCORE": scored(from: 4),
    "ZREVRANGEBYSCORE": scored(from: 4), "ZRANGEBYLEX": member, "ZREVRANGEBYLEX": member,
    "ZRANDMEMBER": scored(from: 3), "ZUNION": combined, "ZINTER": combined, "ZDIFF": combined,
    "ZPOPMIN": .always(.scores), "ZPOPMAX": .always(.scores), "BZPOPMIN": poppedScores, "BZPOPMAX": poppedScores,
    "ZMPOP": poppedScores, "BZMPOP": poppedScores, "ZRANK": rank, "ZREVRANK": rank, "ZSCORE": .always(.double),
    "ZINCRBY": .always(.double), "ZADD": .counts(else: .double), "GEODIST": .always(.double),
    "ZMSCORE": .always(.perArgument("member", .double("score"), from: 2) { $1.append(double: $0) }),
    "ZSCAN": .always(page(.string("member"), .double("score"))),
  ]

  // MARK: Geography

  /// `[member, distance, hash, [longitude, latitude]]`, each only where it was asked for.
  private static let found = Entry.by { command in
    let (distance, hash, position) = (
      command.has("WITHDIST", from: 2), command.has("WITHHASH", from: 2), command.has("WITHCOORD", from: 2)
    )
    guard distance || hash || position else { return .list("member") }
    var columns = [ReplyColumn.string("member")]
    if distance { columns.append(.double("distance")) }
    if hash { columns.append(.integer("hash")) }
    if position { columns += [.double("longitude"), .double("latitude")] }
    return .each(columns) { element, table in
      var parts = element.elements
      guard table.begin() else { return }
      table.append(parts.next())
      if distance { table.append(double: parts.next()) }
      if hash { table.append(parts.next()) }
      if position { appendCoordinates(parts.next(), &table) }
    }
  }

  private static let appendCoordinates: @Sendable (RedisReply?, inout ReplyTable) -> Void = { reply, table in
    var parts = reply?.elements
    table.append(double: parts?.next())
    table.append(double: parts?.next())
  }

  private static let geography: [String: Entry] = [
    "GEOSEARCH": found, "GEORADIUS": found, "GEORADIUS_RO": found, "GEORADIUSBYMEMBER": found,
    "GEORADIUSBYMEMBER_RO": found, "GEOHASH": .always(.perArgument("member", .string("hash"), from: 2)),
    "GEOPOS": .always(
      .perArgument([.string("member"), .double("longitude"), .double("latitude")], from: 2) {
        appendCoordinates($0, &$1)
      }),
  ]
}

extension KnownReplies.Entry {
  fileprivate func layout(_ command: RedisCommand) -> ReplyLayout? {
    switch self {
    case .always(let layout): layout
    case .with(let keyword, let position, let layout, let other):
      command.has(keyword, from: position) ? layout : other
    case .by(let choose): choose(command)
    case .counts(let layout): layout
    case .container(let alone): alone
    }
  }
}
