internal import DBAdapterCore

/// Makes a schema of a keyspace: keys that look alike and have one type are a table.
///
/// Nothing here writes, and nothing takes the server's time in one piece: keys come from `SCAN` in pages, facts and values
/// in pipelines of small commands. What a user may not ask is missing, and the coverage's notes say so.
struct RedisKeyspaceInspector {
  /// One for each primary of a cluster, or one.
  let nodes: [any RedisCommanding]
  /// The logical database that the nodes' connections are in.
  let database: Int
  /// How long one pipeline may take; `nil`: as long as it takes.
  let commandTimeout: Duration?
  /// Whether the servers scan in an order that has nothing to do with the keys; see ``KeyspaceScan/Target``.
  var isRandomOrder = true

  /// Values read of each group when many are described, and when it is one.
  private static let sampleSizes = (many: 50, one: 500)

  private var schema: String { "\(database)" }

  /// The logical databases that have keys, and the current one.
  func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    let deadline = options.timeout.map { Deadline(after: $0) } ?? Deadline(after: commandTimeout)
    var databases = LogicalDatabases(including: database)
    for node in nodes {
      let reply = try await node.send(RedisCommand("INFO", "keyspace"), until: deadline)
      databases.add(reply.text ?? "")
    }
    let schemas = databases.schemas.filter { options.nameGlob.map(NameGlob.init)?.matches($0.name) != false }
    return Self.limited(schemas, options, Completeness.complete, nil)
  }

  /// The key groups, those with most keys first.
  func listTables(_ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    let run = run(options, readsValues: false)
    let survey = try await survey(
      run, options.sampling, facts: options.includesEstimates ? [.memory] : [], readsElements: false, sampleSize: 0)
    let tables = survey.groups(options.nameGlob).map {
      survey.description($0).info(hasSizes: options.includesEstimates)
    }
    return survey.listing(tables, options, run, Self.limited)
  }

  /// Everything about every key group, those with most keys first: what `redis analyze` shows.
  func describeTables(_ options: ListOptions) async throws(DBError) -> Listing<TableDescription> {
    let run = run(options, readsValues: true)
    let survey = try await survey(
      run, options.sampling, facts: [.timeToLive, .encoding, .memory], readsElements: true,
      sampleSize: Self.sampleSizes.many)
    var tables: [TableDescription] = []
    var unread = 0
    for group in survey.groups(options.nameGlob).prefix(options.limit ?? .max) {
      var values = GroupValues()
      let read = try await ValueReader(run: run, nodes: nodes).read(
        group.facts.sample.keys, ofType: group.type, into: &values)
      if read < group.facts.sample.keys.count { unread += 1 }
      tables.append(
        survey.description(group).description(
          values, hasSizes: true, stoppedBy: survey.outcome.stoppedBy, notes: []))
    }
    if unread > 0 { run.note("the values of \(unread) groups were not read, or fewer of them, for want of time") }
    return survey.listing(tables, options, run, Self.limited)
  }

  /// Everything about one key group, by its name as listed. All keys that fit its pattern are in it, also those that are
  /// listed under a pattern of their own. A name without a type, when keys of several types fit, is about most of them.
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when no key was found that fits, within the budget.
  func describeTable(_ name: String, _ options: DescribeOptions) async throws(DBError) -> TableDescription {
    let run = InspectionRun(
      options.sampling, timeout: options.timeout, commandTimeout: commandTimeout, readsValues: true)
    let wanted = GroupName(name)
    let pattern = KeyPattern(wanted.pattern)
    var facts: Set<InspectionRun.Fact> = [.timeToLive, .encoding]
    if options.includesEstimates { facts.insert(.memory) }
    let examiner = KeyExaminer(run: run, facts: facts, readsElements: true)
    var types = TypedFacts()
    let collect: (KeyFacts, Int) -> Void = {
      types.add($0, node: $1, usesMemory: options.includesEstimates, sampleSize: Self.sampleSizes.one)
    }
    let outcome: KeyspaceScan.Outcome
    if let key = pattern.key {
      outcome = try await look(for: key, examiner, collect)
    } else {
      let target = KeyspaceScan.Target(pattern: pattern, type: wanted.type, isRandomOrder: isRandomOrder)
      outcome = try await KeyspaceScan(
        run: run, examiner: examiner, nodes: nodes, budget: options.sampling, target: target
      ).scan(collect)
    }
    let found = types.types.filter { wanted.type == nil || $0.key == wanted.type }
    guard let (type, group) = found.max(by: { ($0.value.keys, $1.key) < ($1.value.keys, $0.key) }) else {
      throw notFound(name, outcome)
    }
    var values = GroupValues()
    let read = try await ValueReader(run: run, nodes: nodes).read(group.sample.keys, ofType: type, into: &values)
    if read < group.sample.keys.count { run.note("values of \(read) keys were read, then the time was over") }
    for (other, facts) in types.types.sorted(by: { $0.key < $1.key }) where other != type {
      run.note("\(facts.keys) keys of another type fit: \(GroupName(pattern: wanted.pattern, type: other).text)")
    }
    let isOnly = types.types.count == 1 && wanted.type == nil
    return GroupDescription(
      name: GroupName(pattern: wanted.pattern, type: isOnly ? nil : type), type: type, schema: schema, facts: group,
      nodes: outcome.nodes, method: outcome.method
    ).description(
      values, hasSizes: options.includesEstimates, stoppedBy: outcome.stoppedBy, notes: run.notes)
  }

  /// A pattern without placeholders is one key, for which nothing needs to be scanned.
  private func look(
    for key: [UInt8], _ examiner: KeyExaminer, _ visit: (KeyFacts, Int) -> Void
  ) async throws(DBError) -> KeyspaceScan.Outcome {
    var outcome = KeyspaceScan.Outcome(nodes: [], method: "TYPE")
    for (index, node) in nodes.enumerated() {
      // In a cluster the nodes that do not have the key say who does, which is no type.
      let keys = try await examiner.examine([key], on: node).keys
      for facts in keys { visit(facts, index) }
      outcome.examined += keys.count
      outcome.nodes.append(SampledNode(seen: keys.count, total: keys.count, isComplete: true))
    }
    return outcome
  }

  private func notFound(_ name: String, _ outcome: KeyspaceScan.Outcome) -> DBError {
    let isComplete = SampleShare.isExact(outcome.nodes)
    let seen = outcome.nodes.reduce(0) { $0 + $1.seen }
    let total = outcome.nodes.reduce(0) { $0 + $1.total }
    let part = isComplete ? "" : " among the first \(seen) of \(total) keys; a larger budget looks at more"
    return DBError(
      .objectNotFound, "there is no key group \"\(name)\" in database \(database)\(part)", adapter: .redis)
  }

  private func run(_ options: ListOptions, readsValues: Bool) -> InspectionRun {
    InspectionRun(
      options.sampling, timeout: options.timeout, commandTimeout: commandTimeout, readsValues: readsValues)
  }

  private func survey(
    _ run: InspectionRun, _ budget: SamplingBudget, facts: Set<InspectionRun.Fact>, readsElements: Bool, sampleSize: Int
  ) async throws(DBError) -> KeyspaceSurvey {
    if !isRandomOrder {
      run.note("these servers scan slot by slot, so keys with the same hash tag are seen together or not at all")
    }
    var tree = PatternTree<TypedFacts>()
    let usesMemory = facts.contains(.memory)
    let outcome = try await KeyspaceScan(
      run: run, examiner: KeyExaminer(run: run, facts: facts, readsElements: readsElements), nodes: nodes,
      budget: budget, target: KeyspaceScan.Target()
    ).scan { key, node in
      tree.add(KeySegments.of(key.name)) {
        $0.add(key, node: node, usesMemory: usesMemory, sampleSize: sampleSize)
      }
    }
    return KeyspaceSurvey(schema: schema, outcome: outcome, patterns: tree.patterns())
  }

  /// The listing, cut to the limit.
  private static func limited<Item>(
    _ items: [Item], _ options: ListOptions, _ completeness: Completeness, _ coverage: Coverage?
  ) -> Listing<Item> {
    guard let limit = options.limit, items.count > max(0, limit) else {
      return Listing(items, completeness: completeness, coverage: coverage)
    }
    return Listing(
      Array(items.prefix(max(0, limit))), completeness: .partial(reason: "the limit of \(limit) was reached"),
      coverage: coverage)
  }
}
