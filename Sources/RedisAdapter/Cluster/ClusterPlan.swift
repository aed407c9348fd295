internal import DBAdapterCore

/// Commands that go to one node together: one command, or a whole `MULTI … EXEC`, and the `WAIT` that follows it.
struct ClusterUnit: Sendable, Hashable {
  enum Target: Sendable, Hashable {
    case slot(Int)
    case anywhere
    case node(Endpoint)
  }

  var commands: Range<Int>
  var target: Target
  /// Whether repeating it does no harm.
  var isRead: Bool
  var isTransaction = false
  /// How many of the commands, at the end, wait for replicas.
  var waits = 0
}

/// How the commands of one send are carried out in a cluster, step by step.
enum ClusterStep: Sendable, Hashable {
  /// Units that may go to their nodes at the same time. What goes to one node stays in its order.
  case units([ClusterUnit])
  case everywhere(command: Int, includingReplicas: Bool, RedisResponsePolicy?)
  case scan(command: Int)
  case askServer(command: Int)

  /// - Throws: what ``ClusterRoute`` refuses; nothing was sent then.
  static func plan(_ commands: [RedisCommand], _ table: RedisCommandTable) throws(DBError) -> [ClusterStep] {
    var steps: [ClusterStep] = []
    var units: [ClusterUnit] = []
    func endUnits() {
      if !units.isEmpty { steps.append(.units(units)) }
      units = []
    }
    var index = 0
    while index < commands.count {
      if commands[index].isWord(0, "MULTI") {
        let unit = try transaction(commands, from: index, table)
        units.append(unit)
        index = unit.commands.upperBound
        continue
      }
      if commands[index].isWord(0, "WAIT") || commands[index].isWord(0, "WAITAOF") {
        // It is about what its very connection sent before.
        guard !units.isEmpty else {
          throw DBError(
            .unsupported,
            "\(commands[index].name) is about one connection; in a cluster it has to follow the write it is for in the same batch"
          )
        }
        let last = units.count - 1
        units[last].commands = units[last].commands.lowerBound..<index + 1
        units[last].waits += 1
        index += 1
        continue
      }
      switch try ClusterRoute(commands[index], table) {
      case .slot(let slot, let isRead):
        units.append(ClusterUnit(commands: index..<index + 1, target: .slot(slot), isRead: isRead))
      case .anywhere(let isRead):
        units.append(ClusterUnit(commands: index..<index + 1, target: .anywhere, isRead: isRead))
      case .everywhere(let includingReplicas, let policy):
        endUnits()
        steps.append(.everywhere(command: index, includingReplicas: includingReplicas, policy))
      case .scan:
        endUnits()
        steps.append(.scan(command: index))
      case .askServer:
        endUnits()
        steps.append(.askServer(command: index))
      }
      index += 1
    }
    endUnits()
    return steps
  }

  /// `MULTI`, its commands and `EXEC`, which go to one node or nowhere.
  private static func transaction(
    _ commands: [RedisCommand], from start: Int, _ table: RedisCommandTable
  ) throws(DBError) -> ClusterUnit {
    guard let end = commands[start...].firstIndex(where: { $0.isWord(0, "EXEC") }) else {
      throw DBError(
        .unsupported, "MULTI needs its EXEC in the same batch: a session with a cluster has a connection to each node")
    }
    var slots = SlotsOfCommand(commands[start])
    var isRead = true
    for command in commands[start + 1..<end] {
      guard let facts = table.facts(of: command) else {
        isRead = false
        continue
      }
      if !facts.isReadOnly { isRead = false }
      slots.goOn(command)
      _ = facts.visitKeys(of: command, includingChannels: true) { slots.add($0) }
    }
    let slot = try slots.only("MULTI")
    return ClusterUnit(
      commands: start..<end + 1, target: slot.map { .slot($0) } ?? .anywhere, isRead: isRead, isTransaction: true)
  }
}
