import DBAdapterCore
import DBAdapterTesting
import Foundation
import Testing

/// A Redis of a test's own, or a group of them, whose processes it may kill. What was acknowledged is on disk.
final class ThrowawayRedis: ThrowawayServer {
  enum Kind: String {
    /// One node, `redis`.
    case standalone
    /// Six nodes, `node1` to `node6`; the first three are primaries to begin with.
    case cluster
    /// `primary` and `replica`, as they are to begin with, and `sentinel1` to `sentinel3`.
    case sentinel
  }

  /// A process. It keeps its name and its port when it starts again, but not its id.
  struct Node: Sendable {
    let name: String
    let port: UInt16
    let processID: Int32
  }

  let url: String
  private let directory: String
  private let current: Locked<[Node]>

  /// Starts a server.
  /// - Parameter directives: more lines for `redis.conf`, as `["maxmemory": "4mb"]`; sentinels do not get them.
  static func start(_ kind: Kind = .standalone, directives: [String: String] = [:]) async throws -> ThrowawayRedis {
    let directory = "/tmp/" + TestServers.uniqueName()
    let more = directives.isEmpty ? [] : ["--"] + directives.flatMap { [$0.key, $0.value] }
    let output = try await ServersScript.run(["redis-start", directory, kind.rawValue] + more)
    return ThrowawayRedis(try output.value("url"), directory, try nodes(in: output))
  }

  private init(_ url: String, _ directory: String, _ nodes: [Node]) {
    self.url = url
    self.directory = directory
    current = Locked(nodes)
  }

  var nodes: [Node] { current.withLock { $0 } }

  /// The node with a name.
  func node(_ name: String) throws -> Node {
    try #require(nodes.first { $0.name == name }, "no node is called \(name)")
  }

  /// Kills a node as a crash of its machine would; the only one, unless there is a name.
  func crash(_ name: String = "redis") throws { kill(try node(name).processID, SIGKILL) }

  /// Stops a node from answering without closing a connection, until it is resumed.
  func pause(_ name: String = "redis") throws { kill(try node(name).processID, SIGSTOP) }

  /// Lets a paused node go on.
  func resume(_ name: String = "redis") throws { kill(try node(name).processID, SIGCONT) }

  /// Starts the nodes that were killed, with their ports and data, and waits until all nodes agree again. A primary that was replaced
  /// comes back as a replica; with sentinels that takes some ten seconds.
  func startAgain() async throws {
    let nodes = try Self.nodes(in: await ServersScript.run(["redis-start", directory]))
    current.withLock { $0 = nodes }
  }

  func remove() async throws { _ = try await ServersScript.run(["redis-stop", directory]) }

  private static func nodes(in output: ServersScript.Output) throws -> [Node] {
    try output.values("pid").map { line in
      let words = line.split(separator: " ")
      try #require(words.count == 3, "a node is a name, a port and a process: \(line)")
      return Node(
        name: String(words[0]), port: try #require(UInt16(words[1])), processID: try #require(Int32(words[2])))
    }
  }
}

/// A server of a test's own for as long as a closure runs.
func withThrowawayRedis(
  _ kind: ThrowawayRedis.Kind = .standalone, directives: [String: String] = [:],
  _ body: (ThrowawayRedis) async throws -> Void
) async throws {
  try await withThrowaway(try await ThrowawayRedis.start(kind, directives: directives), body)
}
