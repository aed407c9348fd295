internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli explain`.
struct ExplainCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: Messages.explainAbstract, discussion: Messages.explainDiscussion)

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The statement.")
  var statement: String?

  @Option(name: [.customShort("f"), .long], help: ArgumentHelp("A file; - is standard input.", valueName: "file"))
  var file: String?

  @Flag(help: "Run the statement and measure it.")
  var analyze = false

  @OptionGroup(title: "Parameters") var parameters: ParameterOptions
  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, statement], wanted: 1, console: console)
    let format = try output.documentFormat.checked(oneOf: [.table, .json])
    let script = try Script(
      argument: rest.first, file: file, options: options, parameters: parameters, registration: target.registration)
    guard script.items.count == 1 else { throw DBError(.invalidParameter, Messages.explainsOneStatement) }
    let item = script.items[0]
    return try await options.withSession(target, policy: try target.policy(safety.policy), before: deadline) {
      session in
      let start = Deadline.now()
      let plan: QueryPlan
      do throws(DBError) {
        plan = try await session.explain(item.request.timeout(deadline.remaining), mode: analyze ? .analyze : .plan)
      } catch {
        throw CommandFailure(error, place: item.place, connection: session.endpoint, elapsed: start.elapsed())
      }
      if format == .json {
        let source = SchemaJSON.Source(engine: session.descriptor.kind, connection: session.endpoint)
        try await output.write(SchemaJSON(source).plan(plan).text + "\n")
      } else {
        try await output.write(PlanText(plan, output.rendering).text)
      }
      return .success
    }
  }
}

extension OutputFormat {
  /// An envelope is about a statement; listings have every other format.
  static let listingFormats = allCases.filter { $0 != .envelope }

  /// The format, if it is one of those that fit.
  func checked(oneOf known: [OutputFormat]) throws(DBError) -> OutputFormat {
    guard known.contains(self) else {
      throw DBError(
        .invalidParameter,
        Messages.formatUnsupported(rawValue, known.map(\.rawValue).joined(separator: ", ")))
    }
    return self
  }
}
