import DBAdapterCore
import DBAdapterTesting
import Testing

@testable import RedisAdapter

/// A cluster client, and the nodes of its cluster one by one, for a test.
struct TestCluster: Sendable {
  let cluster: RedisCluster
  let dialer: RedisDialer

  /// - Parameter url: as `Scripts/servers` prints it.
  init(_ url: String) async throws {
    dialer = try RedisDialer(RedisOptions(ConnectionConfiguration(ConnectionString(url))))
    cluster = RedisCluster(dialer, limit: .seconds(2))
    let command = try await cluster.send(RedisCommand("COMMAND"), until: Deadline(after: .seconds(10)))
    cluster.use(try RedisCommandTable(command))
  }

  /// A connection to one node.
  func node(_ port: UInt16) async throws -> RedisConnection {
    try await dialer.open(Endpoint(host: "127.0.0.1", port: port), limit: .seconds(2)).connection
  }

  func send(_ words: String...) async throws -> RedisReply {
    var command = RedisCommand()
    for word in words { command.append(word) }
    return try await cluster.send(command, until: Deadline(after: .seconds(5)))
  }

  /// A tag whose keys are in a slot: `{17}`.
  static func tag(inSlot slot: Int) -> String {
    var number = 0
    while HashSlot.of(Array("\(number)".utf8)[...]) != slot { number += 1 }
    return "{\(number)}"
  }

  /// Some tags, spread over all slots.
  static let tags = (0..<24).map { tag(inSlot: $0 * 683 + 5) }
}

extension RedisConnection {
  /// Sends words and expects no error.
  @discardableResult
  func call(_ words: String...) async throws -> RedisReply {
    var command = RedisCommand()
    for word in words { command.append(word) }
    return try await send(command, until: Deadline(after: .seconds(5)))
  }

  /// `master` or `slave`.
  var role: String? { get async throws { try await call("ROLE").elements.first { _ in true }?.text } }
  var nodeID: String { get async throws { try #require(try await call("CLUSTER", "MYID").text) } }
}

/// Moves slots from one primary to another while both serve them, as `redis-cli --cluster reshard` does.
struct SlotMigration {
  let source: RedisConnection
  let target: RedisConnection
  let targetPort: UInt16
  let password: String

  func move(_ slots: some Sequence<Int>) async throws {
    let (from, to) = (try await source.nodeID, try await target.nodeID)
    for slot in slots {
      try await target.call("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
      try await source.call("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
      while true {
        // Few at a time, so that writers meet a slot that is half here and half there.
        let keys = try await source.call("CLUSTER", "GETKEYSINSLOT", "\(slot)", "2").elements.compactMap(\.text)
        if keys.isEmpty { break }
        var migrate = RedisCommand("MIGRATE", "127.0.0.1", "\(targetPort)", "", "0", "2000", "AUTH", password, "KEYS")
        for key in keys { migrate.append(key) }
        _ = try await source.send(migrate, until: Deadline(after: .seconds(5)))
        try await Task.sleep(for: .milliseconds(5))
      }
      try await target.call("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
      try await source.call("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
    }
  }
}
