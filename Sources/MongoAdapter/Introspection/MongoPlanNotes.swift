internal import DBAdapterCore

/// What a plan does, in sentences, with a warning where it will not scale.
struct MongoPlanNotes {
  private let stages: [PlanNode]
  private let executions: [BSONDocument]

  /// - Parameter executions: what was measured; empty when it was not run.
  init(_ roots: [PlanNode], _ executions: [BSONDocument]) {
    stages = roots.flatMap(Self.all)
    self.executions = executions
  }

  var sentences: [String] {
    [indexes, identity, coverage, emptiness, scan, storedCount].compactMap { $0 } + sorts + joins
      + (execution.map { [$0] } ?? [])
  }

  private static func all(_ node: PlanNode) -> [PlanNode] { [node] + node.children.flatMap(all) }

  private func has(_ operations: String...) -> Bool { stages.contains { operations.contains($0.operation) } }

  // MARK: How documents are found

  private var indexes: String? {
    var names: [String] = []
    for stage in stages where Self.readsIndex(stage.operation) {
      if let name = stage.target, !names.contains(name) { names.append(name) }
    }
    if names.isEmpty { return nil }
    return "uses \(names.count == 1 ? "the index" : "the indexes") \(names.joined(separator: ", "))"
  }

  private static func readsIndex(_ operation: String) -> Bool {
    ["IXSCAN", "COUNT_SCAN", "DISTINCT_SCAN", "EXPRESS_IXSCAN", "TEXT_MATCH"].contains(operation)
      || operation.hasPrefix("GEO_NEAR")
  }

  private var identity: String? {
    has("IDHACK", "CLUSTERED_IXSCAN", "EXPRESS_CLUSTERED_IXSCAN") ? "looks documents up by their _id" : nil
  }

  private var coverage: String? {
    let isCovered = has("PROJECTION_COVERED", "COUNT_SCAN", "DISTINCT_SCAN") && !has("FETCH", "COLLSCAN")
    return isCovered ? "answers from the index alone, without reading documents" : nil
  }

  private var emptiness: String? {
    has("EOF") ? "finds nothing: there is no such collection, or nothing can match" : nil
  }

  private var scan: String? {
    let scans = stages.filter { $0.operation == "COLLSCAN" }
    if scans.isEmpty { return nil }
    let hasCondition = scans.contains { scan in
      if case .document(let filter)? = scan.details["filter"] { !filter.fields.isEmpty } else { false }
    }
    return hasCondition
      ? "warning: reads the whole collection (COLLSCAN); an index would help if it is large"
      : "reads the whole collection (COLLSCAN), as there is no condition"
  }

  private var storedCount: String? {
    has("RECORD_STORE_FAST_COUNT") ? "takes the number the server keeps, without reading documents" : nil
  }

  // MARK: What is done with them

  private var sorts: [String] {
    stages.compactMap { stage in
      let isSpilling = stage.details["usedDisk"] == .bool(true)
      switch stage.operation {
      case "SORT", "SORT_KEY_GENERATOR":
        let place = isSpilling ? "on disk" : "in memory"
        return "warning: sorts \(place); an index in the sort's order would not have to"
      case "$sort":
        return isSpilling ? "warning: sorts on disk what comes from before" : "sorts in memory what comes from before"
      default: return isSpilling ? "warning: \(stage.operation) had to use the disk" : nil
      }
    }
  }

  private var joins: [String] {
    stages.compactMap { stage in
      switch stage.operation {
      case "EQ_LOOKUP", "EQ_LOOKUP_UNWIND": Self.join(stage)
      case "$lookup", "$graphLookup": Self.measuredJoin(stage)
      default: nil
      }
    }
  }

  /// A join whose way is in the plan.
  private static func join(_ stage: PlanNode) -> String? {
    guard case .text(let collection)? = stage.details["foreignCollection"],
      case .text(let strategy)? = stage.details["strategy"]
    else { return nil }
    switch strategy {
    case "IndexedLoopJoin": return "joins \(collection) by the index \(stage.target ?? "there")"
    case "HashJoin": return "joins \(collection), which it reads as a whole, once (HashJoin)"
    case "NestedLoopJoin":
      return "warning: joins \(collection), which it reads as a whole for each document (NestedLoopJoin); an index on "
        + "\(stage.details["foreignField"] ?? "the field") there would help"
    default: return "joins \(collection) (\(strategy))"
    }
  }

  /// A join of which only running it tells the way.
  private static func measuredJoin(_ stage: PlanNode) -> String? {
    guard case .document(let words)? = stage.details["stage"], case .text(let collection)? = words["from"] else {
      return nil
    }
    if case .int(let scans)? = stage.details["collectionScans"], scans > 0 {
      return "warning: joins \(collection), which it read as a whole "
        + "\(scans == 1 ? "once" : "\(scans) times"); an index there would help"
    }
    guard case .array(let indexes)? = stage.details["indexesUsed"], !indexes.elements.isEmpty else { return nil }
    return "joins \(collection) by the index \(indexes.elements.map(\.description).joined(separator: ", "))"
  }

  // MARK: What it cost

  private var execution: String? {
    if executions.isEmpty { return nil }
    func sum(_ name: String) -> Int { executions.reduce(0) { $0 + ($1[name]?.integer ?? 0) } }
    // A join that is a stage of its own counts apart from the query before it.
    let examined = sum("totalDocsExamined") + (number("totalDocsExamined") ?? 0)
    let keys = sum("totalKeysExamined") + (number("totalKeysExamined") ?? 0)
    let sentence = "examined \(Self.count(examined, "document")) and \(Self.count(keys, "index key"))"
    if let changes { return "\(sentence), and would change \(Self.count(changes, "document")); nothing was changed" }
    if let counted = number("nCounted") { return "\(sentence), and counted \(counted)" }
    let returned = sum("nReturned")
    guard returned > 0, examined > returned else { return "\(sentence) to return \(returned)" }
    return "\(sentence) to return \(returned): \(Self.ratio(examined, returned)) documents for each"
  }

  /// Documents that a command would have written.
  private var changes: Int? {
    guard has("UPDATE", "DELETE") else { return nil }
    return ["nWouldModify", "nWouldUpsert", "nWouldDelete"].reduce(0) { $0 + (number($1) ?? 0) }
  }

  /// A number of the stages, added up over the shards; `nil` where no stage has it.
  private func number(_ name: String) -> Int? {
    let numbers = stages.compactMap { stage -> Int? in
      if case .int(let number)? = stage.details[name] { Int(number) } else { nil }
    }
    return numbers.isEmpty ? nil : numbers.reduce(0, +)
  }

  private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  private static func ratio(_ examined: Int, _ returned: Int) -> String {
    let ratio = Double(examined) / Double(returned)
    return DBValue.text(of: ratio >= 10 ? ratio.rounded() : (ratio * 10).rounded() / 10)
  }
}
