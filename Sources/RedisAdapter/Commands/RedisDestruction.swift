/// Finds what a command destroys beyond keys that it names.
enum RedisDestruction {
  /// What follows the command's name, whatever its arguments are: `removes every key of every database`.
  static func always(_ name: String) -> String? { names[name] }

  private static let names = [
    "flushall": "removes every key of every database",
    "flushdb": "removes every key of the database",
    "function|flush": "removes every library of functions",
    "function|delete": "removes a library of functions",
    "xgroup|destroy": "removes a group of consumers with all it has pending",
    "acl|deluser": "removes users",
    "cluster|reset": "has the node forget its cluster and, as a replica, its keys",
  ]

  /// The same where it depends on the arguments.
  static func found(in command: RedisCommand, _ name: String) -> String? {
    switch name {
    case "replicaof", "slaveof":
      // NO ONE makes a primary of it, which keeps its keys.
      command.count > 1 && command.isWord(1, "NO") ? nil : "replaces every key by those of another server"
    case "shutdown": hasWord("NOSAVE", command, from: 1) ? "loses every change since the last save" : nil
    case "function|restore": hasWord("FLUSH", command, from: 3) ? "removes every library of functions" : nil
    case "debug": hasWord("FLUSHALL", command, from: 1) ? "removes every key of every database" : nil
    default: nil
    }
  }

  private static func hasWord(_ word: String, _ command: RedisCommand, from start: Int) -> Bool {
    (start..<max(start, command.count)).contains { command.isWord($0, word) }
  }
}
