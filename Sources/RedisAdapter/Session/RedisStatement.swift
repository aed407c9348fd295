internal import DBAdapterCore

/// A request that was read: the command, and what the server says of it.
final class RedisStatement: PreparedStatement {
  let command: RedisCommand
  let timeout: Duration?
  private let rowLimit: Int?
  private let facts: RedisCommandFacts?
  private let server: RedisServer
  private let adapter: RedisAdapter

  /// - Throws: ``DBError/Code-swift.struct/syntaxError``, ``DBError/Code-swift.struct/invalidParameter``;
  ///   ``DBError/Code-swift.struct/unsupported`` for a command that cannot be sent as a statement.
  init(_ request: QueryRequest, on server: RedisServer, of adapter: RedisAdapter) throws(DBError) {
    command = try RedisCommand(request)
    timeout = request.timeout
    rowLimit = request.rowLimit
    self.server = server
    self.adapter = adapter
    facts = server.table.facts(of: command)
    if facts == nil, server.table.hidesName(of: command) {
      throw DBError(.invalidParameter, "the name of a command cannot contain a zero byte")
    }
    if facts?.changesConnection != false { try Self.checkSendable(command, facts) }
  }

  var classification: StatementClassification { RedisClassifier(server.table).classify(command, facts) }

  var connectionNeed: ConnectionNeed {
    guard let facts else { return .any }
    if facts.changesConnection { return .ownSession }
    return facts.blocks(command) ? .ownConnection : .any
  }

  func execute() async throws(DBError) -> QueryResult {
    let start = Deadline.now()
    var result = result(of: try await run(from: start))
    result.timing.executed = start.elapsed()
    return result
  }

  func result(of reply: RedisReply) -> QueryResult {
    ReplyRows.result(of: reply, to: command, facts, rowLimit: rowLimit)
  }

  /// Sends the command, in whatever way suits it.
  /// - Parameter start: when its time began.
  func run(from start: Deadline = .now()) async throws(DBError) -> RedisReply {
    guard let facts, facts.needsCare else {
      return try await server.send(command, until: adapter.deadline(timeout, from: start))
    }
    // WAIT is about its connection: one of its own would wait for nothing, and a cluster says so.
    if facts.blocks(command), !facts.changesConnection || server.cluster == nil {
      return try await server.runBlocking(command, limit: timeout)
    }
    if facts.isScript { return try await runScript() }
    noteTraces()
    return try await server.send(command, until: adapter.deadline(timeout))
  }

  /// Remembers what the command leaves behind on its connection.
  func noteTraces() { if let facts, facts.changesConnection { server.note(command, facts) } }

  /// A script travels once; after that its digest does, until the server says that it has forgotten it.
  private func runScript() async throws(DBError) -> RedisReply {
    let deadline = adapter.deadline(timeout)
    guard command.count > 2, command[1].count > 40 else { return try await server.send(command, until: deadline) }
    let digest = ScriptDigest.of(command[1])
    if adapter.connector.isKnown(script: digest) {
      do throws(DBError) {
        return try await server.send(command.byDigest(digest), until: deadline)
      } catch {
        guard error.server?.nativeName == "NOSCRIPT" else { throw error }
        adapter.connector.note(script: digest, isKnown: false)
      }
    }
    let reply = try await server.send(command, until: deadline)
    adapter.connector.note(script: digest, isKnown: true)
    return reply
  }

  /// Commands that would make the replies after them somebody else's.
  private static func checkSendable(_ command: RedisCommand, _ facts: RedisCommandFacts?) throws(DBError) {
    let (name, instead): (String, String)
    switch facts?.name ?? command.name.lowercased() {
    case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe":
      (name, instead) = (command.name, "messages are read with withMessages(of:)")
    case "monitor": (name, instead) = ("MONITOR", "its answers have no end")
    case "sync", "psync", "replconf": (name, instead) = (command.name, "it makes a replica of the connection")
    case "client|reply": (name, instead) = ("CLIENT REPLY", "every command has to be answered")
    case "hello":
      (name, instead) = ("HELLO", "this library speaks RESP2; give user and password in the connection string")
    case "quit": (name, instead) = ("QUIT", "a session ends with the closure that lent it")
    default: return
    }
    throw DBError(.unsupported, "\(name) cannot be sent as a statement: \(instead)")
  }
}

extension RedisCommand {
  /// `EVAL script …` as `EVALSHA digest …`.
  fileprivate func byDigest(_ digest: String) -> RedisCommand {
    var command = RedisCommand(name == "EVAL_RO" ? "EVALSHA_RO" : "EVALSHA", digest)
    for position in 2..<count { command.append(self[position]) }
    return command
  }
}
