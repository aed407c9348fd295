import DBAdapterCore
import DBAdapterTesting
import Foundation
import Testing

/// A MongoDB of a test's own, whose processes it may kill. What was acknowledged with `w: "majority"` is on disk.
final class ThrowawayMongo: ThrowawayServer {
  enum Kind: String {
    /// One server without a replica set, `mongodb`.
    case standalone
    /// Three members, `node1` to `node3`. They elect a new primary about a second after the old one died.
    case replicaSet = "replicaset"
  }

  /// A process. It keeps its name and its port when it starts again, but not its id.
  struct Member: Sendable {
    let name: String
    let port: UInt16
    let processID: Int32
  }

  let url: String
  private let directory: String
  private let current: Locked<[Member]>

  /// Starts a server, and waits until its members agree on a primary.
  static func start(_ kind: Kind = .replicaSet) async throws -> ThrowawayMongo {
    let directory = "/tmp/" + TestServers.uniqueName()
    let output = try await ServersScript.run(["mongo-start", directory, kind.rawValue])
    return ThrowawayMongo(try output.value("url"), directory, try members(in: output))
  }

  private init(_ url: String, _ directory: String, _ members: [Member]) {
    self.url = url
    self.directory = directory
    current = Locked(members)
  }

  var members: [Member] { current.withLock { $0 } }

  /// The member with a name.
  func member(_ name: String) throws -> Member {
    try #require(members.first { $0.name == name }, "no member is called \(name)")
  }

  /// The member that listens on a port, as servers name each other: `127.0.0.1:27017`.
  func member(at address: String) throws -> Member {
    try #require(members.first { address.hasSuffix(":\($0.port)") }, "no member is at \(address)")
  }

  /// Kills a member as a crash of its machine would.
  func crash(_ name: String) throws { kill(try member(name).processID, SIGKILL) }

  /// Stops a member from answering without closing a connection, until it is resumed.
  func pause(_ name: String) throws { kill(try member(name).processID, SIGSTOP) }

  /// Lets a paused member go on.
  func resume(_ name: String) throws { kill(try member(name).processID, SIGCONT) }

  /// Starts the members that were killed, with their ports and data, and waits until all members agree on a primary again. One that
  /// was the primary and was replaced comes back as a secondary.
  func startAgain() async throws {
    let members = try Self.members(in: await ServersScript.run(["mongo-start", directory]))
    current.withLock { $0 = members }
  }

  func remove() async throws { _ = try await ServersScript.run(["mongo-stop", directory]) }

  private static func members(in output: ServersScript.Output) throws -> [Member] {
    try output.values("pid").map { line in
      let words = line.split(separator: " ")
      try #require(words.count == 3, "a member is a name, a port and a process: \(line)")
      return Member(
        name: String(words[0]), port: try #require(UInt16(words[1])), processID: try #require(Int32(words[2])))
    }
  }
}

/// A server of a test's own for as long as a closure runs.
func withThrowawayMongo(
  _ kind: ThrowawayMongo.Kind = .replicaSet, _ body: (ThrowawayMongo) async throws -> Void
) async throws {
  try await withThrowaway(try await ThrowawayMongo.start(kind), body)
}
