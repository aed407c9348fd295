import DBAdapterTesting
import Foundation
import Testing

/// That tests of lost servers lose what they mean to lose.
@Suite(.serialized, .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct ThrowawayRedisTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      (ThrowawayRedis.Kind.standalone, "redis", 1), (.cluster, "node5", 6), (.sentinel, "sentinel2", 5),
    ])
  func aCrashedNodeStartsAgainOnItsPort(_ kind: ThrowawayRedis.Kind, name: String, count: Int) async throws {
    var processes: [Int32] = []
    try await withThrowawayRedis(kind, directives: ["maxmemory": "16mb", "notify-keyspace-events": ""]) { server in
      let before = server.nodes
      #expect(before.count == count)
      try server.crash(name)
      try await eventually("\(name) runs") { try !isRunning(server.node(name).processID) }
      #expect(before.filter { isRunning($0.processID) }.count == count - 1)
      try await server.startAgain()
      for (old, new) in zip(before, server.nodes) {
        #expect(old.name == new.name && old.port == new.port && isRunning(new.processID))
        #expect((old.processID == new.processID) == (old.name != name))
      }
      processes = server.nodes.map(\.processID)
    }
    #expect(processes.count == count && !processes.contains { isRunning($0) })
  }

  /// A process that nobody has waited for yet has an id, but no command.
  private func isRunning(_ processID: Int32) -> Bool {
    (try? String(contentsOfFile: "/proc/\(processID)/cmdline", encoding: .utf8))?.contains("redis-server") == true
  }
}
