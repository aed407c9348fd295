internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli schema tables`.
struct SchemaTablesCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "tables", abstract: "List tables, views and their kind.",
    discussion: Messages.schemaDiscussion(
      "tables sqlite:shop.db", "tables \"$DATABASE_URL\" --schema public --stats --json"))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @OptionGroup(title: "Objects") var listing: ListingOptions
  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    return try await options.withSession(target, before: deadline) { session in
      let tables = try await session.tables(in: listing.schema, listing.listing(before: deadline))
      console.note(tables.completeness)
      if format == .json {
        try await output.write(SchemaJSON(session).tables(tables).text + "\n")
      } else {
        try await output.write(ListingRows.tables(tables.items, includesEstimates: listing.stats))
      }
      return .success
    }
  }
}
