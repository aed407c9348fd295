internal import DBAdapterCore

/// Makes the sessions of one configuration; they share what is known of the server's commands and scripts.
final class RedisConnector: AdapterConnector {
  let configuration: ConnectionConfiguration
  let dialer: RedisDialer
  private let known = Locked(Knowledge())

  private struct Knowledge {
    var table: RedisCommandTable?
    /// Digests of scripts that a server was seen to hold.
    var scripts: Set<String> = []
  }

  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    self.configuration = configuration
    dialer = try RedisDialer(RedisOptions(configuration))
  }

  /// Sessions share one connection, on which their commands are pipelined; what blocks takes another.
  var poolTraits: PoolTraits {
    PoolTraits(leaseMode: .multiplexed(connections: 1, sessions: 10_000))
  }

  func makeAdapter() -> any IDBAdapter { RedisAdapter(self) }

  func shutdown() async {}

  /// The server's commands, asked for once.
  func commandTable(
    from server: any RedisCommanding, until deadline: Deadline
  ) async throws(DBError) -> RedisCommandTable {
    if let table = known.withLock({ $0.table }) { return table }
    let reply = try await server.send([RedisCommand("COMMAND")], until: deadline)[0]
    // Where the user may not ask, or the server calls it by another name, a few well-known commands have to do.
    let table = reply.kind == .array ? try RedisCommandTable(reply) : .builtIn
    known.withLock { $0.table = table }
    return table
  }

  func isKnown(script digest: String) -> Bool { known.withLock { $0.scripts.contains(digest) } }

  func note(script digest: String, isKnown: Bool) {
    known.withLock { known in
      if !isKnown {
        known.scripts.remove(digest)
      } else if known.scripts.count < Self.scriptCapacity {
        known.scripts.insert(digest)
      }
    }
  }

  private static let scriptCapacity = 10_000
}
