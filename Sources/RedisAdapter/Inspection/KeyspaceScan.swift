internal import DBAdapterCore

/// Goes through the keys of one node after the other with `SCAN`, as far as the budget allows, and asks about each.
struct KeyspaceScan {
  /// What was found.
  struct Outcome {
    var nodes: [SampledNode]
    /// Keys that were asked about.
    var examined = 0
    var stoppedBy: Coverage.Limit?
    var method: String
    /// Nodes that cannot be reached.
    var unreachable: Set<Int> = []
  }

  /// Which keys to look for.
  struct Target {
    var pattern: KeyPattern?
    /// As `TYPE` says.
    var type: String?
    /// Whether the order in which the server scans has nothing to do with the keys' names, so that the cursor tells how
    /// far the scan is. It is not so in a cluster whose servers scan slot by slot.
    var isRandomOrder = true

    /// What the server is to filter by.
    var glob: [UInt8]? { isRandomOrder ? pattern?.glob : nil }
    var isFilteredByServer: Bool { glob != nil || (type != nil && isRandomOrder) }
  }

  static let pageSize = 1_000

  let run: InspectionRun
  let examiner: KeyExaminer
  let nodes: [any RedisCommanding]
  let budget: SamplingBudget
  let target: Target

  /// - Parameter visit: is given the facts of each key that was found, and its node.
  func scan(_ visit: (KeyFacts, Int) -> Void) async throws(DBError) -> Outcome {
    var outcome = Outcome(nodes: [], method: method)
    for node in nodes { outcome.nodes.append(SampledNode(total: try await total(of: node, &outcome))) }
    var keysLeft = budget.isFull ? Int.max : max(1, budget.items)
    var totalLeft = outcome.nodes.reduce(0) { $0 + $1.total }
    for index in nodes.indices where !outcome.unreachable.contains(index) {
      let total = outcome.nodes[index].total
      // What a small node does not use is left to those after it.
      let share =
        keysLeft >= totalLeft || totalLeft == 0
        ? keysLeft : Int((Double(keysLeft) * Double(total) / Double(totalLeft)).rounded(.up))
      let before = outcome.examined
      try await scan(index, share, &outcome, visit)
      if !budget.isFull { keysLeft = max(0, keysLeft - (outcome.examined - before)) }
      totalLeft -= total
    }
    return outcome
  }

  private var method: String {
    var method = "SCAN"
    if let glob = target.glob { method += " MATCH " + String(escaping: glob) }
    method += " COUNT \(Self.pageSize)"
    if let type = target.type, target.isFilteredByServer { method += " TYPE \(type)" }
    return method
  }

  /// How many keys a node has. One of several that cannot be reached has none, and the scan is not complete without it.
  private func total(of node: any RedisCommanding, _ outcome: inout Outcome) async throws(DBError) -> Int {
    let answer: RedisReply?
    do throws(DBError) {
      answer = try await run.send(RedisCommand("DBSIZE"), to: node)
    } catch {
      guard nodes.count > 1, error.code == .connectionFailed || error.code == .connectionLost else { throw error }
      run.note("a node could not be read: \(error.message)")
      outcome.stoppedBy = .unreachable
      outcome.unreachable.insert(outcome.nodes.count)
      return 0
    }
    guard let reply = answer else { return 0 }
    if run.isRefusal(reply, of: "DBSIZE") { run.note("without DBSIZE the number of keys is not known") }
    return reply.integer.map { Int($0) } ?? 0
  }

  private func scan(
    _ index: Int, _ allotted: Int, _ outcome: inout Outcome, _ visit: (KeyFacts, Int) -> Void
  ) async throws(DBError) {
    let node = nodes[index]
    var seenKeys = SeenKeys()
    var examined = 0
    var progress = 0.0
    var usesType = target.type != nil && target.isFilteredByServer
    var next = try await run.send(page(at: "0", allotted, usesType), to: node)
    if usesType, let reply = next, reply.kind == .error, reply.text?.hasPrefix("ERR syntax") == true {
      // Before Redis 6 there is no TYPE option.
      usesType = false
      next = try await run.send(page(at: "0", allotted, usesType), to: node)
    }
    while let reply = next {
      if reply.kind == .error { throw RedisErrors.error(reply) }
      var parts = reply.elements
      guard let cursor = parts.next()?.text, let page = parts.next(), page.kind == .array else {
        throw DBError(.protocolViolation, "SCAN was not answered with a cursor and a page")
      }
      var names: [[UInt8]] = []
      var visited = 0
      for name in page.elements.compactMap(\.bytes) where seenKeys.insert(KeyHash(name)) {
        visited += 1
        if target.pattern?.fits(name) != false { names.append(name) }
      }
      let isLast = cursor == "0"
      let isCut = !isLast && !target.isFilteredByServer && names.count > allotted - examined
      if isCut { names.removeLast(names.count - (allotted - examined)) }
      let isEnough = !isLast && examined + names.count >= allotted
      let goesOn = !isLast && !isEnough && !run.isScanOver
      let (keys, answer) = try await examiner.examine(
        names, on: node, after: goesOn ? self.page(at: cursor, allotted - examined - names.count, usesType) : nil)
      examined += names.count
      outcome.examined += keys.count
      for key in keys where target.type.map({ $0 == key.type }) != false { visit(key, index) }
      // What was not asked about for want of time was not seen.
      let unasked = run.isOver ? names.count - keys.count : 0
      if target.isFilteredByServer {
        let page = (isLast ? 1 : Self.progress(cursor)) - progress
        progress += names.isEmpty ? page : page * Double(names.count - unasked) / Double(names.count)
        outcome.nodes[index].seen = Int((progress * Double(outcome.nodes[index].total)).rounded())
      } else {
        outcome.nodes[index].seen += (isCut && target.pattern == nil ? names.count : visited) - unasked
      }
      if isLast, unasked == 0 {
        outcome.nodes[index].isComplete = true
        return
      }
      if isEnough {
        outcome.stoppedBy = outcome.stoppedBy ?? .items
        return
      }
      next = goesOn ? answer : nil
    }
    outcome.stoppedBy = outcome.stoppedBy ?? .duration
  }

  private func page(at cursor: String, _ left: Int, _ usesType: Bool) -> RedisCommand {
    var command = RedisCommand("SCAN", cursor)
    if let glob = target.glob { command = command.with("MATCH").with(glob) }
    // A filtered page holds fewer keys than were visited for it.
    let count = target.isFilteredByServer || target.pattern != nil ? Self.pageSize : min(Self.pageSize, max(10, left))
    command = command.with("COUNT", "\(count)")
    if usesType, let type = target.type { command = command.with("TYPE", type) }
    return command
  }

  /// How much of the hash table is behind a cursor, from 0 to 1: the server counts buckets from the highest bit down, so
  /// the cursor's bits in reverse are a fraction.
  static func progress(_ cursor: String) -> Double {
    guard let cursor = UInt64(cursor) else { return 0 }
    var reversed: UInt64 = 0
    for bit in 0..<64 where cursor >> UInt64(bit) & 1 == 1 { reversed |= 1 << UInt64(63 - bit) }
    return Double(reversed) / 0x1p64
  }
}
