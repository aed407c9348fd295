internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter

/// `bosdb-cli mongo find`.
struct MongoFindCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: Messages.mongoFindAbstract,
    discussion: Messages.mongoDiscussion(
      "find mongodb://localhost/shop orders '{status: \"open\"}' --sort '{ordered_at: -1}' --limit 5",
      "find \"$MONGODB_URL\" orders --projection '{_id: 0, status: 1}' --flatten --csv", Messages.mongoJSON))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection.")
  var collection: String?

  @Argument(help: "Only documents that match, as a document. Default: all.")
  var filter: String?

  @Option(help: ArgumentHelp("Which fields, as a document.", valueName: "document"))
  var projection: String?

  @Option(help: ArgumentHelp("In which order, as a document.", valueName: "document"))
  var sort: String?

  @Option(help: ArgumentHelp("Leave out the first documents.", valueName: "n"))
  var skip: Int?

  @Option(help: ArgumentHelp("The most documents.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("How many documents the server sends at a time.", valueName: "n"))
  var batch: Int?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Documents") var documents: DocumentOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    for (name, value) in [("--limit", limit), ("--batch", batch)] {
      if let value, value < 1 { throw ValidationError(Messages.notPositive(name)) }
    }
    if let skip, skip < 0 { throw ValidationError(Messages.outOfRange("--skip", "at least 0")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, rest) = try await options.target(
      [connection, collection, filter], wanted: 2, engine: .mongodb, console: console)
    guard let name = rest.first, !name.isEmpty else { throw DBError(.invalidParameter, Messages.noCollection) }
    var command = MongoRequest("find", name)
    try command.add("filter", document: rest.count > 1 ? rest[1] : nil, called: "filter")
    try command.add("projection", document: projection, called: "--projection")
    try command.add("sort", document: sort, called: "--sort")
    command.add("skip", skip.map { .int64(Int64($0)) })
    command.add("batchSize", batch.map { .int64(Int64($0)) })
    return try await MongoPrinting(
      options: options, output: output, rendering: documents.applied(to: output.rendering), console: console,
      limit: limit
    ).run(command.request(in: database.database), on: target)
  }
}
