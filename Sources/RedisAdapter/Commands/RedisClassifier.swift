internal import DBAdapterCore

/// Says what a command does, by the server's own flags. Options never make a read of a command that the server flags as writing; what is not in
/// its table is unknown, and unknown counts as a write.
struct RedisClassifier: Sendable {
  let table: RedisCommandTable

  init(_ table: RedisCommandTable) { self.table = table }

  func classify(_ command: RedisCommand) -> StatementClassification {
    guard command.count > 0 else { return StatementClassification(.unknown, summary: "nothing", statementCount: 0) }
    return classify(command, table.facts(of: command))
  }

  /// The same for a command that was looked up.
  func classify(_ command: RedisCommand, _ facts: RedisCommandFacts?) -> StatementClassification {
    guard let facts else {
      if table.hidesName(of: command) { return StatementClassification(.administration, summary: "the command") }
      return table.outerFacts(of: command)?.unknownSubcommand ?? unknown(command)
    }
    var classification = facts.classification
    if facts.name == "eval_ro", let finding = scriptFinding(command) {
      classification.effect = .procedure
      classification.finding = finding
    } else if let finding = Self.exposesOrResets(command, facts) {
      classification.effect = .administration
      classification.finding = finding
    } else if facts.isAdministrative, classification.destruction == nil {
      classification.destruction = RedisDestruction.found(in: command, facts.name)
    }
    return classification
  }

  /// What keeps the script of an `EVAL_RO` from being a read.
  private func scriptFinding(_ command: RedisCommand) -> String? {
    guard command.count > 1 else { return nil }
    return LuaScript(command[1]).finding { words in
      // The script may itself call no script, whose text would not be seen.
      var inner = RedisCommand()
      for word in words { inner.append(word) }
      guard let facts = table.facts(of: inner), !facts.name.hasPrefix("eval"), !facts.name.hasPrefix("fcall") else {
        return false
      }
      return classify(inner, facts).effect == .read
    }
  }

  /// Reads that some arguments make administration: `CONFIG GET` of a parameter that holds a secret, `ACL LOG RESET`.
  /// - Returns: what they do then.
  private static func exposesOrResets(_ command: RedisCommand, _ facts: RedisCommandFacts) -> String? {
    switch facts.name {
    case "config|get":
      let isSecret = (2..<max(2, command.count)).contains { position in
        secretParameters.contains { RedisGlob.mayMatch(command[position], $0) }
      }
      return isSecret ? "may show a password" : nil
    case "acl|log": return command.count > 2 && command.isWord(2, "RESET") ? "clears the log of refusals" : nil
    default: return nil
    }
  }

  /// Parameters of the server's configuration that hold passwords.
  private static let secretParameters: [[UInt8]] = [
    "requirepass", "masterauth", "primaryauth", "tls-key-file-pass", "tls-client-key-file-pass", "sentinel-pass",
  ].map { Array($0.utf8) }

  /// A command that is not in the table, by its first word if that looks like a command's name and not like a value that got there.
  private func unknown(_ command: RedisCommand) -> StatementClassification {
    let name = command[0]
    let isName =
      name.count <= 32
      && name.allSatisfy { byte in
        (0x61...0x7A).contains(lowercased(byte)) || byte == 0x2E || byte == 0x5F || byte == 0x2D
      }
    return StatementClassification(
      .unknown, summary: isName ? command.name : "the command",
      hint: table.isServers ? "check its name, which the server does not list" : nil)
  }
}

/// The server's patterns, as far as a decision about safety needs them.
enum RedisGlob {
  /// Whether a pattern may match a text in small letters; in doubt, with classes, escapes or zero bytes, it may.
  static func mayMatch(_ pattern: ArraySlice<UInt8>, _ text: [UInt8]) -> Bool {
    if pattern.contains(where: { $0 == 0x5B || $0 == 0x5C || $0 == 0 }) { return true }
    let pattern = Array(pattern)
    var position = 0
    var next = 0
    // Where the last star was, and how much of the text it stands for.
    var star: (pattern: Int, text: Int)?
    while position < text.count {
      if next < pattern.count, pattern[next] == 0x2A {
        star = (next, position)
        next += 1
      } else if next < pattern.count, pattern[next] == 0x3F || lowercased(pattern[next]) == text[position] {
        next += 1
        position += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        next = last.pattern + 1
        position = last.text + 1
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == 0x2A }
  }
}
