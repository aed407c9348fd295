internal import DBAdapterCore

/// The groups that a scan found.
struct KeyspaceSurvey {
  struct Group {
    var name: GroupName
    var type: String
    var facts: GroupFacts
  }

  let schema: String
  let outcome: KeyspaceScan.Outcome
  private let all: [Group]

  init(schema: String, outcome: KeyspaceScan.Outcome, patterns: [(pattern: String, facts: TypedFacts)]) {
    self.schema = schema
    self.outcome = outcome
    var groups: [Group] = []
    for (pattern, facts) in patterns {
      for (type, group) in facts.types {
        let name = GroupName(pattern: pattern, type: facts.types.count > 1 ? type : nil)
        groups.append(Group(name: name, type: type, facts: group))
      }
    }
    all = groups.sorted { ($1.facts.keys, $0.name.text) < ($0.facts.keys, $1.name.text) }
  }

  /// Those with most keys first.
  func groups(_ glob: String?) -> [Group] {
    guard let glob = glob.map(NameGlob.init) else { return all }
    return all.filter { glob.matches($0.name.text) }
  }

  func description(_ group: Group) -> GroupDescription {
    GroupDescription(
      name: group.name, type: group.type, schema: schema, facts: group.facts, nodes: outcome.nodes,
      method: outcome.method)
  }

  func listing<Item>(
    _ items: [Item], _ options: ListOptions, _ run: InspectionRun,
    _ limited: ([Item], ListOptions, Completeness, Coverage?) -> Listing<Item>
  ) -> Listing<Item> {
    let isComplete = SampleShare.isExact(outcome.nodes)
    let coverage = Coverage(
      seen: outcome.nodes.reduce(0) { $0 + $1.seen },
      total: Estimate(Int64(outcome.nodes.reduce(0) { $0 + $1.total }), isExact: true, source: "DBSIZE"),
      isComplete: isComplete, method: outcome.method, stoppedBy: isComplete ? nil : outcome.stoppedBy,
      notes: run.notes)
    let completeness =
      isComplete ? Completeness.complete : .partial(reason: coverage.summary(of: "keys"))
    return limited(items, options, completeness, coverage)
  }
}
