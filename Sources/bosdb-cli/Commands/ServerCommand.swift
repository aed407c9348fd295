internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli server`.
struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "server", abstract: Messages.serverAbstract, discussion: Messages.serverDiscussion,
    subcommands: [ServerInfoCommand.self])
}

/// `bosdb-cli server info`.
struct ServerInfoCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: Messages.serverInfoAbstract, discussion: Messages.serverDiscussion)

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Option(
    help: ArgumentHelp("Only this section of the server's report, and sections it hides otherwise.", valueName: "name"))
  var section: [String] = []

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    return try await options.withSession(target, before: deadline) { session in
      let server = try await session.serverInfo()
      let report = try await session.serverReport(section)
      if report == nil, !section.isEmpty {
        throw DBError(.unsupported, Messages.noReport(session.descriptor.displayName))
      }
      let document = ServerInfoDocument(server, report: report, engine: session.descriptor.kind)
      if format == .json { try await output.write(document.text) } else { try await output.write(document.rows) }
      return .success
    }
  }
}
