internal import DBAdapterCore

/// An explanation of the server's, read.
struct MongoPlan {
  let reply: BSONDocument
  let mode: ExplainMode

  init(_ reply: BSONDocument, mode: ExplainMode) {
    self.reply = reply
    self.mode = mode
  }

  var plan: QueryPlan {
    let roots = roots
    return QueryPlan(
      mode: mode, roots: roots,
      native: .json(DBJSON(reply.removing(["$clusterTime", "operationTime"]).extendedJSON())),
      notes: MongoPlanNotes(roots, executions).sentences)
  }

  /// A find has one tree; a pipeline has stages, the first with a tree; a sharded deployment has one a shard.
  private var roots: [PlanNode] {
    guard let shards = reply["shards"]?.document else { return Self.roots(of: reply) }
    return shards.compactMap { name, value in
      value.document.map { PlanNode(operation: "SHARD", target: name, children: Self.roots(of: $0)) }
    }
  }

  private static func roots(of part: BSONDocument) -> [PlanNode] {
    if let stages = part["stages"]?.array { return stages.compactMap { $0.document }.flatMap { pipelineStage($0) } }
    guard let winner = (part["queryPlanner"]?.document ?? part)["winningPlan"]?.document else { return [] }
    return tree(winner, part.value(at: "executionStats.executionStages")?.document)
  }

  /// One stage of a pipeline, or the plan of the query that feeds it.
  private static func pipelineStage(_ stage: BSONDocument) -> [PlanNode] {
    guard let (name, value) = stage.first(where: { $0.name.hasPrefix("$") }) else { return [] }
    if let inner = value.document, inner["queryPlanner"] != nil {
      return name == "$cursor" ? roots(of: inner) : [PlanNode(operation: name, children: roots(of: inner))]
    }
    let measured = stage.removing([name, "nReturned", "executionTimeMillisEstimate"])
    return [
      PlanNode(
        operation: name,
        details: DBDocument(
          [.init("stage", value.resultValue)] + measured.map { .init($0.name, $0.value.resultValue) }),
        actualRows: stage["nReturned"]?.integer.map(Double.init),
        actualMilliseconds: stage["executionTimeMillisEstimate"]?.integer.map(Double.init))
    ]
  }

  // MARK: Trees

  /// - Parameters:
  ///   - winner: the plan that was chosen.
  ///   - executed: its stages with what was measured; `nil` when it was not run.
  private static func tree(_ winner: BSONDocument, _ executed: BSONDocument?) -> [PlanNode] {
    if let shards = winner["shards"]?.array {
      let measured = executed?["shards"]?.array?.compactMap { $0.document } ?? []
      return shards.compactMap { $0.document }.map { shard in
        let own = measured.first { $0["shardName"] == shard["shardName"] }
        return PlanNode(
          operation: "SHARD", target: shard["shardName"]?.text,
          children: shard["winningPlan"]?.document.map { tree($0, own?["executionStages"]?.document) } ?? [])
      }
    }
    // The slot-based engine measures steps of its own, which name the stage of the readable plan that they carry out.
    if let readable = winner["queryPlan"]?.document {
      var measured: [Int: BSONDocument] = [:]
      if let executed { collect(executed, &measured) }
      return [node(readable, measured)]
    }
    return [node(executed ?? winner, [:])]
  }

  /// The outermost step of each stage, by the stage's number.
  private static func collect(_ step: BSONDocument, _ measured: inout [Int: BSONDocument]) {
    if let number = step["planNodeId"]?.integer, measured[number] == nil { measured[number] = step }
    for input in inputs(of: step) { collect(input, &measured) }
  }

  private static let inputNames: Set<String> = [
    "inputStage", "outerStage", "innerStage", "thenStage", "elseStage", "inputStages",
  ]

  private static func inputs(of stage: BSONDocument) -> [BSONDocument] {
    stage.flatMap { name, value -> [BSONDocument] in
      guard inputNames.contains(name) else { return [] }
      return value.document.map { [$0] } ?? value.array?.compactMap { $0.document } ?? []
    }
  }

  private static func node(_ stage: BSONDocument, _ measured: [Int: BSONDocument]) -> PlanNode {
    let result = stage["planNodeId"]?.integer.flatMap { measured[$0] } ?? stage
    let shown = stage.removing(
      inputNames.union(["stage", "indexName", "nReturned", "executionTimeMillisEstimate", "planNodeId"]))
    return PlanNode(
      operation: stage["stage"]?.text ?? "", target: stage["indexName"]?.text,
      details: DBDocument(shown.map { DBDocument.Field($0.name, $0.value.resultValue) }),
      actualRows: result["nReturned"]?.integer.map(Double.init),
      actualMilliseconds: result["executionTimeMillisEstimate"]?.integer.map(Double.init),
      children: inputs(of: stage).map { node($0, measured) })
  }

  // MARK: Measurements

  /// What running it cost, for each part that ran.
  private var executions: [BSONDocument] {
    let shards = reply["shards"]?.document?.compactMap { $0.value.document }
    return (shards ?? [reply]).compactMap { part in
      if let own = part["executionStats"]?.document { return own }
      let first = part["stages"]?.array?.first { _ in true }?.document?.first { _ in true }
      return first?.value.document?["executionStats"]?.document
    }
  }
}
