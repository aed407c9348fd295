public import DBAdapterCore

extension RedisAdapter {
  /// Redis has no planner: the answer is what the server says of the command, and where its keys lie, marked with ``QueryPlan/isPlan`` as no
  /// plan. Nothing is run.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for ``ExplainMode/analyze``, which Redis has not;
  ///   ``DBError/Code-swift.struct/syntaxError`` for a command the server does not know or that has too few arguments.
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    guard mode == .plan else {
      throw DBError(
        .unsupported, "Redis cannot run a command and measure it at once; SLOWLOG and LATENCY say what was slow")
    }
    let server = try server()
    let command = try RedisCommand(request)
    guard let facts = server.table.facts(of: command) else {
      throw DBError(.syntaxError, "the server does not know the command \(command.name)")
    }
    guard facts.accepts(command.count) else {
      throw DBError(.syntaxError, "\(facts.displayName) takes \(facts.arityText), and \(command.count - 1) are given")
    }
    var details = DBDocument()
    func add(_ name: String, _ value: DBValue) { details.fields.append(DBDocument.Field(name, value)) }
    if let complexity = await complexity(of: facts, server, until: deadline(request.timeout)) {
      add("complexity", .text(complexity))
    }
    add("effect", .text(RedisClassifier(server.table).classify(command).effect.rawValue))
    add("flags", .array(DBArray(facts.flags.sortedNames.map { .text($0) })))
    add("categories", .array(DBArray(facts.categories.sorted().map { .text($0) })))
    add("blocks", .bool(facts.blocks(command)))
    let keys = facts.keyPositions(in: command)
    add("keyPositions", .array(DBArray(keys.positions.map { .int(Int64($0)) })))
    add("keysAreComplete", .bool(keys.isComplete))
    let places = server.places(of: keys.positions.map { command[$0] })
    add("keys", .array(DBArray(places)))
    return QueryPlan(
      mode: mode,
      roots: [
        PlanNode(
          operation: facts.displayName, target: places.count == 1 ? command.text(keys.positions[0]) : nil,
          details: details)
      ],
      native: .document(details), isPlan: false)
  }

  /// The server's sentence on what the command costs, from `COMMAND DOCS` (Redis 7).
  private func complexity(
    of facts: RedisCommandFacts, _ server: RedisServer, until deadline: Deadline
  ) async -> String? {
    guard let endpoint = server.connection?.endpoint,
      // The documentation of some commands is nested deeper than hiredis before 1.0 reads, which ends a connection.
      let (connection, _) = try? await connector.dialer.open(endpoint, limit: .seconds(1))
    else { return nil }
    defer { connection.close() }
    let reply = try? await connection.send(RedisCommand("COMMAND", "DOCS", facts.name), until: deadline)
    return reply?[facts.name]?["complexity"]?.text
  }
}

extension RedisCommandFacts {
  /// `CONFIG GET`.
  var displayName: String { classification.summary }

  /// Whether the server takes a command with so many arguments, the name included.
  func accepts(_ count: Int) -> Bool { arity == 0 || (arity > 0 ? count == arity : count >= -arity) }

  var arityText: String {
    let count = abs(arity) - 1
    return (arity < 0 ? "at least " : "") + "\(count) argument" + (count == 1 ? "" : "s")
  }
}

extension RedisCommandFacts.Flags {
  /// The server's own words, in the order of the alphabet.
  var sortedNames: [String] { Self.names.filter { contains($0.value) }.map(\.key).sorted() }
}
