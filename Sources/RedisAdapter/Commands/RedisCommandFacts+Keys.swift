/// Which arguments of a command are keys.
struct RedisKeyPositions: Sendable, Hashable {
  /// In the order in which they are found; position 0 is the command's name.
  var positions: [Int] = []
  /// `false` when there may be more, which only the server can tell: `COMMAND GETKEYS`.
  var isComplete = true
}

extension RedisCommandFacts {
  /// How a command's keys are found.
  enum KeyRule: Sendable {
    case none
    case specs([RedisKeySpec])
    /// `SORT key … [STORE destination]`, which key specs cannot say.
    case sort
    /// `MIGRATE host port key|"" …  [KEYS key …]`
    case migrate
    /// The server moves keys about, and does not say how.
    case unknown

    init(name: String, flags: Flags, specs: [RedisKeySpec]) {
      switch name {
      case "sort", "sort_ro": self = .sort
      case "migrate": self = .migrate
      default:
        if !specs.isEmpty {
          self = .specs(specs)
        } else {
          self = flags.contains(.movableKeys) ? .unknown : .none
        }
      }
    }
  }

  /// Where the keys of a command are. Patterns of `SORT` that name further keys are left out, as in the server's own answer.
  func keyPositions(in command: RedisCommand) -> RedisKeyPositions {
    var keys = RedisKeyPositions()
    keys.isComplete = visitKeys(of: command) { keys.positions.append($0) }
    return keys
  }

  /// Visits the positions of a command's keys.
  /// - Parameter includingChannels: also those of shard channels, which have a slot as keys do. Default: no.
  /// - Returns: whether these are all.
  func visitKeys(of command: RedisCommand, includingChannels: Bool = false, _ body: (Int) -> Void) -> Bool {
    switch keyRule {
    case .none: return true
    case .specs(let specs):
      var isComplete = true
      for spec in specs where includingChannels || !spec.isChannel {
        if !spec.visit(command, body) { isComplete = false }
      }
      return isComplete
    case .sort:
      if command.count > 1 { body(1) }
      if let destination = Self.sortDestination(command) { body(destination) }
      return true
    case .migrate:
      guard command.count > 3 else { return true }
      if !command[3].isEmpty { body(3) }
      var position = 6
      while position < command.count, !command.isWord(position, "KEYS") {
        // A password may be the word KEYS.
        position += command.isWord(position, "AUTH") ? 2 : command.isWord(position, "AUTH2") ? 3 : 1
      }
      position += 1
      while position < command.count {
        body(position)
        position += 1
      }
      return true
    case .unknown: return false
    }
  }

  /// The last STORE counts, as in the server.
  private static func sortDestination(_ command: RedisCommand) -> Int? {
    var destination: Int?
    var position = 2
    while position < command.count {
      if command.isWord(position, "LIMIT") {
        position += 2
      } else if command.isWord(position, "GET") || command.isWord(position, "BY") {
        position += 1
      } else if command.isWord(position, "STORE"), position + 1 < command.count {
        destination = position + 1
        position += 1
      }
      position += 1
    }
    return destination
  }
}
