internal import DBAdapterCore

/// One group as the schema model has it.
struct GroupDescription {
  let name: GroupName
  let type: String
  let schema: String
  let facts: GroupFacts
  let nodes: [SampledNode]
  /// How keys were found.
  let method: String

  private var seen: Int { nodes.reduce(0) { $0 + $1.seen } }

  /// - Parameter hasSizes: whether memory was asked for.
  func info(hasSizes: Bool) -> TableInfo {
    TableInfo(
      reference: TableReference(schema: schema, name: name.text), kind: .keyGroup(type), rows: rows,
      size: hasSizes ? memory?.total : nil)
  }

  func description(
    _ values: GroupValues, hasSizes: Bool, stoppedBy: Coverage.Limit?, notes: [String]
  ) -> TableDescription {
    let isComplete = SampleShare.isExact(nodes)
    let coverage = Coverage(
      seen: facts.keys, total: rows, isComplete: isComplete, method: method, stoppedBy: isComplete ? nil : stoppedBy,
      notes: notes)
    return TableDescription(
      table: info(hasSizes: hasSizes),
      origin: .inferred(sampled: facts.keys, of: Int(clamping: rows.value), method: method),
      columns: GroupColumns(type: type, facts: facts, values: values).columns,
      statistics: TableStatistics(
        coverage: coverage, memory: hasSizes ? memory : nil, elements: elements, expiry: facts.expiry.distribution,
        encodings: encodings, largest: facts.largest.rows, details: values.streams.document))
  }

  private var rows: Estimate {
    SampleShare.keys(
      facts.tallies(for: nodes), of: nodes,
      source: SampleShare.isExact(nodes) ? method : "\(facts.keys) among \(seen) keys seen by \(method)")
  }

  private var memory: Measurement? {
    let isMeasured = facts.measured == facts.memory.count
    let source =
      isMeasured ? "MEMORY USAGE" : "computed from TYPE, OBJECT ENCODING and STRLEN, HLEN, … without MEMORY USAGE"
    var measurement = facts.memory.measurement(unit: "bytes", isMeasured: isMeasured, source: source)
    var total = SampleShare.total(facts.tallies(for: nodes), of: nodes, source: source)
    if !isMeasured { total.isExact = false }
    measurement?.total = total
    return measurement
  }

  private var elements: Measurement? {
    let (unit, source): (String, String)
    switch type {
    case "string": (unit, source) = ("bytes", "STRLEN")
    case "hash": (unit, source) = ("fields", "HLEN")
    case "list": (unit, source) = ("elements", "LLEN")
    case "set": (unit, source) = ("members", "SCARD")
    case "zset": (unit, source) = ("members", "ZCARD")
    case "stream": (unit, source) = ("entries", "XLEN")
    default: return nil
    }
    return facts.elements.measurement(unit: unit, source: source)
  }

  private var encodings: Distribution? {
    if facts.encodings.isEmpty { return nil }
    return Distribution(
      facts.encodings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { Distribution.Bucket($0.key, $0.value) })
  }
}
