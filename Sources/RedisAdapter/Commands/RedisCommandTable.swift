/// All commands of a server, found by the bytes of a command in any case.
struct RedisCommandTable: Sendable {
  private struct Slot: Sendable {
    var hash: UInt64
    var facts: RedisCommandFacts
  }

  /// Open addressing; a power of two, at most half full.
  private let slots: [Slot?]
  let count: Int
  /// Whether the server told it: then it is complete.
  let isServers: Bool

  /// - Parameter isServers: see ``isServers``.
  init(_ commands: [RedisCommandFacts], isServers: Bool = false) {
    self.isServers = isServers
    var capacity = 16
    while capacity < commands.count * 2 { capacity *= 2 }
    var slots = [Slot?](repeating: nil, count: capacity)
    var count = 0
    for facts in commands {
      let hash = Self.hash(facts.nameBytes[...])
      var index = Int(truncatingIfNeeded: hash) & (capacity - 1)
      while let slot = slots[index], slot.facts.nameBytes != facts.nameBytes { index = (index + 1) & (capacity - 1) }
      // The first of two with the same name stays.
      guard slots[index] == nil else { continue }
      slots[index] = Slot(hash: hash, facts: facts)
      count += 1
    }
    self.slots = slots
    self.count = count
  }

  /// Every command and subcommand, by name.
  var commands: [RedisCommandFacts] { slots.compactMap { $0?.facts }.sorted { $0.name < $1.name } }

  /// What is known of a command, of the subcommand where it is one of a container; `nil` for what is unknown.
  func facts(of command: RedisCommand) -> RedisCommandFacts? {
    guard let facts = outerFacts(of: command) else { return nil }
    guard facts.isContainer, command.count > 1 else { return facts }
    let name = facts.nameBytes
    let subcommand = command[1]
    return find(Self.hash(subcommand, Self.hash(0x7C, Self.hash(name[...])))) { candidate in
      guard candidate.count == name.count + 1 + subcommand.count, candidate.starts(with: name) else { return false }
      return Self.matches(candidate[(name.count + 1)...], subcommand)
    }
  }

  /// What is known of a command by its first word alone.
  func outerFacts(of command: RedisCommand) -> RedisCommandFacts? {
    guard command.count > 0 else { return nil }
    let name = command[0]
    // No command is called `config|get`, although its subcommand is found by that name.
    return find(Self.hash(name)) { Self.matches($0[...], name) && !$0.contains(0x7C) }
  }

  /// Whether the name of a command that is not known has a zero byte. The server compares names up to there, so it may be one that is known.
  func hidesName(of command: RedisCommand) -> Bool {
    guard command.count > 0 else { return false }
    return command[0].contains(0) || command.count > 1 && command[1].contains(0) && outerFacts(of: command) != nil
  }

  /// What is known by name, in any case: `get`, `CONFIG|SET`.
  subscript(name: String) -> RedisCommandFacts? {
    let name = Array(name.utf8)
    return find(Self.hash(name[...])) { Self.matches($0[...], name[...]) }
  }

  @inline(__always)
  private func find(_ hash: UInt64, _ isMatch: ([UInt8]) -> Bool) -> RedisCommandFacts? {
    var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while let slot = slots[index] {
      if slot.hash == hash, isMatch(slot.facts.nameBytes) { return slot.facts }
      index = (index + 1) & (slots.count - 1)
    }
    return nil
  }

  /// FNV-1a over the bytes in small letters.
  private static func hash(_ bytes: ArraySlice<UInt8>, _ seed: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
    var hash = seed
    for byte in bytes { hash = Self.hash(byte, hash) }
    return hash
  }

  @inline(__always)
  private static func hash(_ byte: UInt8, _ hash: UInt64) -> UInt64 {
    (hash ^ UInt64(lowercased(byte))) &* 0x100_0000_01B3
  }

  private static func matches(_ name: ArraySlice<UInt8>, _ bytes: ArraySlice<UInt8>) -> Bool {
    guard name.count == bytes.count else { return false }
    var position = name.startIndex
    for byte in bytes {
      if lowercased(byte) != lowercased(name[position]) { return false }
      position += 1
    }
    return true
  }
}
