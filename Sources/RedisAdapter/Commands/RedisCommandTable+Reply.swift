internal import DBAdapterCore

extension RedisCommandTable {
  /// Reads the reply of `COMMAND`. What servers before Redis 7 leave out, subcommands and key specs, is taken from ``builtIn``.
  /// - Throws: ``DBError/Code-swift.struct/protocolViolation`` for a reply of another shape.
  init(_ reply: RedisReply) throws(DBError) {
    guard reply.kind == .array else {
      throw DBError(.protocolViolation, "the server's reply to COMMAND is no list of commands")
    }
    var commands: [RedisCommandFacts] = []
    for entry in reply.elements {
      // A command of `COMMAND INFO` that does not exist.
      if entry.isNull { continue }
      guard let name = entry.elements.first(where: { _ in true })?.text, entry.elements.count >= 6 else {
        throw DBError(.protocolViolation, "the server's reply to COMMAND holds an entry that describes no command")
      }
      let fields = Array(entry.elements)
      var subcommands = fields.count > 9 ? fields[9].elements.compactMap { RedisCommandFacts($0) } : []
      if fields.count < 10 { subcommands = Self.builtIn.subcommands(of: name) }
      guard let facts = RedisCommandFacts(entry, subcommands: subcommands) else { continue }
      commands.append(facts)
      commands += subcommands
    }
    self.init(commands, isServers: true)
  }

  private func subcommands(of name: String) -> [RedisCommandFacts] {
    let name = name.lowercased()
    guard self[name]?.isContainer == true else { return [] }
    return commands.filter { $0.name.hasPrefix(name + "|") }
  }
}

extension RedisCommandFacts {
  /// One entry of the reply of `COMMAND`: name, arity, flags, first key, last key, step, and since Redis 7 categories, tips, key specs
  /// and subcommands.
  fileprivate convenience init?(_ entry: RedisReply, subcommands: [RedisCommandFacts] = []) {
    let fields = Array(entry.elements)
    guard fields.count >= 6, let name = fields[0].text?.lowercased() else { return nil }
    var flags: Flags = []
    for flag in fields[2].elements { flags.formUnion(flag.text.flatMap { Flags.names[$0.lowercased()] } ?? []) }
    var specs: [RedisKeySpec]
    if fields.count > 8 {
      specs = fields[8].elements.map(RedisKeySpec.init)
    } else if let known = RedisCommandTable.builtIn[name] {
      specs = known.keySpecs
    } else {
      let numbers = fields[3...5].map { Int($0.integer ?? 0) }
      // With movable keys the three numbers tell a part of them only.
      specs = RedisKeySpec(first: numbers[0], last: numbers[1], step: numbers[2]).map { [$0] } ?? []
      if flags.contains(.movableKeys) { specs.append(RedisKeySpec(.unknown, .unknown)) }
    }
    self.init(
      name: name, arity: Int(fields[1].integer ?? 0), flags: flags,
      categories: Set(fields.count > 6 ? fields[6].elements.compactMap(\.text) : []), keySpecs: specs,
      tips: fields.count > 7
        ? fields[7].elements.compactMap(\.text) : RedisCommandTable.builtIn[name]?.tips ?? [],
      subcommands: subcommands)
  }
}

extension RedisKeySpec {
  /// A key spec of the reply; what it says that is not known makes it an unknown one.
  fileprivate init(_ reply: RedisReply) {
    let flags = Set(reply["flags"]?.elements.compactMap { $0.text?.lowercased() } ?? [])
    self.init(
      Self.beginning(reply["begin_search"]), Self.extent(reply["find_keys"]), isChannel: flags.contains("not_key"),
      isIncomplete: flags.contains("incomplete"))
  }

  private static func beginning(_ reply: RedisReply?) -> Beginning {
    guard let reply, let spec = reply["spec"] else { return .unknown }
    switch reply["type"]?.text {
    case "index": return number(spec["index"]).map { .index($0) } ?? .unknown
    case "keyword":
      guard let keyword = spec["keyword"]?.text, let start = number(spec["startfrom"]) else { return .unknown }
      return .keyword(keyword, from: start)
    default: return .unknown
    }
  }

  private static func extent(_ reply: RedisReply?) -> Extent {
    guard let reply, let spec = reply["spec"], let step = number(spec["keystep"]), step > 0 else { return .unknown }
    switch reply["type"]?.text {
    case "range":
      guard let last = number(spec["lastkey"]), let divisor = number(spec["limit"]) else { return .unknown }
      return .range(last: last, step: step, divisor: divisor)
    case "keynum":
      guard let count = number(spec["keynumidx"]), let first = number(spec["firstkey"]), count >= 0, first >= 0 else {
        return .unknown
      }
      return .counted(count: count, first: first, step: step)
    default: return .unknown
    }
  }

  /// A position; numbers that no position can be are nothing.
  private static func number(_ reply: RedisReply?) -> Int? {
    guard let number = reply?.integer, abs(number) < 1 << 20 else { return nil }
    return Int(number)
  }
}
