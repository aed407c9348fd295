internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli pool bench`.
struct PoolBenchCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: Messages.poolBenchAbstract, discussion: Messages.poolBenchDiscussion)

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The statement that every task runs over and over.")
  var statement: String?

  @Option(help: ArgumentHelp("Tasks that want a session at the same time.", valueName: "n"))
  var tasks = 64

  @Option(help: ArgumentHelp("Connections the pool may open.", valueName: "n"))
  var connections = 10

  @Option(help: ArgumentHelp("How long the load lasts, in seconds.", valueName: "s"))
  var seconds = 10.0

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    guard (1...100_000).contains(tasks) else { throw ValidationError(Messages.outOfRange("--tasks", "1 to 100000")) }
    guard (1...1_000).contains(connections) else {
      throw ValidationError(Messages.outOfRange("--connections", "1 to 1000"))
    }
    guard seconds > 0, seconds <= 86_400 else {
      throw ValidationError(Messages.outOfRange("--seconds", "0.1 to 86400"))
    }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, statement], wanted: 1, console: console)
    let format = try output.documentFormat.checked(oneOf: [.table, .json])
    let text = rest.first ?? "SELECT 1"
    var pool = PoolConfiguration()
    pool.maximumConnections = connections
    pool.maximumWaiters = tasks
    let report = try await options.withManager(pool, for: target, before: deadline) { manager in
      // What cannot work at all is said at once, not counted.
      try await manager.withSession(target.string, policy: try target.policy(safety.policy)) { session in
        _ = try await session.execute(QueryRequest(unsafeText: text, timeout: deadline.remaining))
      }
      let end = min(Deadline(after: .seconds(seconds)), deadline)
      let load = PoolLoad(
        manager: manager, target: target.string, policy: try target.policy(safety.policy),
        request: QueryRequest(unsafeText: text))
      let start = Deadline.now()
      try await load.run(tasks: tasks, until: end)
      let elapsed = start.elapsed()
      guard let pool = manager.snapshot().first else {
        throw DBError(.internalInconsistency, "the manager has forgotten its pool")
      }
      return PoolBenchReport(
        tasks: tasks, statement: text, elapsed: elapsed, latency: load.latency, failures: load.failures, pool: pool)
    }
    try await output.write(format == .json ? report.json : report.text)
    return report.failures.isEmpty ? .success : .negative
  }
}
