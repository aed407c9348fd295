internal import DBAdapterCore

/// Where in a cluster a command has to go.
enum ClusterRoute: Sendable, Hashable {
  /// To the node that serves its keys.
  case slot(Int, isRead: Bool)
  /// It has no keys.
  case anywhere(isRead: Bool)
  /// To every primary, and where so advised to every replica; the replies become one.
  case everywhere(includingReplicas: Bool, RedisResponsePolicy?)
  /// `SCAN`, which goes from primary to primary.
  case scan
  /// Only a server can tell its keys.
  case askServer

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` (CROSSSLOT) for keys in different slots,
  ///   ``DBError/Code-swift.struct/unsupported`` for what is about one connection.
  init(_ command: RedisCommand, _ table: RedisCommandTable) throws(DBError) {
    guard let facts = table.facts(of: command) else {
      self = .askServer
      return
    }
    if facts.changesConnection {
      throw DBError(
        .unsupported,
        "\(facts.classification.summary) is about one connection, and a session with a cluster has one to each node")
    }
    var slots = SlotsOfCommand(command)
    let isComplete = facts.visitKeys(of: command, includingChannels: true) { slots.add($0) }
    if let slot = try slots.only(facts.classification.summary) {
      self = .slot(slot, isRead: facts.isReadOnly)
    } else if !isComplete {
      self = .askServer
    } else {
      self = Self.withoutKeys(facts)
    }
  }

  private static func withoutKeys(_ facts: RedisCommandFacts) -> ClusterRoute {
    if facts.name == "scan" { return .scan }
    let isRead = facts.classification.effect == .read || facts.isReadOnly
    switch facts.requestPolicy {
    case .allNodes where facts.responsePolicy != .special:
      return .everywhere(includingReplicas: true, facts.responsePolicy)
    case .allShards where facts.responsePolicy != .special:
      return .everywhere(includingReplicas: false, facts.responsePolicy)
    default: return .anywhere(isRead: isRead)
    }
  }
}

/// The slots of the keys of one command, or of several that have to go together.
struct SlotsOfCommand {
  private var command: RedisCommand
  private var slot: Int?
  /// A key of each slot, once there is more than one.
  private var keys: [(key: ArraySlice<UInt8>, slot: Int)] = []
  private var firstKey: ArraySlice<UInt8> = []

  init(_ command: RedisCommand) { self.command = command }

  /// Goes on with the keys of another command.
  mutating func goOn(_ command: RedisCommand) { self.command = command }

  mutating func add(_ position: Int) { add(command[position]) }

  mutating func add(_ key: ArraySlice<UInt8>) {
    let slot = HashSlot.of(key)
    guard let first = self.slot else {
      self.slot = slot
      firstKey = key
      return
    }
    guard slot != first, keys.count < 4, !keys.contains(where: { $0.slot == slot }) else { return }
    if keys.isEmpty { keys.append((firstKey, first)) }
    keys.append((key, slot))
  }

  /// The one slot of all keys; `nil` when there are none.
  func only(_ summary: String) throws(DBError) -> Int? {
    guard !keys.isEmpty else { return slot }
    let names = keys.map { "\"\(Self.name($0.key))\" in slot \($0.slot)" }
    let example = Self.name(firstKey)
    throw DBError(
      .invalidParameter,
      "the keys of \(summary) are in different slots of the cluster, \(names.joined(separator: ", ")); a part of the keys in braces that is the "
        + "same in all of them, as in \"{tag}\(example)\", puts them into one",
      server: ServerDiagnostics(nativeName: "CROSSSLOT"))
  }

  /// A key for people: its first characters.
  private static func name(_ key: ArraySlice<UInt8>) -> String {
    let text = String(decoding: key.prefix(64), as: UTF8.self)
    return String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : Character($0) })
      + (key.count > 64 ? "…" : "")
  }
}
