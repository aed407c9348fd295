internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter

/// `bosdb-cli mongo aggregate`.
struct MongoAggregateCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate", abstract: Messages.mongoAggregateAbstract,
    discussion: Messages.mongoDiscussion(
      "aggregate mongodb://localhost/shop orders '[{$group: {_id: \"$status\", orders: {$sum: 1}}}]'",
      "aggregate \"$MONGODB_URL\" orders '[{$match: {status: \"open\"}}, {$sample: {size: 5}}]' -F table --flatten",
      Messages.mongoAggregateText + " " + Messages.mongoJSON))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection.")
  var collection: String?

  @Argument(help: "The pipeline, as a list of stages.")
  var pipeline: String?

  @Option(help: ArgumentHelp("The most documents.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("How many documents the server sends at a time.", valueName: "n"))
  var batch: Int?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Documents") var documents: DocumentOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    for (name, value) in [("--limit", limit), ("--batch", batch)] {
      if let value, value < 1 { throw ValidationError(Messages.notPositive(name)) }
    }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, rest) = try await options.target(
      [connection, collection, pipeline], wanted: 2, engine: .mongodb, console: console)
    guard let name = rest.first, !name.isEmpty else { throw DBError(.invalidParameter, Messages.noCollection) }
    guard rest.count > 1 else { throw DBError(.invalidParameter, Messages.noPipeline) }
    var command = MongoRequest("aggregate", name)
    command.add("pipeline", .array(try MongoArgument.list(rest[1], "pipeline")))
    var cursor = BSONDocument()
    if let batch { cursor = ["batchSize": .int64(Int64(batch))] }
    command.add("cursor", .document(cursor))
    return try await MongoPrinting(
      options: options, output: output, rendering: documents.applied(to: output.rendering), console: console,
      policy: try target.policy(safety.policy), confirmation: safety.confirmation, limit: limit
    ).run(command.request(in: database.database), on: target)
  }
}
