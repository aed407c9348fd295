internal import DBAdapterCore

/// Asks a node about keys, in pipelines.
struct KeyExaminer {
  let run: InspectionRun
  /// What to ask beside the type.
  let facts: Set<InspectionRun.Fact>
  let readsElements: Bool

  /// The command that counts what a key of a type holds.
  private static let counters = [
    "string": "STRLEN", "hash": "HLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN",
  ]

  /// What is known of keys that are there; those that vanished, or that the node does not have, are left out.
  /// - Parameters:
  ///   - first: a command that travels in front of the others.
  /// - Returns: the facts, and the reply to the first command. When the time is over, fewer keys.
  func examine(
    _ names: [[UInt8]], on node: any RedisCommanding, after first: RedisCommand? = nil
  ) async throws(DBError) -> (keys: [KeyFacts], first: RedisReply?) {
    var asked = Self.order.filter { ($0 == .type || facts.contains($0)) && !run.refused.contains($0) }
    var keys: [KeyFacts] = []
    var reply: RedisReply?
    var rest = names[...]
    // The first key alone shows what is refused.
    if run.operations < 64, let name = rest.popFirst() {
      (keys, reply) = try await ask(asked, [name], node, first)
      asked = asked.filter { !run.refused.contains($0) }
    }
    let (more, second) = try await ask(asked, Array(rest), node, reply == nil ? first : nil)
    keys += more
    if readsElements || (facts.contains(.memory) && run.refused.contains(.memory)) {
      try await count(&keys, node)
    }
    return (keys, reply ?? second)
  }

  private static let order: [InspectionRun.Fact] = [.type, .timeToLive, .encoding, .memory]

  private func ask(
    _ asked: [InspectionRun.Fact], _ names: [[UInt8]], _ node: any RedisCommanding, _ first: RedisCommand?
  ) async throws(DBError) -> ([KeyFacts], RedisReply?) {
    var commands: [RedisCommand] = []
    commands.reserveCapacity(names.count * asked.count + 1)
    if let first { commands.append(first) }
    for name in names {
      for fact in asked {
        switch fact {
        case .type: commands.append(RedisCommand("TYPE").with(name))
        case .timeToLive: commands.append(RedisCommand("PTTL").with(name))
        case .encoding: commands.append(RedisCommand("OBJECT", "ENCODING").with(name))
        case .memory: commands.append(RedisCommand("MEMORY", "USAGE").with(name))
        }
      }
    }
    let replies = try await run.send(commands, to: node)
    let start = first == nil ? 0 : 1
    guard !asked.isEmpty else {
      return (names.map { KeyFacts(name: $0) }, first == nil ? nil : replies.first)
    }
    var keys: [KeyFacts] = []
    keys.reserveCapacity(names.count)
    for (index, name) in names.enumerated() {
      let position = start + index * asked.count
      guard position + asked.count <= replies.count else { break }
      var key = KeyFacts(name: name)
      if note(asked, replies[position..<position + asked.count], &key) { keys.append(key) }
    }
    return (keys, first == nil ? nil : replies.first)
  }

  /// - Returns: whether there is such a key.
  private func note(
    _ asked: [InspectionRun.Fact], _ replies: ArraySlice<RedisReply>, _ key: inout KeyFacts
  ) -> Bool {
    for (fact, reply) in zip(asked, replies) {
      if reply.kind == .error {
        if run.isRefusal(reply, of: fact.rawValue) {
          run.refuse(fact)
        } else if fact == .type {
          guard InspectionRun.isAboutKey(reply) else { return false }
          run.note("some keys may not be read by this user; their type is \(KeyFacts.unknownType)")
        }
        continue
      }
      switch fact {
      case .type:
        guard let type = reply.text, type != "none" else { return false }
        key.type = type
      case .timeToLive:
        // The key vanished after its type was told.
        guard let milliseconds = reply.integer, milliseconds != -2 else { return false }
        key.milliseconds = milliseconds
      case .encoding: key.encoding = reply.text
      case .memory: key.memory = reply.integer
      }
    }
    return true
  }

  private func count(_ keys: inout [KeyFacts], _ node: any RedisCommanding) async throws(DBError) {
    var commands: [RedisCommand] = []
    var positions: [Int] = []
    for (index, key) in keys.enumerated() {
      guard let counter = Self.counters[key.type] else { continue }
      commands.append(RedisCommand(counter).with(key.name))
      positions.append(index)
    }
    let replies = try await run.send(commands, to: node)
    for (position, reply) in zip(positions, replies) {
      if reply.kind == .integer {
        keys[position].elements = reply.integer
      } else if let counter = Self.counters[keys[position].type] {
        _ = run.isRefusal(reply, of: counter)
      }
    }
  }
}
