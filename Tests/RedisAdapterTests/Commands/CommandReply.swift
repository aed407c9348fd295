import DBAdapterCore
import Testing

@testable import RedisAdapter

/// The reply of `COMMAND` of Redis 7.0.15, made again from the listing in `Golden/`.
enum CommandReply {
  /// The shape before Redis 7 has neither subcommands nor key specs, and the containers' flags stand for all of them.
  enum Shape { case redis7, redis6 }

  static func table(_ shape: Shape = .redis7) throws -> RedisCommandTable { try RedisCommandTable(reply(shape)) }

  static func reply(_ shape: Shape = .redis7) throws -> RedisReply { try read(text(shape)) }

  static func read(_ text: String) throws -> RedisReply {
    let reader = ReplyReader(limit: 1 << 24)
    var replies: [RedisReply] = []
    var text = text
    try text.withUTF8 { bytes in
      try reader.read(UnsafeRawBufferPointer(bytes)) { item in
        if case .reply(let reply) = item { replies.append(reply) }
      }
    }
    return replies[0]
  }

  private static func text(_ shape: Shape) -> String {
    var commands: [(name: String, fields: [String])] = []
    var subcommands: [String: [[String]]] = [:]
    for line in readGolden("commands-7.0.txt").split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: ";", omittingEmptySubsequences: false).map { String($0).trimmed }
      if let bar = fields[0].firstIndex(of: "|") {
        subcommands[String(fields[0][..<bar]), default: []].append(fields)
      } else {
        commands.append((fields[0], fields))
      }
    }
    return array(
      commands.map { command in
        entry(command.fields, shape, array((subcommands[command.name] ?? []).map { entry($0, shape, array([])) }))
      })
  }

  private static func entry(_ fields: [String], _ shape: Shape, _ subcommands: String) -> String {
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    var items = [bulk(fields[0]), ":\(fields[1])\r\n", array(words(fields[2]).map { "+\($0)\r\n" })]
    items += words(fields[3]).map { ":\($0)\r\n" }
    items.append(array(words(fields[4]).map { "+\($0)\r\n" }))
    guard shape == .redis7 else { return array(items) }
    items.append(array(words(fields[5]).map(bulk)))
    items.append(array(fields[6].split(separator: ",").map { spec(String($0)) }))
    items.append(subcommands)
    return array(items)
  }

  private static func spec(_ text: String) -> String {
    let parts = text.split(separator: ">").map { String($0).trimmed.split(separator: " ").map(String.init) }
    func section(_ words: [String], _ names: [String: [String]]) -> String {
      let fields = zip(names[words[0]] ?? [], words.dropFirst())
      return array([
        bulk("type"), bulk(words[0]), bulk("spec"),
        array(fields.flatMap { [bulk($0), Int($1).map { ":\($0)\r\n" } ?? bulk($1)] }),
      ])
    }
    return array([
      bulk("flags"), array(parts[0].map { "+\($0)\r\n" }), bulk("begin_search"),
      section(parts[1], ["index": ["index"], "keyword": ["keyword", "startfrom"]]), bulk("find_keys"),
      section(
        parts[2], ["range": ["lastkey", "keystep", "limit"], "keynum": ["keynumidx", "firstkey", "keystep"]]),
    ])
  }

  private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
  private static func array(_ items: [String]) -> String { "*\(items.count)\r\n" + items.joined() }
}

extension String {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}

extension RedisCommand {
  /// A command of words, for tests.
  init(words text: String) {
    self.init()
    for word in text.split(separator: " ") { append(word == "''" ? "" : String(word)) }
  }
}
