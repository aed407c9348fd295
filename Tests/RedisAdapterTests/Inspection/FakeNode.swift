import DBAdapterCore

@testable import RedisAdapter

/// A node that knows a few commands about its keys, and refuses what it is told to refuse.
final class FakeNode: RedisCommanding {
  struct Key {
    var name: String
    var type = "string"
    var milliseconds = -1
    var value: ReplyText = "value"
  }

  struct State {
    var commands: [String: Int] = [:]
    var largestPipeline = 0
  }

  let keys: [Key]
  private let positions: [String: Int]
  private let refused: [String: String]
  private let vanishing: Int
  private let repeats: Bool
  private let delay: Duration
  private let isLost: Bool
  private let state = Locked(State())

  /// - Parameters:
  ///   - refused: the error that a command is answered with.
  ///   - vanishing: every key of this number is gone by the time it is asked about.
  ///   - repeats: whether each page begins with the keys of the one before.
  init(
    _ keys: [Key], refused: [String: String] = [:], vanishing: Int = 0, repeats: Bool = false, delay: Duration = .zero,
    isLost: Bool = false
  ) {
    self.keys = keys
    positions = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($0.element.name, $0.offset) })
    self.refused = refused
    self.vanishing = vanishing
    self.repeats = repeats
    self.delay = delay
    self.isLost = isLost
  }

  var commands: [String: Int] { state.withLock { $0.commands } }
  var largestPipeline: Int { state.withLock { $0.largestPipeline } }

  func send(_ commands: [RedisCommand], until deadline: Deadline) async throws(DBError) -> [RedisReply] {
    if isLost { throw DBError(.connectionFailed, "connection refused", retry: .safe) }
    if delay > .zero { try? await Task.sleep(for: delay) }
    var replies: [RedisReply] = []
    for command in commands {
      do {
        replies.append(try answer(command).reply())
      } catch {
        throw DBError(.protocolViolation, "\(error)")
      }
    }
    state.withLock { $0.largestPipeline = max($0.largestPipeline, commands.count) }
    return replies
  }

  private func answer(_ command: RedisCommand) -> ReplyText {
    let name =
      ["OBJECT", "MEMORY", "XINFO"].contains(command.name) ? command.name + " " + command.text(1) : command.name
    state.withLock { $0.commands[name, default: 0] += 1 }
    if let error = refused[name] { return .error(error) }
    switch name {
    case "DBSIZE": return .integer(keys.count)
    case "INFO": return .bulk(Array("# Keyspace\r\ndb0:keys=\(keys.count),expires=1,avg_ttl=0\r\n".utf8))
    case "SCAN":
      let start = Int(command.text(1)) ?? 0
      let count = (2..<command.count).first { command.text($0) == "COUNT" }.flatMap { Int(command.text($0 + 1)) } ?? 10
      let end = min(keys.count, start + count)
      let page = keys[(repeats ? max(0, start - count) : start)..<end].map { ReplyText.bulk(Array($0.name.utf8)) }
      return [.bulk(Array("\(end == keys.count ? 0 : end)".utf8)), .array(page)]
    default: break
    }
    let position = ["OBJECT", "MEMORY", "XINFO"].contains(command.name) ? 2 : 1
    guard let index = positions[command.text(position)] else { return .null }
    let key = keys[index]
    let isGone = vanishing > 0 && index % vanishing == 0
    switch name {
    case "TYPE": return .status(isGone ? "none" : key.type)
    case "PTTL": return .integer(isGone ? -2 : key.milliseconds)
    case "OBJECT ENCODING": return isGone ? .error("ERR no such key") : "raw"
    case "MEMORY USAGE": return isGone ? .null : .integer(100)
    case "STRLEN", "HLEN": return .integer(isGone ? 0 : 5)
    case "GETRANGE", "HGETALL": return isGone ? "" : key.value
    default: return .error("ERR unknown command '\(name)'")
    }
  }
}
