internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli query`.
struct QueryCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: Messages.queryAbstract, discussion: Messages.queryDiscussion)

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The statement.")
  var statement: String?

  @Option(name: [.customShort("f"), .long], help: ArgumentHelp("A script; - is standard input.", valueName: "file"))
  var file: String?

  @OptionGroup(title: "Parameters") var parameters: ParameterOptions
  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Documents") var documents: DocumentOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions

  @Option(help: ArgumentHelp("The most rows a statement may return.", valueName: "n"))
  var limit: Int?

  @Flag(help: "Run the script in one transaction.")
  var singleTransaction = false

  @Flag(name: .customLong("continue"), help: "Go on after a statement that failed.")
  var continues = false

  @Flag(help: "Exit with 1 when there are no rows.")
  var failEmpty = false

  @Flag(help: "Say how many rows and bytes, and where the time went.")
  var stats = false

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
    if continues, singleTransaction { throw ValidationError(Messages.continueInTransaction) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let start = Deadline.now()
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, statement], wanted: 1, console: console)
    let script = try Script(
      argument: rest.first, file: file, options: options, parameters: parameters, registration: target.registration)
    return try await output.withSink { sink in
      try await options.withSession(target, policy: try target.policy(safety.policy), before: deadline) { session in
        console.detail(Messages.connected(session.endpoint, start.elapsed().milliseconds))
        var runner = ScriptRunner(
          script: script, output: output, rendering: documents.applied(to: output.rendering), sink: sink,
          console: console, deadline: deadline, confirmation: safety.confirmation,
          limit: limit, continues: continues, connected: start.elapsed())
        if singleTransaction, session.supports(.atomicBatches) {
          try await runner.runAtomically(in: session)
        } else if singleTransaction {
          runner = try await session.withTransaction { inner in
            var copy = runner
            try await copy.run(in: inner)
            return copy
          }
        } else {
          try await runner.run(in: session)
        }
        runner.conclude(stats: stats ? session.pool : nil)
        return runner.failedStatus ?? (failEmpty && runner.rowCount == 0 ? .negative : .success)
      }
    }
  }
}
