public import DBAdapterCore

/// What a load on a pool came to.
public struct PoolBenchReport: Sendable {
  public var tasks: Int
  public var statement: String
  public var elapsed: Duration
  /// From asking for the session to having the answer and giving the session back.
  public var latency: LatencySummary
  /// Failed calls, by error code.
  public var failures: [String: Int]
  /// The pool at the end.
  public var pool: PoolSnapshot

  public init(
    tasks: Int, statement: String, elapsed: Duration, latency: LatencySummary, failures: [String: Int],
    pool: PoolSnapshot
  ) {
    self.tasks = tasks
    self.statement = statement
    self.elapsed = elapsed
    self.latency = latency
    self.failures = failures
    self.pool = pool
  }

  public var perSecond: Double { Double(latency.count) / max(elapsed.milliseconds / 1_000, 0.001) }
}

extension PoolBenchReport {
  /// The report as a JSON document of the kind `poolBench`, ending in a line break.
  public var json: String {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", SchemaJSON.schemaVersion)
      fields.member("kind", "poolBench")
      fields.member("engine", pool.identity.kind.rawValue)
      fields.member("endpoint", pool.identity.endpoint)
      fields.member("tasks", tasks)
      fields.member("connections", pool.maximumConnections)
      fields.member("statement", statement)
      fields.member("elapsedMs") { $0.raw(DBValue.text(of: elapsed.milliseconds)) }
      fields.member("succeeded", latency.count)
      fields.member("failed", failures.values.reduce(0, +))
      fields.member("perSecond") { $0.raw(DBValue.text(of: (perSecond * 10).rounded() / 10)) }
      fields.member("latency") { Self.write(latency, &$0) }
      fields.member("leaseWait") { Self.write(pool.leaseWait, &$0) }
      fields.member("execution") { Self.write(pool.execution, &$0) }
      fields.member("failures") { field in
        field.object { members in
          for (code, count) in failures.sorted(by: { $0.key < $1.key }) { members.member(code, count) }
        }
      }
      fields.member("pool") { field in
        field.object { members in
          members.member("health", pool.health.rawValue)
          members.member("total", pool.total)
          members.member("active", pool.active)
          members.member("idle", pool.idle)
          members.member("leases", pool.counters.leases)
          members.member("timedOutLeases", pool.counters.timedOutLeases)
          members.member("refusedLeases", pool.counters.refusedLeases)
          members.member("openedConnections", pool.counters.openedConnections)
          members.member("closedConnections", pool.counters.closedConnections)
          members.member("failedDials", pool.counters.failedDials)
        }
      }
    }
    return writer.text + "\n"
  }

  private static func write(_ latency: LatencySummary, _ writer: inout JSONWriter) {
    func number(_ duration: Duration) -> String { DBValue.text(of: duration.milliseconds) }
    writer.object { fields in
      fields.member("averageMs") { $0.raw(number(latency.average)) }
      fields.member("p50Ms") { $0.raw(number(latency.p50)) }
      fields.member("p95Ms") { $0.raw(number(latency.p95)) }
      fields.member("p99Ms") { $0.raw(number(latency.p99)) }
      fields.member("maximumMs") { $0.raw(number(latency.maximum)) }
    }
  }

  /// The report for people.
  public var text: String {
    func line(_ name: String, _ value: String) -> String { name.padded(to: 12) + value + "\n" }
    func times(_ latency: LatencySummary) -> String {
      [
        ("average", latency.average), ("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99),
        ("max", latency.maximum),
      ].map { "\($0.0) \(DBValue.text(of: $0.1.milliseconds)) ms" }.joined(separator: ", ")
    }
    let counters = pool.counters
    var text = line(
      "load", "\(tasks) tasks on at most \(pool.maximumConnections) connections to \(pool.identity.endpoint)")
    text += line(
      "statements",
      "\(latency.count) in \(DBValue.text(of: (elapsed.milliseconds / 10).rounded() / 100)) s, \(Int(perSecond)) a second, "
        + "\(failures.values.reduce(0, +)) failed")
    text += line("latency", times(latency))
    text += line("lease wait", times(pool.leaseWait))
    text += line("execution", times(pool.execution))
    text += line(
      "pool",
      "\(counters.leases) leases, \(counters.timedOutLeases) timed out, \(counters.refusedLeases) refused; "
        + "\(counters.openedConnections) connections opened, \(counters.closedConnections) closed, "
        + "\(counters.failedDials) dials failed")
    for (code, count) in failures.sorted(by: { $0.key < $1.key }) { text += line("failed", "\(count) with \(code)") }
    return text
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 1)) }
}
