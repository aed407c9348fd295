internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter

/// `bosdb-cli mongo distinct`.
struct MongoDistinctCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "distinct", abstract: Messages.mongoDistinctAbstract,
    discussion: Messages.mongoDiscussion(
      "distinct mongodb://localhost/shop orders status",
      "distinct \"$MONGODB_URL\" orders lines.product '{status: \"open\"}' -F raw"))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection.")
  var collection: String?

  @Argument(help: "The field, with dots before fields of documents within: address.city.")
  var field: String?

  @Argument(help: "Only of documents that match, as a document. Default: all.")
  var filter: String?

  @Option(help: ArgumentHelp("The most values.", valueName: "n"))
  var limit: Int?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, rest) = try await options.target(
      [connection, collection, field, filter], wanted: 3, engine: .mongodb, console: console)
    guard let name = rest.first, !name.isEmpty else { throw DBError(.invalidParameter, Messages.noCollection) }
    guard rest.count > 1 else { throw DBError(.invalidParameter, Messages.noField) }
    var command = MongoRequest("distinct", name)
    command.add("key", .string(rest[1]))
    try command.add("query", document: rest.count > 2 ? rest[2] : nil, called: "filter")
    return try await MongoPrinting(
      options: options, output: output, rendering: output.rendering, console: console, limit: limit
    ).run(command.request(in: database.database), on: target)
  }
}
