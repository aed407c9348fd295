internal import DBAdapterCore

/// Reads a part of the values of sampled keys, none of them more than a mebibyte or so.
struct ValueReader {
  /// Elements of a collection that are read.
  static let elementCount = 20
  /// Bytes of a string that are read, so that it may be taken for a number or JSON.
  static let wholeLength: Int64 = 8_192
  private static let partLength: Int64 = 256
  private static let mostBytes: Int64 = 1 << 20
  private static let mostFields: Int64 = 512
  /// Keys whose values are asked for at a time.
  private static let batchSize = 32

  let run: InspectionRun
  let nodes: [any RedisCommanding]

  /// Adds what the values of some keys are to what is known.
  /// - Returns: how many keys were read, which are less than there are when the time was over.
  func read(_ keys: [KeySample.Key], ofType type: String, into values: inout GroupValues) async throws(DBError) -> Int {
    var count = 0
    for (index, node) in nodes.enumerated() {
      var rest = keys.filter { $0.node == index }[...]
      while !rest.isEmpty, !run.isOver {
        let batch = rest.prefix(Self.batchSize)
        rest = rest.dropFirst(batch.count)
        count += try await read(batch, type, node, &values)
      }
    }
    return count
  }

  private func read(
    _ keys: ArraySlice<KeySample.Key>, _ type: String, _ node: any RedisCommanding, _ values: inout GroupValues
  ) async throws(DBError) -> Int {
    var commands: [RedisCommand] = []
    var questions: [(key: KeySample.Key, question: Question)] = []
    for key in keys {
      for question in Self.questions(of: type, key) where !values.refused.contains(question.name) {
        questions.append((key, question))
        commands.append(question.command(key.name))
      }
    }
    if commands.isEmpty {
      if !keys.isEmpty, ["string", "hash", "list", "set", "zset"].contains(type) {
        run.note("values that may be larger than \(Self.mostBytes >> 20) MiB were not read")
      }
      return keys.count
    }
    let replies: [RedisReply]
    do throws(DBError) {
      replies = try await run.send(commands, to: node)
    } catch {
      guard error.code == .resourceLimit else { throw error }
      run.note("some values were too large to be read")
      return keys.count
    }
    var row = -1
    var last: [UInt8]?
    for ((key, question), reply) in zip(questions, replies) {
      if last != key.name {
        row = values.addRow()
        last = key.name
      }
      if run.isRefusal(reply, of: question.name) { values.refused.insert(question.name) }
      // The key may have vanished, or be of another type by now.
      if reply.kind != .error { values.add(reply, to: question, of: key, row: row) }
    }
    return keys.count
  }

  /// What to ask about one key.
  enum Question {
    case string(length: Int64, isWhole: Bool)
    case fields
    case someFields
    case elements, members, scores
    case document
    case stream, groups, entries

    /// As in notes.
    var name: String {
      switch self {
      case .string: "GETRANGE"
      case .fields: "HGETALL"
      case .someFields: "HSCAN"
      case .elements: "LRANGE"
      case .members: "SSCAN"
      case .scores: "ZRANGE"
      case .document: "JSON.GET"
      case .stream: "XINFO STREAM"
      case .groups: "XINFO GROUPS"
      case .entries: "XREVRANGE"
      }
    }

    func command(_ key: [UInt8]) -> RedisCommand {
      let last = "\(ValueReader.elementCount - 1)"
      let count = "\(ValueReader.elementCount)"
      return switch self {
      case .string(let length, _): RedisCommand("GETRANGE").with(key).with("0", "\(length - 1)")
      case .fields: RedisCommand("HGETALL").with(key)
      case .someFields: RedisCommand("HSCAN").with(key).with("0", "COUNT", count)
      case .elements: RedisCommand("LRANGE").with(key).with("0", last)
      case .members: RedisCommand("SSCAN").with(key).with("0", "COUNT", count)
      case .scores: RedisCommand("ZRANGE").with(key).with("0", last, "WITHSCORES")
      case .document: RedisCommand("JSON.GET").with(key)
      case .stream: RedisCommand("XINFO", "STREAM").with(key)
      case .groups: RedisCommand("XINFO", "GROUPS").with(key)
      case .entries: RedisCommand("XREVRANGE").with(key).with("+", "-", "COUNT", "5")
      }
    }
  }

  private static func questions(of type: String, _ key: KeySample.Key) -> [Question] {
    let elements = max(0, key.elements ?? 100)
    let bytes = key.bytes ?? elements * 64
    // What some elements take, if they are all alike.
    let isModest = bytes / max(1, elements) * Int64(elementCount) <= mostBytes
    switch type {
    case "string":
      let isWhole = (key.elements ?? 0) <= wholeLength
      return [.string(length: isWhole ? wholeLength : partLength, isWhole: isWhole)]
    case "hash":
      if elements <= mostFields, bytes <= mostBytes { return [.fields] }
      return isModest ? [.someFields] : []
    case "list": return isModest ? [.elements] : []
    case "set": return isModest ? [.members] : []
    case "zset": return isModest ? [.scores] : []
    case "ReJSON-RL": return bytes <= mostBytes / 4 ? [.document] : []
    case "stream": return [.stream, .groups] + (bytes / max(1, elements) * 5 <= mostBytes ? [.entries] : [])
    default: return []
    }
  }
}
