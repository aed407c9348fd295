internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter

/// `bosdb-cli mongo run`.
struct MongoRunCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: Messages.mongoRunAbstract,
    discussion: Messages.mongoDiscussion(
      "run mongodb://localhost/shop '{listIndexes: \"orders\"}'",
      "run \"$MONGODB_URL\" '{create: \"events\", capped: true, size: 1000000}' --write",
      Messages.mongoRunText + " " + Messages.mongoJSON))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The command, as a document.")
  var command: String?

  @Option(help: ArgumentHelp("The most rows.", valueName: "n"))
  var limit: Int?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Documents") var documents: DocumentOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, rest) = try await options.target([connection, command], wanted: 1, engine: .mongodb, console: console)
    guard let text = rest.first else { throw DBError(.invalidParameter, Messages.noCommand) }
    let statement = MongoRequest(try MongoArgument.document(text, "command"))
    return try await MongoPrinting(
      options: options, output: output, rendering: documents.applied(to: output.rendering), console: console,
      policy: try target.policy(safety.policy), confirmation: safety.confirmation, limit: limit
    ).run(statement.request(in: database.database), on: target)
  }
}
