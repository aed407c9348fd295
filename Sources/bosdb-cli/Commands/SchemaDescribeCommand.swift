internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli schema describe`.
struct SchemaDescribeCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Show columns, constraints and indexes of a table.",
    discussion: Messages.schemaDiscussion(
      "describe sqlite:shop.db orders", "describe \"$DATABASE_URL\" public.orders --format json"))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The table: name, schema.name, or \"quoted.name\".")
  var table: String?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, table], wanted: 1, console: console)
    guard let name = rest.first else { throw DBError(.invalidParameter, Messages.noTable) }
    let reference = try TableReference(name)
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    return try await options.withSession(target, before: deadline) { session in
      let description = try await session.describe(reference, DescribeOptions(timeout: deadline.remaining))
      switch format {
      case .json: try await output.write(SchemaJSON(session).table(description).text + "\n")
      case .table: try await output.write(TableText(description, output.rendering).text)
      default: try await output.write(ListingRows.columns(description))
      }
      return .success
    }
  }
}
