internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering
internal import MongoAdapter

/// `bosdb-cli mongo count`.
struct MongoCountCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "count", abstract: Messages.mongoCountAbstract,
    discussion: Messages.mongoDiscussion(
      "count mongodb://localhost/shop orders '{status: \"open\"}'", "count \"$MONGODB_URL\" orders --estimate -F raw",
      Messages.mongoCountText))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection.")
  var collection: String?

  @Argument(help: "Only documents that match, as a document. Default: all.")
  var filter: String?

  @Flag(help: "The number the server keeps of all documents.")
  var estimate = false

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target(
      [connection, collection, filter], wanted: 2, engine: .mongodb, console: console)
    guard let name = rest.first, !name.isEmpty else { throw DBError(.invalidParameter, Messages.noCollection) }
    guard rest.count == 1 || !estimate else { throw DBError(.invalidParameter, Messages.estimateCountsAll) }
    let format = try output.rowFormat.checked(oneOf: OutputFormat.listingFormats)
    let request = try estimate ? Self.estimate(name) : Self.count(name, rest.count > 1 ? rest[1] : "{}")
    return try await options.withSession(target, before: deadline) { session in
      let result = try await session.execute(request.request(in: database.database).timeout(deadline.remaining))
      // A group of no documents is no group.
      let count = try result.rows.first?.decode(Int64.self, at: "n") ?? 0
      try await output.withSink { sink in
        var writer = ResultWriter(format.renderer(output.rendering), to: sink)
        let rows = Self.rows(count, named: estimate ? "estimate" : "count")
        writer.begin(rows.columns)
        try writer.rows(rows)
        try writer.end(ResultOutcome())
      }
      return .success
    }
  }

  private static func count(_ collection: String, _ filter: String) throws -> MongoRequest {
    let stages: [BSONDocument] = [
      ["$match": .document(try MongoArgument.document(filter, "filter"))],
      ["$group": .document(["_id": .null, "n": .document(["$sum": .int32(1)])])],
    ]
    var command = MongoRequest("aggregate", collection)
    command.add("pipeline", .array(try BSONArray(stages.map { .document($0) })))
    command.add("cursor", .document(BSONDocument()))
    return command
  }

  private static func estimate(_ collection: String) -> MongoRequest { MongoRequest("count", collection) }

  private static func rows(_ count: Int64, named name: String) -> RowBatch {
    let column = Column(name: name, type: DBType(.integer, nativeName: "long"), isNullable: false)
    var builder = RowBatchBuilder(columns: ColumnSet([column], formats: [.int64]))
    builder.append(int: count)
    return builder.finish()
  }
}
