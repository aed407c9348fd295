internal import DBAdapterCore

/// Where a `SCAN` through a whole cluster is: a node's own cursor, and a slot that stands for the node.
///
/// Both are in one number, as callers and the server's protocol expect: the slot in the lowest 14 bits. Zero is the beginning, and the end.
struct ClusterCursor: Sendable, Hashable {
  private static let slotBits: UInt64 = 14

  var slot: Int
  var position: UInt64

  init(slot: Int, position: UInt64) {
    self.slot = slot
    self.position = position
  }

  init?(_ text: String) {
    guard let number = UInt64(text) else { return nil }
    slot = Int(number & (1 << Self.slotBits - 1))
    position = number >> Self.slotBits
  }

  /// `nil` when the node's cursor leaves no room for the slot.
  var number: UInt64? {
    position >> (64 - Self.slotBits) == 0 ? position << Self.slotBits | UInt64(slot) : nil
  }
}

extension RedisCluster {
  /// One page of a `SCAN` through all primaries, one after the other. Keys that move to another node meanwhile may be missed or come twice.
  func scan(_ index: Int, _ journey: inout ClusterJourney) async throws(DBError) {
    let command = journey.commands[index]
    guard command.count > 1, var cursor = ClusterCursor(command.text(1)) else {
      return journey.finish(index, .error("ERR invalid cursor"), acted: false)
    }
    try await load(until: journey.deadline)
    let first = state.withLock { $0.topology.firstSlots }
    if cursor.position == 0, cursor.slot == 0 { cursor.slot = first.first ?? 0 }
    var page = RedisCommand("SCAN", "\(cursor.position)")
    for position in 2..<command.count { page.append(command[position]) }
    var visit = journey.visit([page])
    try await perform([ClusterUnit(commands: 0..<1, target: .slot(cursor.slot), isRead: true)], &visit)
    guard let reply = visit.replies[0] else { return }
    var parts = reply.elements
    guard reply.kind == .array, let next = parts.next()?.text.flatMap({ UInt64($0) }), let keys = parts.next() else {
      return journey.finish(index, reply, acted: false)
    }
    let successor =
      next != 0
      ? ClusterCursor(slot: cursor.slot, position: next)
      : ClusterCursor(slot: first.first { $0 > cursor.slot } ?? 0, position: 0)
    guard let number = successor.number else {
      throw DBError(
        .unsupported, "the cursor of a node is too large to scan the cluster as a whole; scan its nodes one by one")
    }
    journey.finish(index, .array([.bulk("\(number)"), keys]), acted: false)
  }
}
