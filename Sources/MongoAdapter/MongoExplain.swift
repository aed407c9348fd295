public import DBAdapterCore

extension MongoAdapter {
  /// The server's `explain`: `queryPlanner` for a plan, `executionStats` for an analysis, or the verbosity of a request that is an `explain`
  /// itself. ``QueryPlan/notes`` says in a sentence what the winning plan does, and warns of collection scans.
  ///
  /// An analysis of a command that writes changes nothing: the server only pretends to (MongoDB manual, explain).
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    let command = try MongoStatement(request, database: options.database)
    let explained = command.explained(mode == .plan ? "queryPlanner" : "executionStats")
    return try await access.perform(timeout: request.timeout) { session, operation throws(DBError) in
      guard case .reply(let reply) = try session.send(explained, operation) else {
        throw DBError(.protocolViolation, "the server explains with a cursor", adapter: .mongodb)
      }
      return MongoPlan(reply, mode: mode).plan
    }
  }
}

extension MongoStatement {
  fileprivate func explained(_ verbosity: String) -> MongoStatement {
    if name == "explain" { return self }
    var inner = document.removing(["$readPreference", "explain"])
    // The server wants a cursor of an aggregation, and explains none.
    if name == "aggregate", inner["cursor"] == nil { inner = inner.adding("cursor", [:]) }
    let explain: BSONDocument = ["explain": .document(inner), "verbosity": .string(verbosity)]
    return MongoStatement(MongoCommand(database: database, document: explain))
  }
}

/// An explanation of the server's, read.
private struct MongoPlan {
  let reply: BSONDocument
  let mode: ExplainMode

  init(_ reply: BSONDocument, mode: ExplainMode) {
    self.reply = reply
    self.mode = mode
  }

  var plan: QueryPlan {
    let roots = roots
    return QueryPlan(
      mode: mode, roots: roots, native: .json(DBJSON(reply.extendedJSON())), notes: notes(roots))
  }

  /// A find has one tree; a pipeline has stages, the first with a tree; a sharded deployment has one a shard.
  private var roots: [PlanNode] {
    if let shards = reply["shards"]?.document {
      return shards.compactMap { name, value in
        value.document.map { PlanNode(operation: "SHARD", target: name, children: Self.roots(of: $0)) }
      }
    }
    return Self.roots(of: reply)
  }

  private static func roots(of part: BSONDocument) -> [PlanNode] {
    if let stages = part["stages"]?.array {
      return stages.compactMap { $0.document }.flatMap { stage -> [PlanNode] in
        guard let (name, value) = stage.first(where: { $0.name.hasPrefix("$") }) else { return [] }
        if name == "$cursor", let inner = value.document { return roots(of: inner) }
        return [
          PlanNode(
            operation: name, details: DBDocument([.init("stage", value.resultValue)]),
            actualRows: stage["nReturned"]?.integer.map(Double.init),
            actualMilliseconds: stage["executionTimeMillisEstimate"]?.integer.map(Double.init))
        ]
      }
    }
    let planner = part["queryPlanner"]?.document ?? part
    if let stages = part.value(at: "executionStats.executionStages")?.document { return [node(stages)] }
    guard let winner = planner["winningPlan"]?.document else { return [] }
    if let shards = winner["shards"]?.array {
      return shards.compactMap { $0.document }.map { shard in
        PlanNode(operation: "SHARD", target: shard["shardName"]?.text, children: roots(of: shard))
      }
    }
    // The slot-based engine keeps what people read in a part of its own.
    return [node(winner["queryPlan"]?.document ?? winner)]
  }

  private static func node(_ stage: BSONDocument) -> PlanNode {
    var children: [PlanNode] = []
    if let input = stage["inputStage"]?.document { children.append(node(input)) }
    for input in stage["inputStages"]?.array ?? [] { if let input = input.document { children.append(node(input)) } }
    for name in ["outerStage", "innerStage", "thenStage", "elseStage"] {
      if let input = stage[String(name)]?.document { children.append(node(input)) }
    }
    let shown = stage.removing([
      "stage", "inputStage", "inputStages", "outerStage", "innerStage", "thenStage", "elseStage", "indexName",
      "nReturned", "executionTimeMillisEstimate", "planNodeId",
    ])
    return PlanNode(
      operation: stage["stage"]?.text ?? "", target: stage["indexName"]?.text,
      details: DBDocument(shown.map { DBDocument.Field($0.name, $0.value.resultValue) }),
      actualRows: stage["nReturned"]?.integer.map(Double.init),
      actualMilliseconds: stage["executionTimeMillisEstimate"]?.integer.map(Double.init), children: children)
  }

  // MARK: In sentences

  private func notes(_ roots: [PlanNode]) -> [String] {
    var notes: [String] = []
    let stages = roots.flatMap(Self.all)
    let indexes = stages.filter { $0.operation == "IXSCAN" }.compactMap(\.target)
    if !indexes.isEmpty {
      notes.append("uses \(indexes.count == 1 ? "the index" : "the indexes") \(indexes.joined(separator: ", "))")
    }
    if stages.contains(where: { ["IDHACK", "CLUSTERED_IXSCAN", "EXPRESS_IXSCAN"].contains($0.operation) }) {
      notes.append("looks documents up by their _id")
    }
    if stages.contains(where: { $0.operation == "COLLSCAN" }) {
      notes.append("warning: reads the whole collection (COLLSCAN); an index would help if it is large")
    }
    if stages.contains(where: { $0.operation == "SORT" }) {
      notes.append("warning: sorts in memory; an index in the sort's order would not have to")
    }
    if let statistics = reply["executionStats"]?.document ?? firstCursorStatistics {
      let returned = statistics["nReturned"]?.integer ?? 0
      let examined = statistics["totalDocsExamined"]?.integer ?? 0
      let keys = statistics["totalKeysExamined"]?.integer ?? 0
      var sentence = "returned \(returned) of \(examined) documents examined, with \(keys) index keys"
      if returned > 0, examined > returned {
        sentence += ": \(Self.ratio(examined, returned)) examined for each returned"
      }
      notes.append(sentence)
    }
    return notes
  }

  private var firstCursorStatistics: BSONDocument? {
    reply["stages"]?.array?.first { _ in true }?.document?.value(at: "$cursor.executionStats")?.document
  }

  private static func ratio(_ examined: Int, _ returned: Int) -> String {
    let ratio = Double(examined) / Double(returned)
    return DBValue.text(of: ratio >= 10 ? ratio.rounded() : (ratio * 10).rounded() / 10)
  }

  private static func all(_ node: PlanNode) -> [PlanNode] { [node] + node.children.flatMap(all) }
}
