import DBAdapterTesting
import Foundation
import Testing

/// That tests of lost servers lose what they mean to lose.
@Suite(.serialized, .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct ThrowawayMongoTests {
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [(ThrowawayMongo.Kind.standalone, "mongodb", 1), (.replicaSet, "node1", 3)])
  func aCrashedMemberStartsAgainOnItsPort(_ kind: ThrowawayMongo.Kind, name: String, count: Int) async throws {
    var processes: [Int32] = []
    try await withThrowawayMongo(kind) { server in
      let before = server.members
      #expect(before.count == count)
      #expect(before.allSatisfy { server.url.contains("127.0.0.1:\($0.port)") })
      try server.crash(name)
      try await eventually("\(name) is gone") { try !isRunning(server.member(name).processID) }
      #expect(before.filter { isRunning($0.processID) }.count == count - 1)
      try await server.startAgain()
      for (old, new) in zip(before, server.members) {
        #expect(old.name == new.name && old.port == new.port && isRunning(new.processID))
        #expect((old.processID == new.processID) == (old.name != name))
      }
      processes = server.members.map(\.processID)
    }
    #expect(processes.count == count && !processes.contains { isRunning($0) })
  }

  /// A process that nobody has waited for yet has an id, but no command.
  private func isRunning(_ processID: Int32) -> Bool {
    (try? String(contentsOfFile: "/proc/\(processID)/cmdline", encoding: .utf8))?.contains("mongod.conf") == true
  }
}
